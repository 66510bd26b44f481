using System.Globalization;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Views;

/// <summary>debci's job objects: its twelve public fields, and behind them those that it had up to 3.9, which tools still read.</summary>
public static class JobJson
{
    private const int Piece = 64 << 10;

    /// <summary>A plus stays a plus: scripts look for versions in the text.</summary>
    public static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The twelve fields of a run, as debci's REST has them.</summary>
    /// <param name="json">Within an object.</param>
    /// <param name="row">The run.</param>
    public static void WritePublic(Utf8JsonWriter json, OutcomeRow row)
    {
        Text(json, "trigger", row.Triggers.Length == 0 ? null : row.Triggers);
        json.WriteString("package", row.Package);
        json.WriteString("arch", row.Arch);
        json.WriteString("suite", row.Suite);
        Text(json, "version", row.Status is null ? null : row.Version);
        Text(json, "status", row.Status is { } status ? Word(status) : null);
        json.WriteNumber("run_id", row.Run);
        json.WriteBoolean("is_private", row.Private);
        json.WriteStartArray("extra_apt_sources");
        foreach (var source in row.ExtraSources.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            json.WriteStringValue(source);
        json.WriteEndArray();
        json.WriteString("updated_at", Time(row.UpdatedAt));
        Text(json, "date", row.Status is null ? null : Time(row.Date));
        Number(json, "duration_seconds", row.DurationSeconds);
    }

    /// <summary>A job with all fields that debci ever had. Numbers of its own tables, which mean nothing elsewhere, are null.</summary>
    public static void Write(Utf8JsonWriter json, JobRow row)
    {
        json.WriteStartObject();
        WritePublic(json, new OutcomeRow(0, row.Run, row.Package, row.Suite, row.Arch, Private: false, row.Triggers, row.ExtraSources,
            row.Status, row.Version, row.DurationSeconds, row.UpdatedAt, row.UpdatedAt, row.Date));
        Text(json, "created_at", row.CreatedAt is { } created ? Time(created) : null);
        json.WriteString("message", row.Message);
        Text(json, "previous_status", row.Previous is { } previous ? Word(previous) : null);
        Text(json, "last_pass_date", row.LastPassAt is { } passed ? Time(passed.AddTicks(-(passed.Ticks % TimeSpan.TicksPerSecond))) : null); // as debci's dates: whole seconds
        Text(json, "last_pass_version", row.LastPassVersion);
        json.WriteString("duration_human", Human(row.DurationSeconds));
        Write(json, row.Pins);
        Text(json, "worker", string.IsNullOrEmpty(row.Worker) ? null : row.Worker);
        json.WriteNull("worker_id");
        Number(json, "log_size", row.LogBytes);
        Number(json, "artifacts_size", row.ArtifactsBytes);
        json.WriteNull("package_id");
        json.WriteNull("requestor_id");
        json.WriteEndObject();
    }

    /// <summary>An array of jobs, sent while it is read.</summary>
    public static async Task WriteArray(PipeWriter body, IAsyncEnumerable<JobRow> rows, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(body, Plain);
        json.WriteStartArray();
        await foreach (var row in rows)
        {
            Write(json, row);
            if (json.BytesPending + body.UnflushedBytes <= Piece)
                continue;
            json.Flush();
            await body.FlushAsync(cancellation);
        }
        json.WriteEndArray();
        json.Flush();
        await body.FlushAsync(cancellation);
    }

    /// <summary>debci's way to write a span: <c>42s</c>, <c>1h 1m 40s</c>; <c>(n/a)</c> when nobody knows.</summary>
    public static string Human(int? seconds) => seconds switch
    {
        null => "(n/a)",
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds}s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m {seconds % 60}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}h {seconds / 60 % 60}m {seconds % 60}s"),
    };

    /// <summary>debci's word for a status.</summary>
    public static string Word(Status status) => status switch
    {
        Status.Pass => "pass",
        Status.Fail => "fail",
        Status.Neutral => "neutral",
        Status.Tmpfail => "tmpfail",
    };

    private static string Time(DateTime at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static void Text(Utf8JsonWriter json, string name, string? value) => json.WriteString(name, value); // null for null

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    // As in a request: the packages, and the suite last.
    private static void Write(Utf8JsonWriter json, IReadOnlyList<Pin> pins)
    {
        json.WriteStartArray("pin_packages");
        foreach (var pin in pins)
        {
            json.WriteStartArray();
            foreach (var word in pin.Packages.Append(pin.Suite))
                json.WriteStringValue(word);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
