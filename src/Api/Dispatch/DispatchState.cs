using Debci.Api.Claims;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Dispatch;

/// <summary>
/// Workers and decisions for everybody who asks, read at most four times a second: a decision made at another node counts here a
/// quarter of a second later, one made here at once.
/// </summary>
public sealed class DispatchState(WorkersQueries workers, PoliciesQueries policies, Leases leases, Texts texts, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(0.25);
    private static readonly Viewer Everything = new(null, SeesAll: true);
    private readonly Turns turns = new();
    private volatile Seen? last;
    private volatile TaskCompletionSource changed = New();

    private int forgotten; // how often

    private sealed record Seen(DispatchView View, long At);

    /// <summary>Ends when a decision was made at this node. Take it before you look.</summary>
    public Task NextChange => changed.Task;

    /// <summary>How things are.</summary>
    public async ValueTask<DispatchView> Look(CancellationToken cancellation)
    {
        if (IsFresh(last))
            return last!.View;
        using var turn = await turns.Take(cancellation);
        if (!IsFresh(last))
        {
            var (asked, before) = (clock.GetTimestamp(), Volatile.Read(ref forgotten));
            var view = await Load(cancellation);
            last = new Seen(view, asked);
            if (before != Volatile.Read(ref forgotten))
                last = null; // a decision was made meanwhile: this serves whoever asked before it
            return view;
        }
        return last!.View;
    }

    /// <summary>Has the next look read anew, and wakes those who wait for runs: a decision was made, and the rows have it.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref forgotten);
        last = null;
        Interlocked.Exchange(ref changed, New()).TrySetResult();
    }

    private bool IsFresh(Seen? seen) => seen is not null && clock.GetElapsedTime(seen.At) < Fresh;

    private async Task<DispatchView> Load(CancellationToken cancellation)
    {
        var rows = await workers.List(Everything, cancellation);
        var (now, calls) = await leases.LastCalls(cancellation);
        var rejects = await policies.Rejects(cancellation);
        var reasons = await texts.Find(rejects.Select(r => r.Reason), cancellation);
        return new DispatchView(now,
            [.. rows.Select(w => new SeenWorker(w, calls.TryGetValue(w.Name, out var at) ? at : null))], await policies.Pauses(cancellation),
            new RejectList(rejects.ToDictionary(r => r.Pattern, r => reasons.GetValueOrDefault(r.Reason, "an operator said so"))),
            await policies.Quarantines(cancellation));
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
