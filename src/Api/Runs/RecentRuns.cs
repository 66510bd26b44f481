using System.Collections.Concurrent;
using Debci.Domain;

namespace Debci.Api.Runs;

/// <summary>
/// Running runs as this node left them, so that a report need not read what the claim has just written. What is known may be stale
/// (another node, the rescuer): the append's expected revision finds out, and a command that this state would refuse is
/// decided again on the log's own.
/// </summary>
internal sealed class RecentRuns
{
    private const int Most = 20_000;
    private readonly ConcurrentDictionary<long, Known> runs = new();

    /// <summary>A run's state, its stream's revision, and the position of its newest event.</summary>
    internal sealed record Known(Run Run, long Revision, long Position);

    /// <summary>What is known of the run, once: whoever takes it decides on it, and the next one reads the log.</summary>
    public Known? Take(long run) => runs.TryRemove(run, out var known) ? known : null;

    /// <summary>Remembers a run that goes on.</summary>
    public void Keep(long run, Known known)
    {
        if (known.Run is not Run.Running)
            return;
        if (runs.Count >= Most)
            runs.Clear();
        runs[run] = known;
    }
}
