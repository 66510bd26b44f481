using System.Globalization;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Files.Copy;

/// <summary>Addresses of <see cref="StorePath"/>, read backwards: <c>autopkgtest/SUITE/ARCH/PREFIX/PACKAGE/RUN/attempts/N</c>.</summary>
internal static class RunFolder
{
    private const int RunPart = 5;
    private const int AttemptPart = 7;

    /// <summary>The run's folder that a file is in.</summary>
    public static string Of(string path) => string.Join('/', path.Split('/').Take(RunPart + 1));

    /// <summary>The run of a folder; null for what is no address of ours.</summary>
    public static long? Run(string folder) => folder.Split('/') is { Length: > RunPart } parts && long.TryParse(parts[RunPart], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>The run and attempt of an attempt's folder; null for what is no address of ours.</summary>
    public static (RunKey Run, int Attempt)? Key(string folder) =>
        folder.Split('/') is { Length: AttemptPart + 1 } parts && Run(folder) is { } id && int.TryParse(parts[AttemptPart], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            ? (new RunKey(id, parts[4], parts[1], parts[2], Private: false), attempt) : null;

    /// <summary>Whether the files of a run have expired, by the log itself: rows may be behind.</summary>
    public static async Task<bool> HasExpired(this IEventLog log, string folder, CancellationToken stop) =>
        Run(folder) is { } run && (await log.ReadStream(Streams.Run(run), 0, stop)).Any(e => e.Is<RunEvent.FilesExpired>());
}
