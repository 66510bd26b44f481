using System.Text.Json;

namespace Debci.Api.Schedule;

/// <summary>What a suite's schedule has seen, in a file of its own.</summary>
/// <param name="Release">Hash of the last InRelease.</param>
/// <param name="Packages">By package; null before the first round.</param>
public sealed record ScheduleState(string? Release, IReadOnlyDictionary<string, Seen>? Packages)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Reads it; before the first round, nothing.</summary>
    public static ScheduleState Load(string folder, string suite) =>
        File.Exists(PathOf(folder, suite)) ? JsonSerializer.Deserialize<ScheduleState>(File.ReadAllBytes(PathOf(folder, suite)), Json)! : new ScheduleState(null, null);

    /// <summary>Puts it in the place of the one before, whole or not at all.</summary>
    public void Save(string folder, string suite)
    {
        Directory.CreateDirectory(folder);
        var fresh = PathOf(folder, suite) + ".new";
        using (var file = File.Create(fresh))
        {
            JsonSerializer.Serialize(file, this, Json);
            file.Flush(flushToDisk: true);
        }
        File.Move(fresh, PathOf(folder, suite), overwrite: true);
    }

    private static string PathOf(string folder, string suite) => Path.Combine(folder, $"{suite}.json");
}
