using System.Diagnostics;
using Debci.Domain;
using Debci.Workers.Attempts;
using Debci.Workers.Backends;
using Debci.Workers.Processes;
using Debci.Workers.Server;

namespace Debci.Workers;

/// <summary>What the loop offers to the server.</summary>
/// <param name="Worker">Its name.</param>
/// <param name="Arches">Architectures that it tests.</param>
/// <param name="Backends">Backends, the preferred one first.</param>
/// <param name="Tags">What else it offers, in its operator's words.</param>
/// <param name="WaitSeconds">How long one claim may wait at the server.</param>
/// <param name="GiveUp">How long a test goes on that the server has not been heard of.</param>
/// <param name="LogLimit">How many bytes of log a run may write.</param>
/// <param name="OwnsProcess">Whether everything below this process belongs to the test at hand (see <see cref="ProcessTree"/>).</param>
internal sealed record Abilities(
    string Worker, IReadOnlyList<string> Arches, IReadOnlyList<IBackend> Backends, IReadOnlyList<string> Tags, int WaitSeconds, TimeSpan GiveUp, long LogLimit, bool OwnsProcess);

/// <summary>Claim, run, report, and again. Everything that can go wrong between two machines is decided here or below, once.</summary>
/// <param name="offer">What this worker can do.</param>
/// <param name="runs">Where attempts keep their files.</param>
/// <param name="server">The calls.</param>
/// <param name="maker">Sees to old testbeds before a claim.</param>
/// <param name="pauses">How long to wait when the server is away.</param>
/// <param name="journal">What the operator reads.</param>
internal sealed class WorkLoop(Abilities offer, string runs, ServerCalls server, TestbedMaker maker, Pauses pauses, Journal journal)
{
    private static readonly string Software = "debci-worker " + typeof(WorkLoop).Assembly.GetName().Version?.ToString(3);

    private static readonly TimeSpan LastAnswer = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Works until <paramref name="drain"/>, with <paramref name="once"/> until one run is through, and where there is an
    /// <paramref name="idleExit"/> until there was no run for so long. The run at hand is finished first, unless <paramref name="stop"/> ends it.
    /// </summary>
    /// <exception cref="ServerRefusedException">The server will never give this worker anything (its key, say).</exception>
    public async Task RunAsync(bool once, TimeSpan? idleExit, CancellationToken drain, CancellationToken stop)
    {
        try
        {
            var idle = Stopwatch.StartNew();
            for (var failures = 0; ;)
            {
                var outcome = await TakeRunAsync(idleExit - idle.Elapsed, drain, stop);
                if (drain.IsCancellationRequested || outcome is AttemptOutcome.Stopped || (once && outcome is not null) || (outcome is null && idle.Elapsed >= idleExit))
                    return;
                if (outcome is not null)
                    idle.Restart();
                // A worker that breaks run after run (a full disk) shall not break the whole queue at full speed.
                failures = outcome is AttemptOutcome.Broken ? failures + 1 : 0;
                if (failures > 0)
                    await Task.Delay(pauses.After(failures), drain);
            }
        }
        catch (OperationCanceledException) when (drain.IsCancellationRequested)
        {
            // Told to end while it waited.
        }
    }

    private async Task<AttemptOutcome?> TakeRunAsync(TimeSpan? atMost, CancellationToken drain, CancellationToken stop)
    {
        await maker.RefreshAsync(drain);
        var answer = await ClaimAsync(atMost, drain, stop);
        if (answer is null)
            return null;
        if (Checked(answer) is not { } run)
            return AttemptOutcome.Broken;
        // The same attempt twice: its claim's answer came late, after a report that was refused. Its folder is gone by then.
        var folder = AttemptFolder.Of(runs, run.Id);
        var backend = offer.Backends.First(b => b.Name == run.Backend);
        var tree = new ProcessTree(folder.Variable, offer.OwnsProcess);
        var outcome = await new Attempt(run, folder, backend, tree, server, pauses, offer.GiveUp, offer.LogLimit, journal).RunAsync(stop);
        journal.Say($"Run {run.Id.Run}, attempt {run.Id.Number}: {outcome}");
        return outcome;
    }

    // The race of every claim: the server gave us a run, and its answer is lost. With a new id we would be given another run,
    // and the first would wait for its lease to expire. So the id is made once, before the first try, and all tries carry it.
    private async Task<ClaimAnswer?> ClaimAsync(TimeSpan? atMost, CancellationToken drain, CancellationToken stop)
    {
        var claim = new ClaimCall(
            Guid.NewGuid(), offer.Worker, offer.Arches, [.. offer.Backends.Select(b => b.Name)], Software,
            (int)Math.Clamp(Math.Ceiling(atMost?.TotalSeconds ?? offer.WaitSeconds), 0, offer.WaitSeconds), offer.Tags);
        try
        {
            return await pauses.UntilAnsweredAsync(c => server.ClaimAsync(claim, c), drain, atMost);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return await LastAnswerAsync(claim, stop);
        }
        catch (ServerAwayException away)
        {
            journal.Say(away.Message);
            return null; // idle for long enough
        }
        catch (ServerRefusedException refused) when (!refused.BadWorker)
        {
            // Not about us: the claim was answered and its run ended meanwhile, or a proxy stands in for the server. A new claim is due.
            journal.Say(refused.Message);
            await Task.Delay(pauses.After(0), drain);
            return null;
        }
    }

    // Told to end while it waited for a run: the server may have given us one, and its answer is on the way. Asked once more, without waiting,
    // it says so, and the run is tested first; else nobody would work on it until its lease is over.
    private async Task<ClaimAnswer?> LastAnswerAsync(ClaimCall claim, CancellationToken stop)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(stop);
        soon.CancelAfter(LastAnswer);
        try
        {
            return await server.ClaimAsync(claim with { WaitSeconds = 0 }, soon.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ServerAwayException or ServerRefusedException)
        {
            return null;
        }
    }

    // A run that this worker will not touch is not reported: the lease expires, and the server counts the attempt as lost.
    private Assignment? Checked(ClaimAnswer answer)
    {
        try
        {
            return Assignment.Read(answer, offer.Arches, [.. offer.Backends.Select(b => b.Name)]);
        }
        catch (RefusedException refused)
        {
            journal.Say($"{refused.Message} The run is left alone; look at the server.");
            return null;
        }
    }
}
