namespace Debci.Projections;

/// <summary>One step of the queue, and its statements.</summary>
internal abstract partial class QueueStep
{
    /// <summary>How a run stands after a step.</summary>
    public sealed record State(string Name, int Attempts, string? Worker, DateTime? StartedAt, (DateTime At, int Seconds)? Pause = null, string? Avoid = null);

    /// <summary>It leaves the queue.</summary>
    public static readonly State Ended = new("ended", 0, null, null);

    // Twice the step for each priority less: 32 for priority 10, 1,024 for 5, 16,384 for 1.
    private const string Weight = "(16384 >> (priority - 1))::bigint";

    // What each start moves the clock by at least: 64 starts are a step of priority 5.
    internal const int LeastMove = 16;

    public abstract void Write(Writes writes);

    // Which runs a pause is for: those of the suite, or those that need the backend.
    private const string Covers = "case p.kind when 'Suite' then q.suite = p.name else p.name = any((string_to_array(q.clock, ' '))[2:]) end";
}
