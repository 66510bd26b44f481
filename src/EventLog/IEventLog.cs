namespace Debci.EventLog;

/// <summary>
/// The log: all that ever happened, in one order. An append is atomic for one stream; nothing more is assumed of an engine.
/// </summary>
public interface IEventLog
{
    /// <summary>
    /// Appends events to a stream that has exactly <paramref name="expectedRevision"/> events; 0 for a stream that does not exist yet.
    /// When it returns they are durable, and whoever reads up to the returned position sees them.
    /// </summary>
    /// <remarks>
    /// Sent again with the same ids (after a lost reply), it answers as the first time and stores nothing.
    /// At most <see cref="EventLogLimits.AppendBytes"/> of data an append.
    /// </remarks>
    /// <exception cref="StreamMovedException">The stream has another revision, and these events are not the reason.</exception>
    Task<Appended> Append(string stream, long expectedRevision, IReadOnlyList<NewEvent> events, CancellationToken cancellation = default);

    /// <summary>The events of a stream, in order, behind the given revision (0 for all). Empty when there is no such stream.</summary>
    Task<IReadOnlyList<RecordedEvent>> ReadStream(string stream, long afterRevision = 0, CancellationToken cancellation = default);

    /// <summary>
    /// The next events of the whole log behind <paramref name="position"/> (0 for the beginning), in commit order, at most
    /// <paramref name="most"/>. No event ever turns up at a position that was passed: an append still under way is not jumped over.
    /// </summary>
    Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, CancellationToken cancellation = default);

    /// <summary>
    /// The same for those who read the whole log for its data. Events with names among <paramref name="bare"/> may come without id, revision
    /// and headers, where that is cheaper.
    /// </summary>
    Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, IReadOnlyCollection<string> bare, CancellationToken cancellation = default) =>
        ReadAll(position, most, cancellation);

    /// <summary>The position of the newest event that <see cref="ReadAll(long, int, CancellationToken)"/> gives; 0 for an empty log.</summary>
    Task<long> Head(CancellationToken cancellation = default);

    /// <summary>
    /// Wakes after appends, on any node: subscribe first, then read, then wait. A signal can be missed (a broken connection),
    /// so wait with a timer beside it. Signals that come while nobody waits are kept as one.
    /// </summary>
    Task<IWakeUp> Subscribe(CancellationToken cancellation = default);

    /// <summary>
    /// Waits until this process is the one that leads <paramref name="role"/>, among all nodes on this log.
    /// Leadership ends when the answer is disposed of, or by itself when the engine is lost: then its token is cancelled.
    /// It may be over before the token says so; what a leader writes must be fenced by its own expected state.
    /// </summary>
    Task<ILeadership> Lead(string role, CancellationToken cancellation = default);

    /// <summary>Whether any node leads <paramref name="role"/> just now.</summary>
    Task<bool> IsLed(string role, CancellationToken cancellation = default);
}

/// <summary>Where an append ended.</summary>
/// <param name="Position">Of its last event.</param>
/// <param name="Revision">Of the stream, after it.</param>
public sealed record Appended(long Position, long Revision);

/// <summary>Somebody else appended to the stream first: load it again and decide anew.</summary>
public sealed class StreamMovedException(string stream, long expected, long actual)
    : Exception($"{stream} has {actual} events, not {expected}")
{
    /// <summary>How many events the stream has.</summary>
    public long Actual { get; } = actual;
}

/// <summary>A subscription to "something was appended".</summary>
public interface IWakeUp : IAsyncDisposable
{
    /// <summary>Ends at the next signal (at once when one is waiting), or after <paramref name="atMost"/>.</summary>
    Task Wait(TimeSpan atMost, CancellationToken cancellation = default);
}

/// <summary>Being the leader of a role.</summary>
public interface ILeadership : IAsyncDisposable
{
    /// <summary>Cancelled when leadership is lost.</summary>
    CancellationToken Lost { get; }
}

/// <summary>Limits that hold on every engine.</summary>
public static class EventLogLimits
{
    /// <summary>The most data that one append carries; a batch is stored in several (EventStoreDB takes 1 MiB).</summary>
    public const int AppendBytes = 900_000;
}
