using System.Security.Cryptography;
using System.Text;
using Debci.Api.Hosting;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Files;

/// <summary>What is stored of an attempt when it is reported.</summary>
/// <param name="LogBytes">Plain bytes of its log.</param>
/// <param name="TestbedPackages">SHA-256 of the testbed's packages, lower case hex; null when they were not sent.</param>
/// <param name="ArtifactsBytes">Size of the artifacts; null when there are none.</param>
public sealed record ClosedAttempt(long LogBytes, string? TestbedPackages, long? ArtifactsBytes)
{
    /// <summary>Of which nothing is stored.</summary>
    public static readonly ClosedAttempt Nothing = new(0, null, null);
}

/// <summary>The server lacks a part of the log that a report speaks of.</summary>
public sealed class LogGapException(long size) : Exception($"The server has {size} bytes of this log.")
{
    /// <summary>How many bytes it has.</summary>
    public long Size { get; } = size;
}

/// <summary>The files of an attempt as a whole: closed at its report, shown at the run's address, served.</summary>
public sealed class AttemptFiles(IFileStore store, LogStore logs, ArtifactStore artifacts, PublishedFiles published, ReadsOnly? readsOnly = null)
{
    /// <summary>Closes the attempt's log and tells what is there. The summary is kept as a file when the event cannot hold all of it.</summary>
    /// <exception cref="LogGapException">The worker has sent more log than has arrived.</exception>
    public async Task<ClosedAttempt> Close(RunKey run, int attempt, long logSize, string summary, bool keepSummary, CancellationToken stop)
    {
        var size = await logs.Size(run, attempt, stop);
        if (size.Sent < logSize)
            throw new LogGapException(size.Sent);
        if (keepSummary)
            await artifacts.PutSummary(run, attempt, new MemoryStream(Encoding.UTF8.GetBytes(summary)), stop);
        var packed = await published.FindOfAttempt(run, attempt, RunFile.Artifacts, stop);
        var packages = await HashOfPackages(run, attempt, stop);
        if (size == default && packed is null && packages is null && !keepSummary)
            return ClosedAttempt.Nothing;
        var log = await logs.Finish(run, attempt, stop);
        return new ClosedAttempt(log.Stored, packages, packed?.Size);
    }

    /// <summary>The last part of an attempt's log, for <see cref="Evidence"/>; null where it cannot be read.</summary>
    public Task<string?> LogEnd(RunKey run, int attempt, long bytes, CancellationToken stop) =>
        bytes == 0 ? Task.FromResult<string?>("") : Text(run, attempt, Math.Max(0, bytes - Evidence.LogEndBytes), Evidence.LogEndBytes, stop);

    /// <summary>Whether the log of an attempt says somewhere that autopkgtest gave up its pins (<see cref="Evidence.IsFallback"/>); null where some of it cannot be read.</summary>
    public async Task<bool?> FellBack(RunKey run, int attempt, long bytes, CancellationToken stop)
    {
        const int piece = 1 << 20;
        for (long from = 0; from < bytes; from += piece) // each piece with the beginning of the next, for a line that stands on the border
        {
            if (await Text(run, attempt, from, piece + 1000, stop) is not { } text)
                return null;
            if (Evidence.IsFallback(text))
                return true;
        }
        return false;
    }

    /// <summary>Makes the deciding attempt's files stand at the run's own address. Again: the same.</summary>
    public async Task Publish(RunKey run, int attempt, CancellationToken stop)
    {
        if (await HasAny(run, attempt, stop))
            await published.Publish(run, attempt, stop);
    }

    /// <summary>A file of a run that is over; null when there is none.</summary>
    public async Task<StoredFile?> Find(RunRow run, RunFile file, CancellationToken stop)
    {
        if (!run.IsOver || run.Attempt == 0)
            return null;
        if (await published.Find(run.Key, file, stop) is { } shown)
            return shown;
        // A run that ended without a report, or a crash between a result and its files: its newest attempt has them. One that is gone does not come back empty.
        if (readsOnly is null && await HasAny(run.Key, run.Attempt, stop) && !(run.WasThere(RunFile.Log) && await logs.Size(run.Key, run.Attempt, stop) == default))
            await logs.Finish(run.Key, run.Attempt, stop);
        return await published.FindOfAttempt(run.Key, run.Attempt, file, stop);
    }

    // Null for a log that is damaged or gone. The report is taken all the same: sent again, it would find nothing else.
    private async Task<string?> Text(RunKey run, int attempt, long from, int most, CancellationToken stop)
    {
        try
        {
            return Encoding.UTF8.GetString(await logs.Read(run, attempt, from, most, stop));
        }
        catch (RefusedException gone) when (gone.Refusal.Code == RefusalCode.Expired)
        {
            return null;
        }
    }

    // Asked for one by one: a list of what was put a moment ago may lag behind.
    private async Task<bool> HasAny(RunKey run, int attempt, CancellationToken stop)
    {
        if (await logs.Size(run, attempt, stop) != default)
            return true;
        var found = await Task.WhenAll(Enum.GetValues<RunFile>().Select(file => published.FindOfAttempt(run, attempt, file, stop)));
        return found.Any(file => file is not null);
    }

    private async Task<string?> HashOfPackages(RunKey run, int attempt, CancellationToken stop)
    {
        await using var content = await store.Open(StorePath.Of(run, attempt, RunFile.TestbedPackages), stop);
        return content is null ? null : Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop));
    }
}
