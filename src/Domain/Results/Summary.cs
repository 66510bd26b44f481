using System.Text.RegularExpressions;

namespace Debci.Domain;

/// <summary>autopkgtest's <c>summary</c> file: the truth per test.</summary>
/// <param name="Tests">One for each line that names a test.</param>
/// <param name="Complaint">What autopkgtest says of a run that did not get as far as tests (<c>badpkg: …</c>); null when nothing.</param>
/// <param name="UnreadableLine">The first line that is in no known form; a summary that has one is never a pass.</param>
public sealed partial record Summary(IReadOnlyList<TestResult> Tests, string? Complaint, string? UnreadableLine)
{
    private const int NameLength = 200;
    private const int DetailLength = 500;

    /// <summary>
    /// Reads the file as autopkgtest 5.28 to 6.0 write it: <c>name RESULT reason</c> lines, then <c>blame:</c>, <c>badpkg:</c> and such.
    /// </summary>
    public static Summary Parse(string text)
    {
        var tests = new List<TestResult>();
        string? complaint = null, unreadable = null;
        foreach (var line in text.Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0))
        {
            if (TestLine().Match(line) is { Success: true } match)
                AddTest(tests, match);
            else if (ComplaintLine().IsMatch(line))
                complaint = line.StartsWith("blame:", StringComparison.Ordinal) ? complaint : complaint ?? StoredText.Clean(line, DetailLength);
            else if (complaint is null) // behind a complaint comes its text, over as many lines as it likes
                unreadable ??= StoredText.Clean(line, DetailLength);
        }
        return new Summary(tests, complaint, unreadable);
    }

    /// <summary>Whether autopkgtest found no tests at all (<c>* SKIP no tests in this package</c>).</summary>
    public bool HasNoTests => Tests.All(t => t.Name == "*");

    private static void AddTest(List<TestResult> tests, Match match)
    {
        var detail = match.Groups["detail"].Value;
        var test = new TestResult(
            StoredText.Clean(match.Groups["name"].Value, NameLength),
            Enum.Parse<TestOutcome>(match.Groups["result"].Value, ignoreCase: true),
            detail.Length == 0 ? null : StoredText.Clean(detail, DetailLength));
        // A test skipped for a missing capability is listed twice by autopkgtest 5; other doubles are real.
        var listedTwice = test.Result == TestOutcome.Skip && detail.Contains("requires testbed capability", StringComparison.Ordinal)
            && tests.Contains(test);
        if (!listedTwice)
            tests.Add(test);
    }

    [GeneratedRegex(@"\A(?<name>\S+)\s+(?<result>PASS|FAIL|SKIP|FLAKY)(?:\s+(?<detail>.*))?\z")]
    private static partial Regex TestLine();

    [GeneratedRegex(@"\A(blame|badpkg|erroneous package|testbed failure|quitting|unexpected error):", RegexOptions.IgnoreCase)]
    private static partial Regex ComplaintLine();
}
