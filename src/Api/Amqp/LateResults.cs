using System.Security.Cryptography;
using Debci.Api.Files;
using Debci.Domain;

namespace Debci.Api.Amqp;

/// <summary>
/// Results that nobody waits for any more: of a run that is over, or of an attempt that was lost. They change nothing, and are kept as they came, in the folder
/// <c>late</c> of their run, each under its hash: the same again is the same file.
/// </summary>
/// <param name="store">Where runs have their folders.</param>
/// <param name="aside">Where files are until they are whole.</param>
/// <param name="logger">Says that one came.</param>
internal sealed class LateResults(IFileStore store, AsideFolder aside, ILogger<LateResults> logger)
{
    private const int Most = 16; // of one run: whoever sends more is not a fleet

    /// <summary>Keeps one.</summary>
    /// <exception cref="RefusedException">There are too many of this run already.</exception>
    public async Task Keep(RunKey run, ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        var folder = $"{StorePath.OfRun(run)}/late";
        var place = $"{folder}/{Convert.ToHexStringLower(SHA256.HashData(body.Span))}.tar.gz";
        if (await store.Find(place, stop) is not null)
            return;
        if (await store.List(folder, stop).CountAsync(stop) >= Most)
            throw new RefusedException(RefusalCode.TooLarge, $"Run {run.Id} has {Most} late results already; no more are kept.");
        using var file = aside.New();
        await using (var content = body.AsStream())
            await file.Write(content, long.MaxValue, stop);
        await store.Put(place, file, stop);
        logger.LogInformation("A late result of run {Run} is kept as {Place}; it changes nothing.", run.Id, place);
    }
}

/// <summary>Memory as a stream.</summary>
internal static class BodyStream
{
    /// <summary>Reads from it, without a copy where that can be.</summary>
    public static MemoryStream AsStream(this ReadOnlyMemory<byte> body) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(body, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(body.ToArray(), writable: false);
}
