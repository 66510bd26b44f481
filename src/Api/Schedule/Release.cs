using System.Globalization;
using Debci.Domain;

namespace Debci.Api.Schedule;

/// <summary>A file that a Release names.</summary>
/// <param name="Path">Below the suite's folder.</param>
/// <param name="Sha256">Of its bytes, hex.</param>
/// <param name="Size">How many bytes.</param>
public sealed record ReleaseFile(string Path, string Sha256, long Size);

/// <summary>A suite's Release, as it was signed.</summary>
/// <param name="Files">Its files by path.</param>
/// <param name="ByHash">Whether files are also there under their hash, where an update in between cannot exchange them.</param>
public sealed record Release(IReadOnlyDictionary<string, ReleaseFile> Files, bool ByHash)
{
    /// <summary>Reads the signed text, and checks that it is this suite's and not out of date.</summary>
    /// <param name="text">What gpgv gave as signed.</param>
    /// <param name="suite">The suite's name or codename in the archive.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="RefusedException">It is of another suite, or has expired: somebody serves an old or a wrong one.</exception>
    public static Release Read(string text, string suite, DateTimeOffset now)
    {
        var stanza = Deb822.Read(new StringReader(text)).FirstOrDefault() ?? new Dictionary<string, string>();
        var (name, codename) = (stanza.GetValueOrDefault("Suite"), stanza.GetValueOrDefault("Codename"));
        if (suite != name && suite != codename)
            throw Refused($"The archive's Release is of {StoredText.Quote(name ?? codename ?? "no suite")} and not of {suite}; look at [schedule] mirror and suite.");
        if (stanza.GetValueOrDefault("Valid-Until") is { } until && !(DateTimeOffset.TryParse(until, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) && end > now))
            throw Refused($"The Release of {suite} was valid until {StoredText.Quote(until)}: the mirror is too old, or somebody serves an old one.");
        var files = stanza.GetValueOrDefault("SHA256", "").Split('\n').Select(ReadFile).OfType<ReleaseFile>();
        return new Release(files.DistinctBy(f => f.Path).ToDictionary(f => f.Path), stanza.GetValueOrDefault("Acquire-By-Hash") == "yes");
    }

    /// <summary>The smallest form of an index that there is; null when there is none.</summary>
    public ReleaseFile? Best(string index) => Files.GetValueOrDefault($"{index}.xz") ?? Files.GetValueOrDefault($"{index}.gz") ?? Files.GetValueOrDefault(index);

    /// <summary>Where to fetch a file from, below the suite's folder.</summary>
    public string AddressOf(ReleaseFile file) => ByHash ? $"{file.Path[..(file.Path.LastIndexOf('/') + 1)]}by-hash/SHA256/{file.Sha256}" : file.Path;

    // hash, size, path. What could lead out of the suite's folder is no path.
    private static ReleaseFile? ReadFile(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [{ Length: 64 } hash, var size, var path] && hash.All(char.IsAsciiHexDigitLower)
            && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && !path.StartsWith('/') && !path.Split('/').Contains("..")
            ? new ReleaseFile(path, hash, bytes) : null;

    private static RefusedException Refused(string sentence) => new(RefusalCode.Invalid, sentence);
}
