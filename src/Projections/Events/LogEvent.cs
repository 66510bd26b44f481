using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>A stored event with what can be read of it.</summary>
/// <param name="Stored">As the log holds it.</param>
/// <param name="Happened">The event itself; null when it is damaged, or when this version does not know its name.</param>
/// <param name="Command">The command behind it; null when that is damaged.</param>
public sealed record LogEvent(RecordedEvent Stored, object? Happened, CommandInfo? Command)
{
    /// <summary>The run that it is about; null when it is about none, or cannot be read.</summary>
    public RunKey? Run { get; } = KeyOf(Happened);

    /// <summary>Its data as JSON.</summary>
    public string Data { get; init; } = Encoding.UTF8.GetString(Stored.Data.Span);

    /// <summary>Reads what can be read.</summary>
    public static LogEvent Of(RecordedEvent stored) => new(stored, Readable(stored.Decode), Readable(stored.Command));

    /// <summary>The same without what a worker's operator has written freely.</summary>
    public LogEvent WithoutFreeText()
    {
        if (Happened is not WorkerEvent.Announced || JsonNode.Parse(Data) is not JsonObject fields)
            return this;
        fields.Remove("software");
        return this with { Data = fields.ToJsonString() };
    }

    /// <summary>The run that an event is about; null for other events.</summary>
    internal static RunKey? KeyOf(object? happened) => happened switch
    {
        BatchEvent.Requested h => h.Run,
        BatchEvent.Joined h => h.Run,
        RunEvent.Started h => h.Run,
        RunEvent.AttemptFailed h => h.Run,
        RunEvent.Lost h => h.Run,
        RunEvent.Finished h => h.Run,
        RunEvent.Cancelled h => h.Run,
        RunEvent.Superseded h => h.Run,
        RunEvent.Abandoned h => h.Run,
        RunEvent.Imported h => h.Run,
        RunEvent.FilesExpired h => h.Run,
        _ => null,
    };

    private static T? Readable<T>(Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Which events: those that fit all that is given.</summary>
/// <param name="Run">About this run.</param>
/// <param name="Package">About runs of this source package.</param>
/// <param name="Suite">About runs in this suite.</param>
/// <param name="Arch">About runs on this architecture.</param>
/// <param name="Type">Of this stored name.</param>
/// <param name="Actor">Caused by this actor.</param>
public sealed record EventFilter(
    long? Run = null, string? Package = null, string? Suite = null, string? Arch = null, string? Type = null, string? Actor = null)
{
    /// <summary>Whether an event fits.</summary>
    public bool Fits(LogEvent e) => Fits(Type, e.Stored.Name) && Fits(Actor, e.Command?.Actor)
        && (Run is null || Run == e.Run?.Id) && Fits(Package, e.Run?.Package) && Fits(Suite, e.Run?.Suite) && Fits(Arch, e.Run?.Arch);

    private static bool Fits(string? wanted, string? actual) => wanted is null || wanted == actual;
}

/// <summary>Events, and how far was looked for them.</summary>
/// <param name="Events">In the log's order.</param>
/// <param name="End">The position behind which one goes on.</param>
/// <param name="GoesOn">Whether there is anything behind it, that may fit or not.</param>
public sealed record EventPage(IReadOnlyList<LogEvent> Events, long End, bool GoesOn);
