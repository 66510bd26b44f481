using System.Diagnostics;
using Debci.Workers.Backends;
using Debci.Workers.Processes;
using Debci.Workers.Server;

namespace Debci.Workers.Attempts;

/// <summary>One attempt at a run: prepare the testbed, run and stream the log, collect, upload, report, clean up.</summary>
/// <param name="run">What to test.</param>
/// <param name="folder">Where its files go.</param>
/// <param name="backend">Where it runs.</param>
/// <param name="tree">How its processes are found.</param>
/// <param name="server">Whom to report to.</param>
/// <param name="pauses">How long to wait when the server is away.</param>
/// <param name="giveUp">How long a test goes on that the server has not been heard of.</param>
/// <param name="logLimit">How many bytes of log it may write.</param>
/// <param name="journal">What the operator reads.</param>
internal sealed class Attempt(
    Assignment run, AttemptFolder folder, IBackend backend, ProcessTree tree, ServerCalls server, Pauses pauses, TimeSpan giveUp, long logLimit, Journal journal)
{
    private readonly LogStream log = new(folder.Log, logLimit, (offset, bytes, ct) => server.LogAsync(run.Id, offset, bytes, ct), pauses);
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly DateTimeOffset startedAt = DateTimeOffset.UtcNow;
    private volatile bool tests = true; // afterwards it has nothing but a result, which is worth waiting for the server with

    /// <summary>Goes through all steps. Whatever happens, afterwards none of its processes and files are left.</summary>
    /// <param name="stop">The worker was told to end.</param>
    public async Task<AttemptOutcome> RunAsync(CancellationToken stop)
    {
        using var ours = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var heartbeat = new Heartbeat(server, run.Id, journal).BeatAsync(run.Lease, giveUp, ours.Cancel, GiveUp, ours.Token);
        try
        {
            await StepsAsync(ours.Token);
            return AttemptOutcome.Reported;
        }
        catch (OperationCanceledException) when (ours.IsCancellationRequested)
        {
            return stop.IsCancellationRequested ? AttemptOutcome.Stopped : AttemptOutcome.NotOurs;
        }
        catch (ServerRefusedException refused)
        {
            journal.Say(refused.Message);
            return refused.NotOurs ? AttemptOutcome.NotOurs : AttemptOutcome.Broken;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CommandFailedException)
        {
            journal.Say($"Run {run.Id.Run} cannot go on: {error.Message}");
            return AttemptOutcome.Broken;
        }
        finally
        {
            await ours.CancelAsync();
            await heartbeat;
            await RemoveAsync();
        }

        void GiveUp()
        {
            if (!tests)
                return;
            journal.Say($"Run {run.Id.Run} is given up: the server was not heard of for {giveUp.TotalSeconds:0} s, and has given it to another worker by now.");
            ours.Cancel();
        }
    }

    // What cannot be removed now is removed when a worker starts in this directory again.
    private async Task RemoveAsync()
    {
        try
        {
            await backend.RemoveAsync(folder);
        }
        catch (CommandFailedException error)
        {
            journal.Say($"The files of run {run.Id.Run} stay in {folder.Path}: {error.Message}");
        }
    }

    private async Task StepsAsync(CancellationToken ct)
    {
        Begin("prepare and test");
        await folder.MakeAsync(backend.User, ct);
        var end = await new TestRun(run, folder, backend, tree, log, journal).RunAsync(ct);
        tests = false;
        var duration = watch.Elapsed; // what follows is the worker's time, not the test's
        Begin("send the rest of the log");
        await log.FollowAsync(Task.CompletedTask, ct);
        Begin("send its files");
        await new Upload(run, folder, server, pauses, journal).SendAsync(ct);
        Begin("report");
        await ReportAsync(end, duration, ct);
    }

    // The server refuses a report while it has less of the log than the report says: then the rest is sent again.
    private async Task ReportAsync(TestEnd end, TimeSpan duration, CancellationToken ct)
    {
        for (var gaps = 0; ; gaps++)
        {
            try
            {
                var answer = await pauses.UntilAnsweredAsync(c => server.ReportAsync(run.Id, Report(end, duration), c), ct);
                journal.Say($"Run {run.Id.Run}, attempt {run.Id.Number}, is reported: {answer.State} {answer.Status}");
                return;
            }
            catch (ServerRefusedException refused) when (refused.LogGap is { } size && size < log.Sent)
            {
                log.GoBackTo(size);
                await Task.Delay(pauses.After(gaps), ct);
                await log.FollowAsync(Task.CompletedTask, ct);
            }
        }
    }

    private ReportCall Report(TestEnd end, TimeSpan duration) => new(
        end.ExitCode,
        Upload.Text(folder, "summary"),
        Upload.Text(folder, "testpkg-version"),
        startedAt,
        (int)Math.Round(duration.TotalSeconds),
        end.TimedOut,
        log.Sent,
        InstalledPackages.Of(folder, run.Triggers),
        end.LogTooLarge);

    private void Begin(string step) => journal.Say($"Run {run.Id.Run} ({run.Package}, {run.Suite}, {run.Arch}): {step}");
}
