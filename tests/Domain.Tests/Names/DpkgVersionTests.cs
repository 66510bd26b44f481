using System.Diagnostics;

namespace Debci.Domain.Tests;

public class DpkgVersionTests
{
    [Theory]
    [InlineData("1.0", "1.0", 0)]
    [InlineData("0:1.0", "1.0", 0)]
    [InlineData("1.0", "1.0-0", 0)]
    [InlineData("1.0", "1.00", 0)]
    [InlineData("1.0~rc1", "1.0", -1)]
    [InlineData("1.0~~", "1.0~", -1)]
    [InlineData("1.0", "1.0a", -1)]
    [InlineData("1.0a", "1.0+b", -1)]
    [InlineData("1.9", "1.10", -1)]
    [InlineData("2.41-6", "2.41-6+b1", -1)]
    [InlineData("9", "1:0", -1)]
    [InlineData("1.0-1-1", "1.0-1-2", -1)]
    [InlineData("20240101123456789012345", "20240101123456789012346", -1)]
    [InlineData("1.0-1~bpo12+1", "1.0-1", -1)]
    public void Known_pairs_stand_in_dpkgs_order(string older, string newer, int sign)
    {
        Assert.Equal(sign, Math.Sign(DpkgVersion.Compare(older, newer)));
        Assert.Equal(-sign, Math.Sign(DpkgVersion.Compare(newer, older)));
    }

    [Fact]
    public void Random_pairs_stand_as_dpkg_itself_says()
    {
        var random = new Random(20261123);
        var pairs = Enumerable.Range(0, 500).Select(_ => (Older: AnyVersion(random), Newer: AnyVersion(random))).ToList();
        // One shell for all of them: each line is a pair, and dpkg's word on it.
        var script = string.Concat(pairs.Select(p =>
            $"dpkg --compare-versions '{p.Older}' lt '{p.Newer}' && echo -1 || {{ dpkg --compare-versions '{p.Older}' eq '{p.Newer}' && echo 0 || echo 1; }}\n"));
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var shell = Process.Start(start)!;
        shell.StandardInput.Write(script);
        shell.StandardInput.Close();
        var words = shell.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(pairs.Select(p => $"{p.Older} {p.Newer} {Math.Sign(DpkgVersion.Compare(p.Older, p.Newer))}"),
            pairs.Zip(words, (p, word) => $"{p.Older} {p.Newer} {word}"));
    }

    // Near each other, so that the interesting rules decide.
    private static string AnyVersion(Random random) => string.Concat(
        One(random, "", "0:", "1:", "01:"), One(random, "1", "1.0", "01.00", "1.9", "1.10", "2"),
        One(random, "", "~", "~rc1", "a", "+b", "+dfsg", ".", "~~"), One(random, "", "-0", "-1", "-1+b1", "-1~bpo1", "-01", "-2-1"));

    private static string One(Random random, params string[] words) => words[random.Next(words.Length)];
}
