using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Gate;

/// <summary>Sees to it that no gate decides by rows that have stopped, or that lag behind what it was told before.</summary>
public sealed class GateRows(ReadPosition position, IEventLog log)
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);
    private static readonly HashSet<string> Needed = new(StringComparer.Ordinal) { "runs", "queue", "history", "policies" };

    /// <summary>Refuses while a read model that a gate needs has stopped.</summary>
    /// <exception cref="RefusedException">One has.</exception>
    public void MustBeWhole()
    {
        if (position.Stopped.FirstOrDefault(s => Needed.Contains(s.Model)) is { } stopped)
            throw new RefusedException(RefusalCode.NotYet, $"The read model {stopped.Model} has stopped, and what it would say is not known; operators find the reason at /health.");
    }

    /// <summary>
    /// Waits until the rows have all that is stored now. A client whose request was taken, but who never heard of it, sees its runs then,
    /// and does not ask for them again.
    /// </summary>
    /// <exception cref="RefusedException">They do not come so far in time, or one has stopped.</exception>
    public async Task MustHaveAll(CancellationToken cancellation)
    {
        MustBeWhole();
        if (!await position.WaitFor(await log.Head(cancellation), AtMost, cancellation))
            throw new RefusedException(RefusalCode.NotYet, $"The rows do not have all that is stored within {AtMost.TotalSeconds:0} seconds; ask again.");
    }
}
