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

    /// <summary>The worker that it is of or about; null for none.</summary>
    public string? Worker { get; } = Happened switch
    {
        RunEvent.Started h => h.Worker,
        RunEvent.AttemptFailed h => h.Worker,
        RunEvent.Lost h => h.Worker,
        RunEvent.Finished h => h.Worker,
        RunEvent.Imported { Result.Worker: { Length: > 0 } worker } => worker,
        WorkerEvent.Announced h => h.Worker,
        WorkerEvent.Drained h => h.Worker,
        WorkerEvent.Resumed h => h.Worker,
        WorkerEvent.SetAside h => h.Worker,
        WorkerEvent.Restored h => h.Worker,
        _ => null,
    };

    /// <summary>The account that asked, where the event itself says so.</summary>
    public string? Requester { get; } = Happened switch
    {
        BatchEvent.Requested h => h.Requester,
        BatchEvent.Joined h => h.Requester,
        BatchEvent.Accepted h => h.Requester,
        RunEvent.Finished h => h.Requester,
        RunEvent.Imported h => h.Result.Requester,
        RunEvent.Published h => h.Result?.Requester,
        _ => null,
    };

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

    /// <summary>The word for where a command's events come from, as it is stored.</summary>
    public static string OriginOf(CommandInfo command) => Columns.Word(command.Origin);

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
        RunEvent.Published h => h.Run,
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
