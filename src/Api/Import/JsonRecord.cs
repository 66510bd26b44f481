using System.Globalization;
using System.Text.Json;
using Debci.Domain;

namespace Debci.Api.Import;

/// <summary>
/// Reads a job of debci's as JSON, by its columns' names (its <c>Job</c>, versions 2 to 4): what an export holds, or the twelve fields of a listing.
/// </summary>
internal static class JsonRecord
{
    /// <summary>Higher ids are no debci's; one of them by mistake would use up all numbers.</summary>
    public const long HighestRun = 1_000_000_000_000;

    private const int MostTriggers = 500;

    /// <summary>Reads one.</summary>
    /// <exception cref="NotUnderstoodException">It lacks what a run must have.</exception>
    public static DebciRecord Read(JsonElement job)
    {
        if (job.ValueKind != JsonValueKind.Object)
            throw new NotUnderstoodException("it is no object");
        var doubts = new List<string>();
        var (pins, pinned) = Pins(job, doubts);
        var sources = ExtraSources(job, doubts);
        return new DebciRecord(Key(job), StatusOf(job), Moment(job, "updated_at") ?? throw new NotUnderstoodException("it has no updated_at that is a time"))
        {
            Date = Moment(job, "date"), CreatedAt = Moment(job, "created_at"), Version = Text(job, "version", 200), Trigger = Text(job, "trigger", 20_000),
            // The listing does not tell pins; but who adds a source does it for them, as britney does.
            Pins = pins, Pinned = pinned || (sources.Count > 0 && !job.TryGetProperty("pin_packages", out _)), ExtraSources = sources,
            Duration = Number(job, "duration_seconds"), Message = Text(job, "message", 1000), Backend = Word(job, "backend"),
            Worker = Text(job, "worker", 128) is { } worker && Names.IsWorker(worker) ? worker : Number(job, "worker_id") is { } id ? $"debci-worker-{id}" : null,
            Requester = Text(job, "requestor", 256) ?? (Number(job, "requestor_id") is { } who ? $"{who}" : null), Doubts = doubts,
        };
    }

    /// <summary>A run id: a number, or one as text.</summary>
    public static long? RunId(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetInt64(out var id) && IsRun(id) => id,
        JsonTokenType.String when long.TryParse(TextOf(ref reader), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && IsRun(id) => id,
        _ => null,
    };

    /// <summary>What a reader stands at; null for anything but a string, and for one that is no text (a lone surrogate, broken UTF-8).</summary>
    public static string? TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A time as Rails writes it, UTC; cut to milliseconds, which is all that debci tells.</summary>
    public static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) && time.Year is > 2000 and < 3000
            ? Whole(time) : null;

    /// <summary>Without what is below milliseconds.</summary>
    public static DateTimeOffset Whole(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMillisecond));

    /// <summary>Whether a number can be a run's.</summary>
    public static bool IsRun(long id) => id is > 0 and <= HighestRun;

    /// <summary>A trigger's words where all of them are triggers; null where somebody wrote something else.</summary>
    public static IReadOnlyList<string>? Triggers(string? text)
    {
        var words = text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words.Length <= MostTriggers && words.All(w => Trigger.TryParse(w) is not null) ? words : null;
    }

    private static RunKey Key(JsonElement job)
    {
        var run = job.TryGetProperty("run_id", out var id) && Integer(id) is { } number && IsRun(number) ? number
            : throw new NotUnderstoodException("it has no run_id that is a number from 1 on");
        var (package, suite, arch) = (Text(job, "package", 200), Text(job, "suite", 200), Text(job, "arch", 200));
        if (package is null || !Names.IsPackage(package))
            throw new NotUnderstoodException($"{StoredText.Quote(package ?? "")} is no source package");
        if (suite is null || !Names.IsWord(suite) || arch is null || !Names.IsWord(arch))
            throw new NotUnderstoodException($"{StoredText.Quote($"{suite}/{arch}")} is no suite and architecture");
        return new RunKey(run, package, suite, arch, job.TryGetProperty("is_private", out var hidden) && hidden.ValueKind == JsonValueKind.True);
    }

    private static Status? StatusOf(JsonElement job) => Text(job, "status", 100) switch
    {
        null => null,
        "pass" => Status.Pass,
        "fail" => Status.Fail,
        "neutral" => Status.Neutral,
        "tmpfail" => Status.Tmpfail,
        var other => throw new NotUnderstoodException($"{StoredText.Quote(other)} is no status of debci's"),
    };

    // [["src:green,src:other", "src:third", "unstable"], …]: the last element is the suite.
    private static (IReadOnlyList<Pin> Pins, bool Pinned) Pins(JsonElement job, List<string> doubts)
    {
        if (!job.TryGetProperty("pin_packages", out var all) || all.ValueKind != JsonValueKind.Array || all.GetArrayLength() == 0)
            return ([], false);
        var pins = all.EnumerateArray().Select(ToPin).ToList();
        if (pins.All(p => p is not null && p.IsReadable()))
            return (pins!, true);
        doubts.Add("its pins cannot be read; it counts as pinned, and what was pinned is not known");
        return ([], true);
    }

    private static Pin? ToPin(JsonElement pin)
    {
        var words = pin.ValueKind == JsonValueKind.Array ? pin.EnumerateArray().Select(w => w.ValueKind == JsonValueKind.String ? w.GetString()! : "").ToList() : [];
        return words.Count < 2 ? null : new Pin([.. words.SkipLast(1).SelectMany(w => w.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))], words[^1]);
    }

    private static List<string> ExtraSources(JsonElement job, List<string> doubts)
    {
        if (!job.TryGetProperty("extra_apt_sources", out var all) || all.ValueKind != JsonValueKind.Array)
            return [];
        var names = all.EnumerateArray().Select(n => n.ValueKind == JsonValueKind.String ? n.GetString()! : "").ToList();
        if (!names.All(Names.IsWord))
            doubts.Add("some of its extra apt sources have no name that can be read; they are left out");
        return [.. names.Where(Names.IsWord)];
    }

    private static string? Word(JsonElement job, string name) => Text(job, name, 64) is { } word && Names.IsWord(word) ? word : null;

    private static string? Text(JsonElement job, string name, int cap) =>
        job.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? StoredText.Clean(value.GetString()!, cap) : null;

    private static int? Number(JsonElement job, string name) =>
        job.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 ? number : null;

    private static long? Integer(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out var number) => number,
        JsonValueKind.String when long.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private static DateTimeOffset? Moment(JsonElement job, string name) => Text(job, name, 100) is { } text ? Time(text) : null;
}
