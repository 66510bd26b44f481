using Debci.EventLog;
using Debci.EventLog.EventStore;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Audit;

/// <summary>What <c>debci audit</c> does, on a database.</summary>
public static class AuditWork
{
    private const int Piece = 4096;

    /// <summary>Signs a head of the log as it is now and puts it into a folder; one of ours of the same size that is there stays.</summary>
    /// <param name="database">Where the stored leaves are.</param>
    /// <param name="folder">The folder of heads.</param>
    /// <param name="key">Who signs.</param>
    /// <param name="trusted">Public keys whose heads are as good as this key's own: those that signed before it.</param>
    /// <param name="now">The time that the head bears.</param>
    /// <param name="cluster">Where the log is; null for the database.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The head, its file, and whether it is new.</returns>
    /// <exception cref="InvalidOperationException">There is no tree; or a head there is altered, of another log, of a longer one, or of other events.</exception>
    public static async Task<(AuditHead Head, string File, bool IsNew)> MakeHead(
        NpgsqlDataSource database, string folder, SigningKey key, IReadOnlyCollection<string> trusted, DateTimeOffset now, EventStoreSettings? cluster = null, CancellationToken cancellation = default)
    {
        var id = await LogEngines.Id(database, cluster, cancellation);
        var heads = new HeadFolder(folder, id);
        var (tree, position) = await new Heads(new ProofQueries(database)).Grow(heads, [key.Public, .. trusted], cancellation);
        if (heads.Of(tree.Size) is { } there)
            return there.IsSignedBy(key.Public) ? (there, heads.File(there), false)
                : throw new InvalidOperationException($"{heads.File(there)} covers all {there.Size} events already, and another key has signed it: it agrees with the log, but is not yours. Yours follows when the log has grown.");
        var head = AuditHead.Sign(tree, id, position, now, key);
        return (head, head.Save(folder), true);
    }

    /// <summary>Checks the log against the stored leaves and against heads.</summary>
    public static async Task<LogFindings> Verify(NpgsqlDataSource database, IEnumerable<AuditHead> heads, EventStoreSettings? cluster = null, CancellationToken cancellation = default)
    {
        await using var log = LogEngines.Open(database, cluster);
        return await new LogCheck(log, new ProofQueries(database)).Run(heads, cancellation);
    }

    /// <summary>Writes the canonical forms of the numbered events, one a line, the oldest first; as many as a head covers, or all.</summary>
    /// <returns>How many.</returns>
    public static async Task<long> Export(NpgsqlDataSource database, Stream output, AuditHead? head, EventStoreSettings? cluster = null, CancellationToken cancellation = default)
    {
        await using var log = LogEngines.Open(database, cluster);
        var state = await Heads.Now(new ProofQueries(database), cancellation);
        var left = head?.Size ?? state.Size;
        if (left > state.Size)
            throw new InvalidOperationException($"That head covers {left} events, and the log has {state.Size}; `debci audit verify` tells more.");
        var written = 0L;
        for (var at = 0L; left > written;)
        {
            var page = await log.ReadAll(at, (int)Math.Min(Piece, left - written), cancellation);
            if (page.Count == 0)
                throw new InvalidOperationException($"The log ends behind {written} events, and {left} have a number; `debci audit verify` tells more.");
            foreach (var e in page)
            {
                await output.WriteAsync(CanonicalEvent.Of(e), cancellation);
                output.WriteByte((byte)'\n');
            }
            (at, written) = (page[^1].Position, written + page.Count);
        }
        await output.FlushAsync(cancellation);
        return written;
    }
}
