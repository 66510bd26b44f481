using System.Text;
using CsCheck;

namespace Debci.Domain.Tests;

public sealed class StoredTextTests
{
    private const string Smile = "\U0001F600";

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("a\0b\0", "ab")]
    [InlineData("line\nline\t\e[31m", "line\nline\t\e[31m")]
    [InlineData(Smile, Smile)]
    public void Only_what_cannot_be_stored_is_changed(string text, string stored) => Assert.Equal(stored, StoredText.Clean(text, 100));

    [Fact]
    public void A_lone_half_of_a_character_is_replaced()
    {
        Assert.Equal("a\ufffdb", StoredText.Clean("a\ud800b", 100));
        Assert.Equal("a\ufffd", StoredText.Clean("a\udc00", 100));
    }

    [Fact]
    public void A_character_of_two_halves_is_never_cut_in_two() => Assert.Equal("aaa", StoredText.Clean("aaa" + Smile, 4));

    [Fact]
    public void Any_text_can_be_stored_as_UTF_8_within_its_cap() => Gen.Select(AnyText, Gen.Int[0, 50]).Sample((text, cap) =>
    {
        var clean = StoredText.Clean(text, cap);
        Assert.True(clean.Length <= cap);
        Assert.DoesNotContain('\0', clean);
        Assert.Equal(clean, Strict.GetString(Strict.GetBytes(clean)));
        Assert.Equal(clean, StoredText.Clean(clean, cap));
    });

    [Theory]
    [InlineData("green", "\"green\"")]
    [InlineData("a\e[31mb\n", "\"a?[31mb?\"")]
    [InlineData("\u009b", "\"?\"")]
    [InlineData("\u202eneerg\u2028", "\"?neerg?\"")]
    public void A_quoted_word_is_safe_on_a_terminal(string text, string quoted) => Assert.Equal(quoted, StoredText.Quote(text));

    [Fact]
    public void A_quoted_word_is_short() => Assert.Equal(62, StoredText.Quote(new string('x', 10_000)).Length);

    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.Char, Gen.Char['\ud800', '\udfff'], Gen.OneOf('\0', 'a')).Array[0, 60].Select(chars => new string(chars));

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
