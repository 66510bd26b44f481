using Debci.Api.Configuration;
using Debci.Api.Files;
using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.EventLog;
using Mediator;

namespace Debci.Api.Claims;

/// <summary>A worker tells how an attempt ended.</summary>
/// <param name="Caller">The worker's key.</param>
/// <param name="Run">Which run.</param>
/// <param name="Attempt">Which attempt.</param>
/// <param name="Worker">Who.</param>
/// <param name="ExitCode">autopkgtest's; null when it was killed.</param>
/// <param name="Summary">autopkgtest's <c>summary</c>, whole.</param>
/// <param name="TestpkgVersion">autopkgtest's <c>testpkg-version</c>, "source version"; empty when there is none.</param>
/// <param name="StartedAt">By the worker's clock.</param>
/// <param name="DurationSeconds">By the worker's clock.</param>
/// <param name="TimedOut">Whether the limit for the whole run ended it.</param>
/// <param name="LogSize">How many log bytes the worker sent.</param>
/// <param name="Installed">Packages of the testbed that are named like a trigger's source.</param>
/// <param name="LogTooLarge">Whether the test was ended since it wrote more log than a run may.</param>
public sealed record ReportAttempt(
    Caller Caller, long Run, int Attempt, string Worker, int? ExitCode, string Summary, string TestpkgVersion,
    DateTimeOffset StartedAt, int DurationSeconds, bool TimedOut, long LogSize,
    IReadOnlyList<InstalledPackage> Installed, bool LogTooLarge = false) : ICommand<RunCommands.Obeyed>, INeedsScope
{
    /// <inheritdoc/>
    public Scope Needs => Scope.Report;
}

/// <summary>Closes the attempt's files, reads the verdict, stores it, and puts the deciding attempt's files at the run's address.</summary>
public sealed class ReportAttemptHandler(
    KnownRuns known, RunCommands runs, Leases leases, OverLeases over, AttemptFiles files, LiveConfiguration live)
    : ICommandHandler<ReportAttempt, RunCommands.Obeyed>
{
    /// <inheritdoc/>
    public async ValueTask<RunCommands.Obeyed> Handle(ReportAttempt command, CancellationToken cancellationToken)
    {
        var lease = await leases.Held(command.Run, command.Attempt, command.Worker, command.Caller.AccountId, cancellationToken);
        var (run, asked) = lease is null ? await Find(command.Run, cancellationToken) : (lease.Run, lease.Asked);
        var summary = Summary.Parse(command.Summary);
        // Only the holder's report closes the files; any other is a repetition, or refused by the run itself.
        var stored = lease is null
            ? ClosedAttempt.Nothing
            : await files.Close(run, command.Attempt, command.LogSize, command.Summary, Report.Kept(summary.Tests).Count < summary.Tests.Count, cancellationToken);
        var fellBack = lease is not null && asked.Pinned ? await files.FellBack(run, command.Attempt, stored.LogBytes, cancellationToken) : false;
        var logEnd = lease is null ? "" : fellBack is null ? null : await files.LogEnd(run, command.Attempt, stored.LogBytes, cancellationToken);
        var report = ToReport(command, summary, stored) with { PinsDropped = fellBack is true ? true : null };
        var evidence = new Evidence(run.Package, asked.Triggers, asked.Pinned, command.Installed, logEnd);
        var tell = new RunCommand.Tell(run, command.Attempt, command.Worker, report, Verdict.Of(report, summary, evidence), asked, live.Retries, Leased: lease is not null);

        // The outcome is in the id: two reports at once that contradict each other are two commands, and the second is refused.
        var id = Uuid5.Create(Guid.Empty, $"report {command.Run} {command.Attempt} {command.Worker} {command.ExitCode} {command.TimedOut} {report.Version}{(command.LogTooLarge ? " log too large" : "")}\n{command.Summary}");
        var obeyed = await runs.Obey(tell, new CommandInfo(id, "reportAttempt", $"worker:{command.Worker}", Correlation: id), cancellationToken);
        if (obeyed.Run is Run.Ended { End: RunEnd.Finished })
            await files.Publish(run, command.Attempt, cancellationToken);
        over.Drop(command.Run, command.Attempt);
        return obeyed;
    }

    private async Task<(RunKey Run, RunCommand.AskedFacts Asked)> Find(long run, CancellationToken cancellation)
    {
        var row = await known.Get(run, Caller.System, cancellation);
        return (row.Key, new RunCommand.AskedFacts(row.Requester, row.Triggers, row.Pins.Count > 0));
    }

    private static Report ToReport(ReportAttempt command, Summary summary, ClosedAttempt stored) => new(
        command.StartedAt.ToUniversalTime(), command.DurationSeconds, Report.Kept(summary.Tests), summary.Tests.Count,
        command.TimedOut, stored.LogBytes, command.ExitCode, VersionOf(command.TestpkgVersion), stored.TestbedPackages, stored.ArtifactsBytes,
        LogTooLarge: command.LogTooLarge ? true : null);

    // "glibc 2.41-6": the last word is the version. What breaks dpkg's rules is no version.
    private static string? VersionOf(string testpkgVersion)
    {
        var words = testpkgVersion.Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 && Names.IsVersion(words[^1]) ? words[^1] : null;
    }
}
