namespace Debci.Domain.Tests;

/// <summary>What no name may be, whichever kind of name it is.</summary>
internal static class HostileText
{
    public static TheoryData<string> Names =>
    [
        "", ".", "..", "../etc/passwd", "a/../b", "/etc/passwd", "a/b", "a\\b",
        "green\n", "green\r\n", "\ngreen", "gr\neen", "green\0", "\0", "green ", " green", "gr een", "green\t",
        "-rf", "--help", "+x", "$(reboot)", "`reboot`", "a;b", "a|b", "a&b", "a'b", "a\"b", "a*", "a?", "%2e%2e",
        "grün", "grееn", "green\u200b", "\u202eneerg", "１２", "green\ud800", "gréen", new('a', 10_000), new string('a', 10_000) + "\n",
    ];
}
