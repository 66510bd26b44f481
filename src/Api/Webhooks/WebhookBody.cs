using System.Globalization;
using System.Text.Json;
using Debci.Api.Files;
using Debci.Projections;

namespace Debci.Api.Webhooks;

/// <summary>What is told: the run as it stands, in the words and fields of GraphQL's <c>Run</c>. Public contract: fields are added, never renamed or removed.</summary>
internal static class WebhookBody
{
    public static byte[] Of(Webhook hook, string cursor, RunRow run)
    {
        var into = new MemoryStream();
        using (var json = new Utf8JsonWriter(into))
        {
            json.WriteStartObject();
            json.WriteString("webhook", hook.Id);
            json.WriteString("cursor", cursor);
            json.WriteStartObject("run");
            Write(json, run);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return into.ToArray();
    }

    private static void Write(Utf8JsonWriter json, RunRow run)
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
