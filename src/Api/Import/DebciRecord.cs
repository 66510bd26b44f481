using Debci.Domain;

namespace Debci.Api.Import;

/// <summary>A run as debci tells it, with what was learnt from its files. Null: nobody says.</summary>
internal sealed record DebciRecord(RunKey Run, Status? Status, DateTimeOffset UpdatedAt)
{
    /// <summary>When the test ended.</summary>
    public DateTimeOffset? Date { get; init; }
    /// <summary>When it was asked for.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
    /// <summary>The tested version, also debci's <c>n/a</c>.</summary>
    public string? Version { get; init; }
    /// <summary>As debci has it: words, or whatever somebody wrote.</summary>
    public string? Trigger { get; init; }
    /// <summary>Packages from another suite.</summary>
    public IReadOnlyList<Pin> Pins { get; init; } = [];
    /// <summary>Whether it ran with pins, as far as this can be told.</summary>
    public bool Pinned { get; init; }
    /// <summary>Names of apt sources.</summary>
    public IReadOnlyList<string> ExtraSources { get; init; } = [];
    /// <summary>Seconds.</summary>
    public int? Duration { get; init; }
    /// <summary>The result in a sentence.</summary>
    public string? Message { get; init; }
    /// <summary>autopkgtest's exit code.</summary>
    public int? ExitCode { get; init; }
    /// <summary>The worker's name.</summary>
    public string? Worker { get; init; }
    /// <summary>What it ran on.</summary>
    public string? Backend { get; init; }
    /// <summary>debci's number of who asked, or a name from a time when it told names.</summary>
    public string? Requester { get; init; }
    /// <summary>The results of its tests.</summary>
    public Summary? Summary { get; init; }
    /// <summary>autopkgtest's summary as it was written.</summary>
    public string? SummaryText { get; init; }
    /// <summary>autopkgtest's testbed-packages.</summary>
    public string? TestbedPackages { get; init; }
    /// <summary>The folder with its log and artifacts.</summary>
    public string? Folder { get; init; }
    /// <summary>What of it was not understood and left out, a sentence each.</summary>
    public IReadOnlyList<string> Doubts { get; init; } = [];

    /// <summary>The same with what its files say beyond it. The record itself is believed before them.</summary>
    public DebciRecord With(DebciRecord files) => this with
    {
        Date = Date ?? files.Date, Version = Version ?? files.Version, Duration = Duration ?? files.Duration, ExitCode = files.ExitCode, Worker = files.Worker ?? Worker,
        Summary = files.Summary, SummaryText = files.SummaryText, TestbedPackages = files.TestbedPackages, Folder = files.Folder,
    };

    /// <summary>debci's status and sentence for an exit code (its <c>Job.status</c>), which is what its readers have seen.</summary>
    public static (Status Status, string Message) Of(int exitCode) => exitCode switch
    {
        0 => (Domain.Status.Pass, "All tests passed"),
        2 => (Domain.Status.Pass, "Tests passed, but at least one test skipped"),
        4 => (Domain.Status.Fail, "Tests failed"),
        6 => (Domain.Status.Fail, "Tests failed, and at least one test skipped"),
        8 => (Domain.Status.Neutral, "No tests in this package or all skipped"),
        12 or 14 => (Domain.Status.Fail, "Erroneous package"),
        16 => (Domain.Status.Tmpfail, "Could not run tests due to a temporary testbed failure"),
        _ => (Domain.Status.Tmpfail, $"Unexpected autopkgtest exit code {exitCode}"),
    };
}
