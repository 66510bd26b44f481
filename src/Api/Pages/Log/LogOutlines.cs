using System.Collections.Concurrent;
using Debci.Api.Files;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Pages.Log;

/// <summary>Outlines of the logs that are looked at. A log is read once for all its viewers, and on from there when it has grown.</summary>
public sealed class LogOutlines(LogStore logs)
{
    private const int Most = 300;
    private readonly ConcurrentDictionary<(long Run, int Attempt), Known> known = new();

    /// <summary>The outline of what is stored of the log of an attempt now.</summary>
    /// <exception cref="RefusedException">The log is gone.</exception>
    public async Task<LogOutline> Of(RunRow row, int attempt, CancellationToken cancellation)
    {
        if (known.Count > Most)
            known.Clear();
        var (run, whole) = (row.Key, !row.Grows(attempt)); // whole: nothing will be added to it
        var size = await logs.Size(run, attempt, cancellation);
        Gone.MustNotBe(row, attempt, size.Stored);
        var log = known.GetOrAdd((run.Id, attempt), _ => new Known());
        if (log.Outline is { } outline && (outline.Bytes, outline.Whole) == (size.Stored, whole))
            return outline;
        using var turn = await log.Turns.Take(cancellation);
        if (log.Outline is null || log.Outline.Bytes < size.Stored || log.Outline.Whole != whole)
            log.Outline = await Task.Run(() => log.Scan.ReadTo(size.Stored, whole, (from, most) => logs.Read(run, attempt, from, most, cancellation)), cancellation);
        return log.Outline;
    }

    private sealed class Known
    {
        public LogScan Scan { get; } = new();
        public Turns Turns { get; } = new();
        public volatile LogOutline? Outline;
    }
}
