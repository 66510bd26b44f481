using System.Text.Json;
using System.Text.Json.Serialization;
using Debci.Domain;

namespace Debci.EventLog;

/// <summary>Events to JSON and back.</summary>
public static class EventCodec
{
    /// <summary>The event's data as UTF-8 JSON.</summary>
    public static byte[] Write(object happened) =>
        JsonSerializer.SerializeToUtf8Bytes(happened, EventJson.Default.GetTypeInfo(happened.GetType())!);

    /// <summary>The event behind a stored name and its data; null for a name that this version does not know.</summary>
    /// <exception cref="JsonException">The data are damaged.</exception>
    public static object? Read(string name, ReadOnlySpan<byte> data) => Read(name, data, Upcasts.Known);

    /// <summary>The same with steps of the caller's.</summary>
    public static object? Read(string name, ReadOnlySpan<byte> data, Upcasts upcasts)
    {
        if (StoredNames.TypeOf(upcasts.Present(name)) is not { } type)
            return null;
        return JsonSerializer.Deserialize(upcasts.Read(name, data) ?? data, EventJson.Default.GetTypeInfo(type)!)
            ?? throw new JsonException($"{name} holds null");
    }

    internal static byte[] WriteCommand(CommandInfo command) => JsonSerializer.SerializeToUtf8Bytes(
        new StoredCommand(command.Actor, command.Name, command.Id, command.Correlation, command.Origin, command.Causation),
        EventJson.Default.StoredCommand);

    internal static CommandInfo ReadCommand(ReadOnlySpan<byte> data)
    {
        var c = JsonSerializer.Deserialize(data, EventJson.Default.StoredCommand) ?? throw new JsonException("an event without its command");
        return new CommandInfo(c.CommandId, c.Command, c.Actor, c.Correlation, c.Causation, c.Origin);
    }
}

// STORED CONTRACT: the event's headers.
internal sealed record StoredCommand(string Actor, string Command, Guid CommandId, Guid Correlation, Origin Origin, Guid? Causation = null);

/// <summary>Strings lose what PostgreSQL or JSON cannot hold, and have a cap, whoever forgot to clean them before.</summary>
internal sealed class StoredTextConverter : JsonConverter<string>
{
    private const int Cap = 10_000;

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(StoredText.Clean(value, Cap));
}
