using System.Formats.Tar;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Debci.Projections;

namespace Debci.Api.Views.Swift;

/// <summary>
/// <c>result.tar</c>: what a gate reads of a result. <c>exitcode</c>, <c>testpkg-version</c>, <c>duration</c> and <c>testinfo.json</c>, as autopkgtest leaves
/// them; made of the row alone, so that it is there whenever the result is, whatever has become of the files.
/// </summary>
internal static class ResultTar
{
    /// <summary>Makes it.</summary>
    public static byte[] Of(string package, StampedResult result)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
        {
            Add(writer, "exitcode", result.At, $"{ExitCode(result).ToString(CultureInfo.InvariantCulture)}\n");
            Add(writer, "testpkg-version", result.At, $"{package} {result.Version ?? "unknown"}\n");
            if (result.DurationSeconds is { } seconds)
                Add(writer, "duration", result.At, $"{seconds.ToString(CultureInfo.InvariantCulture)}\n");
            Add(writer, "testinfo.json", result.At, JsonSerializer.Serialize(new { custom_environment = new[] { $"ADT_TEST_TRIGGERS={result.Triggers}" } }) + "\n");
        }
        return tar.ToArray();
    }

    // autopkgtest's own where a gate reads the same from it as is stored here; else (a verdict by more than the code, an imported run) one that says that.
    private static int ExitCode(StampedResult result) => (result.Status, result.ExitCode) switch
    {
        ("pass", 0 or 2) => result.ExitCode.Value,
        ("pass", _) => 0,
        ("neutral", _) => 8,
        (_, null or 0 or 2 or 8) => 4,
        (_, { } code) => code,
    };

    private static void Add(TarWriter writer, string name, DateTime at, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = content, ModificationTime = at, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        });
    }
}
