using System.Globalization;
using System.Text.Json;
using Debci.Projections;

namespace Debci.Api.Runs;

/// <summary>A run for programs that are told of it, by webhook or by RabbitMQ: in the fields and words of GraphQL's <c>Run</c>. Public contract: fields are added, never renamed or removed.</summary>
internal static class RunJson
{
    /// <summary>Writes the object <c>run</c>, and the place in the feed.</summary>
    public static void Write(Utf8JsonWriter json, string cursor, RunRow run)
    {
        json.WriteString("cursor", cursor);
        json.WriteStartObject("run");
        WriteFields(json, run);
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, RunRow run)
    {
        json.WriteString("id", string.Create(CultureInfo.InvariantCulture, $"{run.Key.Id}"));
        json.WriteString("package", run.Key.Package);
        json.WriteString("suite", run.Key.Suite);
        json.WriteString("arch", run.Key.Arch);
        json.WriteBoolean("isPrivate", run.Key.Private);
        json.WriteStartArray("triggers");
        foreach (var trigger in run.Triggers)
            json.WriteStringValue(trigger);
        json.WriteEndArray();
        json.WriteString("state", Word($"{run.State}"));
        json.WriteString("status", run.Status is { } status ? Word($"{status}") : null);
        json.WriteString("cause", run.Cause is { } cause ? Word($"{cause}") : null);
        json.WriteString("message", run.Message);
        json.WriteString("version", run.Version);
        json.WriteNumber("attempt", run.Attempt);
        json.WriteString("worker", run.Worker);
        Number(json, "durationSeconds", run.DurationSeconds);
        json.WriteString("requestedAt", run.RequestedAt);
        Time(json, "startedAt", run.StartedAt);
        Time(json, "endedAt", run.EndedAt);
        json.WriteString("logUrl", run.IsOver && run.LogBytes > 0 ? FileAddresses.Log(run.Key.Id) : null);
    }

    // As GraphQL names the values of enums.
    private static string Word(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));

    private static void Number(Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static void Time(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } time)
            json.WriteString(name, time);
        else
            json.WriteNull(name);
    }
}
