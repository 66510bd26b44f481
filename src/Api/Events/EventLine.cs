using System.Text.Json;
using Debci.Api.GraphQL;
using Debci.Projections;

namespace Debci.Api.Events;

/// <summary>An event as one line of JSON: its whole envelope, and its data.</summary>
internal static class EventLine
{
    public static void Write(LogEvent e, Positions positions, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("position", positions.Show(e.Stored.Position));
        json.WriteString("id", e.Stored.Id);
        json.WriteString("stream", e.Stored.Stream);
        json.WriteNumber("revision", e.Stored.Revision);
        json.WriteString("type", e.Stored.Name);
        json.WriteString("recordedAt", e.Stored.RecordedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture));
        if (e.Command is { } command)
        {
            json.WriteString("actor", command.Actor);
            json.WriteString("command", command.Name);
            json.WriteString("commandId", command.Id);
            if (command.Causation is { } cause)
                json.WriteString("causation", cause);
            json.WriteString("correlation", command.Correlation);
            json.WriteString("origin", LogEvent.OriginOf(command));
        }
        json.WritePropertyName("data");
        json.WriteRawValue(e.Data);
        json.WriteEndObject();
    }
}
