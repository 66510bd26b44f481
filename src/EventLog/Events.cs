using Debci.Domain;

namespace Debci.EventLog;

/// <summary>Whether an event happened here or was brought from another system.</summary>
public enum Origin
{
    /// <summary>It happened here.</summary>
    Live,
    /// <summary>It was imported.</summary>
    Import,
}

/// <summary>The command behind events: who wanted what, and because of what.</summary>
/// <param name="Id">The command's id; a repeated command has the same one.</param>
/// <param name="Name">Its name, such as <c>requestRuns</c>.</param>
/// <param name="Actor">Who: <c>account:&lt;uuid&gt;</c>, <c>worker:&lt;name&gt;</c> or <c>debci</c> (the system itself). Never a person's name.</param>
/// <param name="Correlation">The same for everything that follows from one request from outside.</param>
/// <param name="Causation">The event or command that led to it, if any.</param>
/// <param name="Origin">Live, or import.</param>
public sealed record CommandInfo(
    Guid Id, string Name, string Actor, Guid Correlation, Guid? Causation = null, Origin Origin = Origin.Live)
{
    /// <summary>The events that come of the command, with ids that a repetition repeats.</summary>
    /// <param name="happened">What happened, in order.</param>
    /// <param name="before">How many events of the command are stored already, when it goes on where it was cut short.</param>
    public IReadOnlyList<NewEvent> Events(IEnumerable<object> happened, int before = 0) =>
        [.. happened.Select((e, ordinal) => new NewEvent(Uuid5.Create(Id, $"{before + ordinal}"), e, this))];
}

/// <summary>An event to be appended.</summary>
/// <param name="Id">UUIDv5 of the command's id and the event's ordinal.</param>
/// <param name="Data">One of the events that <see cref="StoredNames"/> knows.</param>
/// <param name="Command">What led to it.</param>
public sealed record NewEvent(Guid Id, object Data, CommandInfo Command);

/// <summary>An event as the log holds it.</summary>
/// <param name="Position">Its place in the log; grows with commit order, with gaps.</param>
/// <param name="Id">Its id.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="Revision">1 for the stream's first event.</param>
/// <param name="Name">Stored name, such as <c>run.finished.v1</c>.</param>
/// <param name="RecordedAt">When it was saved: UTC, microseconds, the engine's clock; never before that of the event it follows.</param>
/// <param name="Data">Its data, as raw JSON, so that one unreadable event harms only those who read it.</param>
/// <param name="Headers">The command behind it, as raw JSON.</param>
public sealed record RecordedEvent(
    long Position, Guid Id, string Stream, long Revision, string Name, DateTimeOffset RecordedAt,
    ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Headers)
{
    private object? decoded;

    /// <summary>The event itself, decoded once; null when this version does not know its name.</summary>
    /// <exception cref="System.Text.Json.JsonException">The data are damaged.</exception>
    public object? Decode() => decoded ??= EventCodec.Read(Name, Data.Span);

    /// <summary>Whether it is one of these, in whichever version it was stored.</summary>
    public bool Is<T>() => Upcasts.Known.Present(Name) == StoredNames.Of<T>();

    /// <summary>The command behind it.</summary>
    /// <exception cref="System.Text.Json.JsonException">The headers are damaged.</exception>
    public CommandInfo Command() => EventCodec.ReadCommand(Headers.Span);
}
