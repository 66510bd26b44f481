using Debci.Api.Files;

namespace Debci.Api.Retention;

/// <summary>
/// Deletes what was sent to the store directly and never taken: its worker died, or was told to send it again. Swift does so by itself where the sender sends
/// the header that goes with an offer, and nothing makes it do so; S3 never does.
/// </summary>
public sealed class UploadSweep(IFileStore store, TimeProvider clock)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1); // an offer counts for minutes, and what was sent is taken in the same attempt

    /// <summary>Looks through all of it once; how many files went.</summary>
    public async Task<int> Run(CancellationToken cancellation) =>
        store is IDirectStore direct ? await direct.DropUploads(clock.GetUtcNow() - Kept, cancellation) : 0; // also where links are not given any more
}
