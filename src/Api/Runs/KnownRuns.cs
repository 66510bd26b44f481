using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Runs;

/// <summary>Finds the run that a command is about.</summary>
public sealed class KnownRuns(RunsQueries runs, IEventLog log, ReadPosition position)
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    /// <summary>The run, also when it was asked for a moment ago and its row is still on the way.</summary>
    /// <exception cref="RefusedException">There is no such run, or the caller may not see it.</exception>
    public Task<RunRow> Get(long run, Caller caller, CancellationToken cancellation) => Get(run, caller, _ => true, cancellation);

    /// <summary>The same; as of now, if its row does not say yet that it is over: it may have been cancelled a moment ago.</summary>
    /// <exception cref="RefusedException">There is no such run, or the caller may not see it.</exception>
    public Task<RunRow> GetOver(long run, Caller caller, CancellationToken cancellation) => Get(run, caller, row => row.IsOver, cancellation);

    private async Task<RunRow> Get(long run, Caller caller, Predicate<RunRow> isEnough, CancellationToken cancellation)
    {
        if (await runs.Find(run, caller.Viewer, cancellation) is { } row && isEnough(row))
            return row;
        await position.WaitFor(await log.Head(cancellation), AtMost, cancellation);
        return await runs.Find(run, caller.Viewer, cancellation)
            ?? throw new RefusedException(RefusalCode.UnknownRun, $"There is no run {run}.", "run");
    }
}
