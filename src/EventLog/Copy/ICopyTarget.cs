namespace Debci.EventLog.Copy;

/// <summary>What a log is copied to. Until it is told to be whole, no server uses it.</summary>
internal interface ICopyTarget : IAsyncDisposable
{
    /// <summary>The log as readers will see it.</summary>
    IEventLog Log { get; }

    /// <summary>Prepares what is missing, and tells what is there. Stores no event.</summary>
    /// <exception cref="CopyRefusedException">It holds something else than a log, or one that has events of its own.</exception>
    Task<CopyState> Look(CancellationToken cancellation);

    /// <summary>From now on nobody may use it, until it is whole.</summary>
    Task Begin(string word, CancellationToken cancellation);

    /// <summary>Stores events behind those that are there, as they are: position, time, id, revision and headers stay. Stored in order, and none behind one that is not.</summary>
    Task Store(IReadOnlyList<RecordedEvent> events, CancellationToken cancellation);

    /// <summary>It is whole: events that servers append go on behind this position.</summary>
    Task Complete(string word, long last, CancellationToken cancellation);
}

/// <summary>What a target holds.</summary>
/// <param name="Word">The word of the log; null where there is none.</param>
/// <param name="IsWhole">Whether it may be used.</param>
/// <param name="Last">Its last event; null where there is none.</param>
internal sealed record CopyState(string? Word, bool IsWhole, RecordedEvent? Last);

/// <summary>A log cannot be copied there; nothing was changed.</summary>
public sealed class CopyRefusedException(string sentence) : Exception(sentence);
