using Debci.Domain;

namespace Debci.EndToEnd.Tests.Chaos;

/// <summary>What a worker asked of the server.</summary>
internal enum CallKind
{
    /// <summary>A run.</summary>
    Claim,
    /// <summary>To keep its lease.</summary>
    Heartbeat,
    /// <summary>To take its report.</summary>
    Report,
}

/// <summary>A call that was answered, as its worker saw it: the server did what it did at some moment between the two times.</summary>
/// <param name="Worker">Who called.</param>
/// <param name="Kind">What for.</param>
/// <param name="Run">About which run; that which was given, for a claim.</param>
/// <param name="Attempt">About which attempt.</param>
/// <param name="Began">Seconds of one steady clock before the call.</param>
/// <param name="Ended">The same behind its answer.</param>
/// <param name="Granted">Whether it was done; refused if not.</param>
/// <param name="ExitCode">What was reported.</param>
internal sealed record Call(string Worker, CallKind Kind, long Run, int Attempt, double Began, double Ended, bool Granted, int? ExitCode = null);

/// <summary>Checks what workers saw and what the log holds against the promises of claims. Each finding is a sentence.</summary>
/// <param name="calls">What workers saw, in any order.</param>
/// <param name="log">The events of each run that was acknowledged to its requester, in order.</param>
/// <param name="lease">How long a lease lasts, in seconds.</param>
/// <param name="slack">How much of a lease a crash of PostgreSQL may take back, in seconds: its changes are not durable at once.</param>
internal sealed class ClaimModel(IReadOnlyCollection<Call> calls, IReadOnlyDictionary<long, IReadOnlyList<RunEvent>> log, double lease, double slack)
{
    /// <summary>All that is wrong; nothing, if all promises were kept.</summary>
    public IReadOnlyList<string> Findings() =>
        [.. log.SelectMany(run => Life(run.Key, run.Value)), .. Given(), .. Reports(), .. Overlaps(), .. TakenAway()];

    private static bool IsEnd(RunEvent e) => e is RunEvent.Finished or RunEvent.Cancelled or RunEvent.Superseded or RunEvent.Abandoned;

    // Requested -> (Started -> AttemptFailed | Lost)* -> exactly one end.
    private static IEnumerable<string> Life(long run, IReadOnlyList<RunEvent> events)
    {
        if (events.Count(IsEnd) != 1)
            yield return $"Run {run} has {events.Count(IsEnd)} ends: {Words(events)}.";
        else if (!IsEnd(events[^1]))
            yield return $"Run {run} goes on behind its end: {Words(events)}.";
        var (attempt, running) = (0, false);
        foreach (var e in events)
        {
            var fits = e switch
            {
                RunEvent.Started s => !running && s.Attempt == attempt + 1,
                RunEvent.AttemptFailed f => running && f.Attempt == attempt,
                RunEvent.Lost l => running && l.Attempt == attempt,
                RunEvent.Finished f => running && f.Attempt == attempt,
                RunEvent.Cancelled => true,
                _ => !running,
            };
            if (!fits)
                yield return $"Run {run} takes a step that its life does not have: {Words(events)}.";
            (attempt, running) = e is RunEvent.Started started ? (started.Attempt, true) : (attempt, false);
        }
    }

    private IEnumerable<string> Given()
    {
        foreach (var given in Granted(CallKind.Claim).GroupBy(c => (c.Run, c.Attempt)))
        {
            if (given.Select(c => c.Worker).Distinct().Count() > 1)
                yield return $"Attempt {given.Key.Attempt} of run {given.Key.Run} was given to {string.Join(" and ", given.Select(c => c.Worker).Distinct())}.";
            var holder = log.GetValueOrDefault(given.Key.Run)?.OfType<RunEvent.Started>().FirstOrDefault(s => s.Attempt == given.Key.Attempt)?.Worker;
            if (log.ContainsKey(given.Key.Run) && holder != given.First().Worker)
                yield return $"Attempt {given.Key.Attempt} of run {given.Key.Run} was given to {given.First().Worker}, and the log has {holder ?? "nobody"} for it.";
        }
    }

    private IEnumerable<string> Reports()
    {
        foreach (var report in Granted(CallKind.Report).Where(r => log.ContainsKey(r.Run)))
        {
            var stored = log[report.Run].Select(e => e switch
            {
                RunEvent.Finished f when f.Attempt == report.Attempt => (f.Worker, f.Report.ExitCode),
                RunEvent.AttemptFailed f when f.Attempt == report.Attempt => (f.Worker, f.Report.ExitCode),
                _ => ((string, int?)?)null,
            }).FirstOrDefault(s => s is not null);
            if (stored != (report.Worker, report.ExitCode))
                yield return $"The report of attempt {report.Attempt} of run {report.Run}, exit code {report.ExitCode}, was acknowledged to {report.Worker}, and the log has {stored?.ToString() ?? "none"}.";
        }
    }

    // Who was told that the run is still its own was told so before anybody else had been given it.
    private IEnumerable<string> Overlaps() =>
        from call in Granted(CallKind.Heartbeat)
        from next in Granted(CallKind.Claim)
        where next.Run == call.Run && next.Attempt > call.Attempt && call.Began > next.Ended
        select $"{call.Worker} was told to go on with attempt {call.Attempt} of run {call.Run}, after {next.Worker} had been given attempt {next.Attempt}.";

    // What was neither reported nor failed is given to somebody else only when its lease is over.
    private IEnumerable<string> TakenAway() =>
        from call in calls
        where call is { Granted: true, Kind: CallKind.Claim or CallKind.Heartbeat }
        from next in Granted(CallKind.Claim)
        where next.Run == call.Run && next.Attempt == call.Attempt + 1 && next.Ended < call.Began + lease - slack
            && log.GetValueOrDefault(call.Run)?.OfType<RunEvent.Lost>().Any(l => l.Attempt == call.Attempt) is true
        select $"Attempt {call.Attempt} of run {call.Run} was taken from {call.Worker} {next.Ended - call.Began:0.0} s after its lease of {lease} s began.";

    private IEnumerable<Call> Granted(CallKind kind) => calls.Where(c => c.Granted && c.Kind == kind);

    private static string Words(IEnumerable<RunEvent> events) => string.Join(", ", events.Select(e => e.GetType().Name));
}
