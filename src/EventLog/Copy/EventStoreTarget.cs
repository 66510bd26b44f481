using Debci.EventLog.EventStore;
using Debci.EventLog.EventStore.Protocol;

namespace Debci.EventLog.Copy;

/// <summary>
/// Copies a log to EventStoreDB, one append after the other: the order of the whole log is that of commits, and only one who waits for each knows it.
/// Neighbours in one stream go together.
/// </summary>
internal sealed class EventStoreTarget : ICopyTarget
{
    private readonly EventStoreSettings settings;
    private readonly Cluster cluster;
    private readonly EventStoreLog log;
    private Naming? naming;

    public EventStoreTarget(EventStoreSettings settings)
    {
        this.settings = settings;
        cluster = new Cluster(settings);
        log = new EventStoreLog(new Cluster(settings), null);
    }

    public IEventLog Log => log;

    public async Task<CopyState> Look(CancellationToken cancellation)
    {
        naming = await Naming.Read(cluster, cancellation);
        var last = await cluster.Ask(Pages.Last, endsByItself: false, cancellation);
        if (last is null)
            return new(naming is { Copying: true } begun ? begun.Id : null, naming is not { Copying: true }, null);
        if (naming is null || Copied.Read(last.CustomMetadata) is null)
            throw new CopyRefusedException($"EventStoreDB at {settings.Where} holds events that were appended there, so no log can be copied to it. Name an empty cluster.");
        return new(naming.Id, !naming.Copying, naming.Event(last));
    }

    public Task Begin(string word, CancellationToken cancellation) => Name(new(word, Copying: true, 0, 0, 0), cancellation);

    public async Task Store(IReadOnlyList<RecordedEvent> events, CancellationToken cancellation)
    {
        for (var at = 0; at < events.Count;)
        {
            var count = Neighbours(events, at);
            await Append([.. events.Skip(at).Take(count)], cancellation);
            at += count;
        }
    }

    public async Task Complete(string word, long last, CancellationToken cancellation)
    {
        var end = await cluster.Ask(Pages.Last, endsByItself: false, cancellation);
        var behind = (long)(end?.CommitPosition ?? 0);
        await Name(new(word, Copying: false, behind, Math.Max(0, last - behind), 0), cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await log.DisposeAsync();
        cluster.Dispose();
    }

    // Which word counts is what the log says afterwards: somebody else may have named it at the same moment.
    private async Task Name(Naming next, CancellationToken cancellation)
    {
        await Naming.Store(cluster, next with { Revision = naming?.Revision ?? 0 }, cancellation);
        naming = await Naming.Read(cluster, cancellation);
        if (naming?.Id != next.Id || naming.Copying != next.Copying)
            throw new CopyRefusedException($"Somebody else uses EventStoreDB at {settings.Where}: it was given another word. Stop it, and name an empty cluster.");
    }

    private async Task Append(IReadOnlyList<RecordedEvent> events, CancellationToken cancellation)
    {
        var first = events[0];
        var answer = await cluster.Ask(new Appending(first.Stream, first.Revision - 1, [], [.. events.Select(Proposed)]).Send, endsByItself: true, cancellation);
        if (answer.Success is null)
            throw new CopyRefusedException($"EventStoreDB at {settings.Where} holds other events in {first.Stream}: somebody else appends to it. Name an empty cluster.");
    }

    private static AppendReq Proposed(RecordedEvent e) => Wire.Proposed(e.Id, e.Name, e.Data.ToArray(), Copied.Write(e));

    private static int Neighbours(IReadOnlyList<RecordedEvent> events, int at)
    {
        var (count, bytes) = (1, Size(events[at]));
        while (at + count < events.Count && events[at + count].Stream == events[at].Stream && (bytes += Size(events[at + count])) <= EventLogLimits.AppendBytes)
            count++;
        return count;
    }

    private static int Size(RecordedEvent e) => e.Data.Length + e.Headers.Length + e.Name.Length + 150;
}
