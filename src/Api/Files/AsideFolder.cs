using System.Globalization;

namespace Debci.Api.Files;

/// <summary>
/// Where files are until they are whole. Their names say when they were begun, so that a sweep finds those that a crash left.
/// </summary>
/// <param name="layout">Where that is.</param>
/// <param name="clock">Gives the names their time.</param>
public sealed class AsideFolder(FileLayout layout, TimeProvider clock)
{
    private const string NameBegin = "debci-aside-";

    /// <summary>Deletes what was begun, and last written to, longer ago than <paramref name="age"/>; nothing but its own names.</summary>
    /// <returns>How many files were deleted.</returns>
    public int Sweep(TimeSpan age)
    {
        if (!Directory.Exists(layout.Aside))
            return 0;
        var before = clock.GetUtcNow() - age;
        var left = Directory.EnumerateFiles(layout.Aside, NameBegin + "*")
            .Where(path => TimeIn(path) is { } begun && begun < before && File.GetLastWriteTimeUtc(path) < before.UtcDateTime)
            .ToList();
        left.ForEach(File.Delete);
        return left.Count;
    }

    /// <summary>A new place; disposing of it deletes what was not moved from it.</summary>
    public AsideFile New()
    {
        Directory.CreateDirectory(layout.Aside);
        var begun = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return new AsideFile(Path.Combine(layout.Aside, $"{NameBegin}{begun}-{Guid.NewGuid():N}"));
    }

    private static DateTimeOffset? TimeIn(string path)
    {
        var time = Path.GetFileName(path)[NameBegin.Length..].Split('-')[0];
        return uint.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
    }
}
