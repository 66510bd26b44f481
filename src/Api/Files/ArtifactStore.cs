using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>How large the files of an attempt may be, in bytes.</summary>
/// <param name="Artifacts">artifacts.tar.gz, as sent.</param>
/// <param name="UnpackedArtifacts">The same, unpacked: a bound for what a small file can make of itself.</param>
/// <param name="TestbedPackages">testbed-packages; a full desktop has some 100 kB.</param>
/// <param name="ArtifactsOf">The first by run; null where it is the same for all.</param>
/// <param name="Summary">summary; a line for each test. A worker sends 4 MiB at most.</param>
public sealed record FileCaps(
    long Artifacts = 100_000_000,
    long UnpackedArtifacts = 2L << 30,
    long TestbedPackages = 4 << 20,
    long Summary = 16 << 20,
    CapOf? ArtifactsOf = null);

/// <summary>
/// The files that a worker sends whole. Each is written aside, checked, and takes its place at once, in the stead of one
/// that was sent before; what is refused or cut leaves nothing.
/// </summary>
/// <param name="store">Where they go.</param>
/// <param name="aside">Where they are until then.</param>
/// <param name="caps">How large they may be.</param>
public sealed class ArtifactStore(IFileStore store, AsideFolder aside, FileCaps caps)
{
    private static readonly TimeSpan OfferFor = TimeSpan.FromMinutes(15); // the slowest that a worker waits for an upload is less

    /// <summary>Whether workers may send artifacts to the store itself.</summary>
    public bool OffersUploads => store is IDirectStore { IsDirect: true };

    /// <summary>Takes the gzipped tar of autopkgtest's output directory.</summary>
    /// <exception cref="RefusedException">Larger than its cap, packed or unpacked, or not whole gzip from end to end.</exception>
    public Task<TakenFile> PutArtifacts(RunKey run, int attempt, Stream body, CancellationToken stop) =>
        Put(run, attempt, RunFile.Artifacts, body, CapOfArtifacts(run), stop, path => WholeGzip.Check(path, caps.UnpackedArtifacts, stop));

    /// <summary>Where a worker may send the artifacts itself; null where it must send them here.</summary>
    /// <exception cref="RefusedException">Larger than their cap, or no facts.</exception>
    public async Task<UploadOffer?> OfferArtifacts(RunKey run, int attempt, UploadFacts facts, CancellationToken stop)
    {
        facts.Check(CapOfArtifacts(run));
        return store is IDirectStore { IsDirect: true } direct ? await direct.OfferUpload(StorePath.Of(run, attempt, RunFile.Artifacts), facts, OfferFor, stop) : null;
    }

    /// <summary>
    /// Takes artifacts that a worker has sent to the store itself. They are not unpacked here: size and MD5, which the store has checked, say that they
    /// are what the worker packed, whole.
    /// </summary>
    /// <exception cref="RefusedException">They are not there like that.</exception>
    public async Task<TakenFile> TakeArtifacts(RunKey run, int attempt, Guid ticket, UploadFacts facts, CancellationToken stop)
    {
        facts.Check(CapOfArtifacts(run));
        if (store is not IDirectStore { IsDirect: true } direct)
            throw new RefusedException(RefusalCode.Invalid, "Nothing was offered here; send the file to this server.");
        await direct.TakeUpload(StorePath.Of(run, attempt, RunFile.Artifacts), ticket, facts, stop);
        return new TakenFile(facts.Size, facts.Sha256);
    }

    /// <summary>Takes autopkgtest's testbed-packages.</summary>
    /// <exception cref="RefusedException">Larger than its cap.</exception>
    public Task<TakenFile> PutTestbedPackages(RunKey run, int attempt, Stream body, CancellationToken stop) =>
        Put(run, attempt, RunFile.TestbedPackages, body, caps.TestbedPackages, stop);

    /// <summary>Takes autopkgtest's summary.</summary>
    /// <exception cref="RefusedException">Larger than its cap.</exception>
    public Task<TakenFile> PutSummary(RunKey run, int attempt, Stream body, CancellationToken stop) =>
        Put(run, attempt, RunFile.Summary, body, caps.Summary, stop);

    private long CapOfArtifacts(RunKey run) => caps.ArtifactsOf?.Invoke(run) ?? caps.Artifacts;

    private async Task<TakenFile> Put(
        RunKey run, int attempt, RunFile file, Stream body, long cap, CancellationToken stop, Func<string, Task>? check = null)
    {
        var place = StorePath.Of(run, attempt, file);
        using var fresh = aside.New();
        var taken = await fresh.Write(body, cap, stop);
        if (check is not null)
            await check(fresh.Path);
        await store.Put(place, fresh, stop);
        return taken;
    }
}
