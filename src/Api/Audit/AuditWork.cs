using Debci.Api.Hosting;
using Debci.EventLog;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Audit;

/// <summary>What <c>debci audit</c> does, on a database.</summary>
public static class AuditWork
{
    private const int Piece = 4096;

    /// <summary>Signs a head of the log as it is now and puts it into a folder; one of the same size that is there stays.</summary>
    /// <returns>The head, its file, and whether it is new.</returns>
    /// <exception cref="InvalidOperationException">There is no tree, or the newest head there is altered, of another log, or of a longer one.</exception>
    public static async Task<(AuditHead Head, string File, bool IsNew)> MakeHead(
        NpgsqlDataSource database, string folder, SigningKey key, DateTimeOffset now, CancellationToken cancellation = default)
    {
        var id = await ServerHost.LogId(database, cancellation);
        // Whoever signed it, this one must agree with it. The log's own word can be changed in PostgreSQL, and so excuses nothing.
        var newest = (Directory.Exists(folder) ? AuditHead.LoadAll([folder]) : []).MaxBy(h => h.Size);
        if (newest is not null && newest.Log != id)
            throw new InvalidOperationException($"ALERT: the newest head in {folder} is of the log {newest.Log}, and this log calls itself {id}. Give each log a folder of its own; if this is the same log, its name was changed: `debci audit verify` tells more.");
        if (newest is not null && !newest.IsSignedBy(newest.Key))
            throw new InvalidOperationException($"ALERT: {Path.Combine(folder, newest.FileName)} is not signed by the key that it names: it was altered. No head is made beside it; fetch it from who has a copy.");
        var (tree, position) = await new Heads(new ProofQueries(database)).Grow(newest?.Tree(), cancellation);
        if (newest?.Size == tree.Size)
            return (newest, Path.Combine(folder, newest.FileName), false);
        var head = AuditHead.Sign(tree, id, position, now, key);
        return (head, head.Save(folder), true);
    }

    /// <summary>Checks the log against the stored leaves and against heads.</summary>
    public static async Task<LogFindings> Verify(NpgsqlDataSource database, IEnumerable<AuditHead> heads, CancellationToken cancellation = default)
    {
        await using var log = ServerHost.OpenLog(database);
        return await new LogCheck(log, new ProofQueries(database)).Run(heads, cancellation);
    }

    /// <summary>Writes the canonical forms of the numbered events, one a line, the oldest first; as many as a head covers, or all.</summary>
    /// <returns>How many.</returns>
    public static async Task<long> Export(NpgsqlDataSource database, Stream output, AuditHead? head, CancellationToken cancellation = default)
    {
        await using var log = ServerHost.OpenLog(database);
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
