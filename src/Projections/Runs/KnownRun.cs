using Debci.Domain;

namespace Debci.Projections;

// A run while it is folded in memory: what its row will say. What an event leaves out stays as it was.
internal sealed class KnownRun(string stream, long askedPosition, DateTime requestedAt, BatchEvent.Requested asked)
{
    public string Stream { get; } = stream;
    public long AskedPosition { get; } = askedPosition;
    public DateTime RequestedAt { get; } = requestedAt;
    public BatchEvent.Requested Asked { get; } = asked;
    public long Position { get; set; } = askedPosition;
    public string State { get; set; } = "pending";
    public int Priority { get; set; } = asked.Priority;
    public int Attempt { get; set; }
    public string? Worker { get; set; }
    public string? Backend { get; set; }
    public DateTime? StartedAt { get; set; }
    public DateTime? EndedAt { get; set; }
    public string? Status { get; set; }
    public string? Cause { get; set; }
    public string? Message { get; set; }
    public Report? Report { get; set; }
    public string? Reason { get; set; }
    public string Triggers { get; } = Columns.Words(asked.Triggers);
}
