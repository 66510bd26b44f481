using Debci.Domain;

namespace Debci.Projections;

// A run of the queue, or one whose batch is not complete, while it is folded in memory.
internal sealed class QueueEntry(string stream, DateTime requestedAt, BatchEvent.Requested asked, string lane, string clock)
{
    public string Stream { get; } = stream;
    public DateTime RequestedAt { get; } = requestedAt;
    public BatchEvent.Requested Asked { get; } = asked;
    public string Lane { get; } = lane;
    public string Clock { get; } = clock;
    public string Flow { get; } = asked.Triggers is [var first, ..] ? first : "";
    public string? Version { get; } = Trigger.VersionOf(asked.Triggers, asked.Run.Package);
    public QueueStep.State State { get; set; } = new("pending", 0, null, null);
    public DateTime? NotBefore { get; set; }
    public int Priority { get; set; } = asked.Priority;
    public long Place { get; set; }
    public bool Held { get; set; }
    public FlowKey FlowKey => new(Clock, Asked.Requester, Flow);
}

internal readonly record struct FlowKey(string Clock, string Requester, string Flow);

// The last place of a flow, how many of it wait, and the last place that was given for a higher priority.
internal sealed class QueueFlow(long finish, long waiting, long raised)
{
    public long Finish { get; set; } = finish;
    public long Waiting { get; set; } = waiting;
    public long Raised { get; set; } = raised;
}

internal sealed class QueueClock(long now, DateTime? lastStart)
{
    public long Now { get; set; } = now;
    public DateTime? LastStart { get; set; } = lastStart;

    // Flows that nobody waits in, by their end; a flow that has moved on since is passed over when its turn comes.
    public PriorityQueue<FlowKey, long> Idle { get; } = new();
}
