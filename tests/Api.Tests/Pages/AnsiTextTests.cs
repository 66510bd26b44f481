using System.Globalization;
using System.Text;
using CsCheck;
using Debci.Api.Pages.Log;

namespace Debci.Api.Tests.Pages;

public sealed class AnsiTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\e[31mred\e[0m and not", "[f1]red[] and not")]
    [InlineData("\e[1;32mbold green\e[m", "[f2 bold]bold green")]
    [InlineData("\e[97;44mwhite on blue\e[39;49m off", "[f15 g4]white on blue[] off")]
    [InlineData("\e[38;5;196mbright\e[38;2;0;170;0mgreen", "[f1]bright[f2]green")]
    [InlineData("\e[7mturned\e[27m\e[4mlined\e[24m", "[inverse]turned[underlined]lined")]
    [InlineData("\e]0;title\aafter \e]8;;http://x\e\\link\e]8;;\e\\", "after link")]
    [InlineData("\e[2K\e[1Aup\e(Bset\e=", "upset")]
    [InlineData("10%\r50%\r100%\r", "100%")]
    [InlineData("a\tb\0\u0007\u007f", "a\tb\u2400\u2407\u2421")]
    [InlineData("turned \u202e around\u2028", "turned \ufffd around\ufffd")]
    [InlineData("cut \e[38;5", "cut ")]
    [InlineData("cut \e", "cut ")]
    [InlineData("\eé \e\e[31mred", "é [f1]red")]
    [InlineData("\e[999999999999;31mx\e[38;2;1mx", "[f1]xx")]
    public void A_line_becomes_text_and_looks(string line, string looks) => Assert.Equal(looks, Show(new AnsiText().Read(line)));

    [Fact]
    public void A_look_lasts_until_it_is_taken_back()
    {
        var text = new AnsiText();
        Assert.Equal("[f1]red", Show(text.Read("\e[31mred")));
        Assert.Equal("[f1]still[] over", Show(text.Read("still\e[0m over")));
    }

    [Fact]
    public void Whatever_bytes_come_nothing_that_steers_comes_out() =>
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            var text = new AnsiText();
            foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n'))
            {
                foreach (var span in text.Read(line))
                {
                    Assert.DoesNotContain(span.Text, c => c != '\t' && char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format);
                    Assert.Matches("^[a-z0-9 ]*$", span.Look);
                }
            }
        });

    private static string Show(IEnumerable<AnsiSpan> spans)
    {
        var (shown, look) = (new StringBuilder(), "");
        foreach (var span in spans)
        {
            if (span.Look != look)
                shown.Append(CultureInfo.InvariantCulture, $"[{look = span.Look}]");
            shown.Append(span.Text);
        }
        return $"{shown}";
    }
}
