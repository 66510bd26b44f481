using Debci.EventLog.EventStore;

namespace Debci.EventLog.Tests.EventStore;

/// <summary>A part of a log that others append to as well, as if it were a log of its own: streams with a prefix, from a position on.</summary>
internal sealed class PartOfLog(EventStoreLog log, string prefix, long begin) : IEventLog
{
    public Task<Appended> Append(string stream, long expectedRevision, IReadOnlyList<NewEvent> events, CancellationToken cancellation = default) =>
        log.Append(prefix + stream, expectedRevision, events, cancellation);

    public async Task<IReadOnlyList<RecordedEvent>> ReadStream(string stream, long afterRevision = 0, CancellationToken cancellation = default) =>
        [.. (await log.ReadStream(prefix + stream, afterRevision, cancellation)).Select(Own)];

    public async Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, CancellationToken cancellation = default)
    {
        var own = new List<RecordedEvent>();
        for (var at = Math.Max(position, begin); own.Count < most && await log.ReadAll(at, 500, cancellation) is { Count: > 0 } page; at = page[^1].Position)
            own.AddRange(page.Where(e => e.Stream.StartsWith(prefix, StringComparison.Ordinal)).Select(Own));
        return [.. own.Take(most)];
    }

    public async Task<long> Head(CancellationToken cancellation = default) => (await ReadAll(0, int.MaxValue, cancellation)) is [.., var last] ? last.Position : 0;

    public Task<IWakeUp> Subscribe(CancellationToken cancellation = default) => log.Subscribe(cancellation);

    public Task<ILeadership> Lead(string role, CancellationToken cancellation = default) => log.Lead(role, cancellation);

    public Task<bool> IsLed(string role, CancellationToken cancellation = default) => log.IsLed(role, cancellation);

    private RecordedEvent Own(RecordedEvent e) => e with { Stream = e.Stream[prefix.Length..] };
}
