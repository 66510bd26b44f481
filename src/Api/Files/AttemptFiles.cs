using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Files;

/// <summary>What is stored of an attempt when it is reported.</summary>
public sealed record ClosedAttempt(long LogBytes, string? TestbedPackages, long? ArtifactsBytes);

/// <summary>A file to be served.</summary>
public sealed record FoundFile(string Path, string ContentType, DateTimeOffset LastModified);

/// <summary>The server lacks a part of the log that a report speaks of.</summary>
public sealed class LogGapException(long size) : Exception($"The server has {size} bytes of this log.")
{
    /// <summary>How many bytes it has.</summary>
    public long Size { get; } = size;
}

/// <summary>The files of attempts as a whole: closed at the report, put at the run's address, served.</summary>
public sealed class AttemptFiles(RunFolders folders, LogStore logs, ArtifactStore artifacts)
{
    private static readonly Dictionary<string, string> Served = new(StringComparer.Ordinal)
    {
        ["log.gz"] = "application/gzip",
        [ArtifactStore.Artifacts] = "application/gzip",
        [ArtifactStore.Summary] = "text/plain; charset=utf-8",
        [ArtifactStore.TestbedPackages] = "text/plain; charset=utf-8",
    };

    /// <summary>Closes the attempt's log, stores its summary, and tells what is there.</summary>
    /// <exception cref="LogGapException">The worker has sent more log than has arrived.</exception>
    public async Task<ClosedAttempt> Close(RunKey run, int attempt, long logSize, string summary, CancellationToken cancellation)
    {
        var seen = await logs.Seen(run, attempt);
        if (seen < logSize)
            throw new LogGapException(seen);
        var logBytes = await logs.Finish(run, attempt, cancellation);
        await artifacts.PutSummary(run, attempt, summary, cancellation);
        var packages = await artifacts.Find(run, attempt, ArtifactStore.TestbedPackages, cancellation);
        var stored = new FileInfo(Path.Combine(folders.Attempt(run, attempt), ArtifactStore.Artifacts));
        return new ClosedAttempt(logBytes, packages?.Sha256, stored.Exists ? stored.Length : null);
    }

    /// <summary>Makes the deciding attempt's files stand at the run's own address, as links. Again: the same.</summary>
    public void Publish(RunKey run, int attempt)
    {
        foreach (var name in Served.Keys.Where(n => File.Exists(Path.Combine(folders.Attempt(run, attempt), n))))
        {
            var link = Path.Combine(folders.Run(run), name);
            if (new FileInfo(link).LinkTarget is null)
                File.CreateSymbolicLink(link, Path.Combine("attempts", $"{attempt}", name));
        }
    }

    /// <summary>A file of a run that is over; null when there is none of that name.</summary>
    public async Task<FoundFile?> Open(RunRow run, string name, CancellationToken cancellation)
    {
        if (!run.IsOver || !Served.TryGetValue(name, out var type))
            return null;
        await logs.Finish(run.Key, run.Attempt, cancellation); // of a run that ended without a report the log is still open
        var file = new FileInfo(Path.Combine(folders.Attempt(run.Key, run.Attempt), name));
        return file.Exists ? new FoundFile(file.FullName, type, file.LastWriteTimeUtc) : null;
    }
}
