using Debci.EventLog.EventStore.Protocol;
using Debci.EventLog.Marten;
using Grpc.Core;
using Npgsql;

namespace Debci.EventLog.EventStore;

/// <summary>
/// The log on an EventStoreDB cluster, over its public protocol. An event's position is its commit position, so positions rise in the order of
/// commits, with gaps. PostgreSQL, which is there for the rows, holds what is no fact: who leads a role, and the marks.
/// </summary>
public sealed class EventStoreLog : IOpenLog
{
    private readonly NpgsqlDataSource? database;
    private readonly Namings namings;
    private readonly Cluster cluster;
    private readonly Pages pages;
    private readonly AllSignal signal;

    /// <summary>A log on a cluster that was named. The data source stays the caller's.</summary>
    /// <exception cref="LogAwayException">A file of certificates cannot be read.</exception>
    public EventStoreLog(EventStoreSettings settings, NpgsqlDataSource database) : this(new Cluster(settings), database)
    {
    }

    /// <summary>Without a database it can be read and appended to, and nobody can lead.</summary>
    internal EventStoreLog(Cluster cluster, NpgsqlDataSource? database)
    {
        (this.cluster, this.database) = (cluster, database);
        namings = new Namings(cluster);
        pages = new Pages(cluster, new Marks(database), namings);
        signal = new AllSignal(cluster);
    }

    /// <inheritdoc/>
    public async Task<Appended> Append(string stream, long expectedRevision, IReadOnlyList<NewEvent> events, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var appending = Appending.Of(stream, expectedRevision, events);
        var answer = await cluster.Ask(appending.Send, endsByItself: true, cancellation);
        // A repetition is answered with a position of the first time: of several events not for sure that of the last one.
        var naming = await namings.Get(cancellation);
        if (events.Count == 1 && answer.Success?.Position is { CommitPosition: > 0 and <= long.MaxValue } position && naming.IsOwn((long)position.CommitPosition))
            return new Appended(naming.Position((long)position.CommitPosition), expectedRevision + 1);
        // A conflict can be one's own write, whose reply was lost: then the very same events stand where these were to go.
        var stored = await ReadStream(stream, expectedRevision, events.Count, cancellation);
        return stored.Select(e => e.Id).SequenceEqual(appending.Ids) ? new Appended(stored[^1].Position, stored[^1].Revision)
            : throw new StreamMovedException(stream, expectedRevision, Actual(answer));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RecordedEvent>> ReadStream(string stream, long afterRevision = 0, CancellationToken cancellation = default) =>
        await pages.Date(await ReadStream(stream, afterRevision, long.MaxValue, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, CancellationToken cancellation = default) => pages.Read(position, most, cancellation);

    /// <inheritdoc/>
    public Task<long> Head(CancellationToken cancellation = default) => pages.Head(cancellation);

    /// <inheritdoc/>
    public Task<IWakeUp> Subscribe(CancellationToken cancellation = default) => signal.Subscribe(cancellation);

    /// <inheritdoc/>
    public Task<ILeadership> Lead(string role, CancellationToken cancellation = default) => PostgresLeadership.Gain(database ?? throw new InvalidOperationException("a log that is only copied has no leader"), role, cancellation);

    /// <inheritdoc/>
    public async Task<bool> IsLed(string role, CancellationToken cancellation = default) => database is not null && await PostgresLeadership.IsHeld(database, role, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await signal.DisposeAsync();
        cluster.Dispose();
    }

    private static long Actual(AppendResp answer) => answer.WrongExpectedVersion switch
    {
        null => 0, // stored, it said, and it is not there: the caller loads the stream again
        { CurrentRevisionOptionCase: AppendResp.Types.WrongExpectedVersion.CurrentRevisionOptionOneofCase.CurrentRevision } wrong => (long)wrong.CurrentRevision + 1,
        _ => 0,
    };

    private async Task<List<RecordedEvent>> ReadStream(string stream, long afterRevision, long most, CancellationToken cancellation)
    {
        var naming = await namings.Get(cancellation);
        return await cluster.Ask((client, options) => ReadStream(client, options, naming, stream, afterRevision, most), endsByItself: false, cancellation);
    }

    private static async Task<List<RecordedEvent>> ReadStream(Streams.StreamsClient client, CallOptions options, Naming naming, string stream, long afterRevision, long most)
    {
        var events = new List<RecordedEvent>();
        using var call = client.Read(Wire.Read(new()
        {
            Stream = new() { StreamIdentifier = Wire.Stream(stream), Revision = (ulong)afterRevision }, Count = (ulong)most,
        }), options);
        await foreach (var response in call.ResponseStream.ReadAllAsync(options.CancellationToken))
            if (response.Event?.Event is { } stored)
                events.Add(naming.Event(stored));
        return events;
    }
}
