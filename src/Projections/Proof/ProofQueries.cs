using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>How far the tree has grown.</summary>
/// <param name="Size">How many events it numbers.</param>
/// <param name="Position">The position of the last of them, or a later one behind which nothing was stored then.</param>
/// <param name="StoppedAt">The event that it cannot number; null when all is well.</param>
public sealed record ProofState(long Size, long Position, long? StoppedAt);

/// <summary>The leaves of the tree, as they are stored.</summary>
public sealed class ProofQueries(NpgsqlDataSource database)
{
    /// <summary>How far it has grown now; null when there is no tree that is shown yet.</summary>
    public async Task<ProofState?> State(CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<ProofState>(new CommandDefinition($"""
            select coalesce((select block * {ProofModel.Leaves} + length(hashes) / {MerkleHash.Size} from read.proof_leaves order by block desc limit 1), 0)::bigint as size,
                position, stopped_at as StoppedAt
            from read.checkpoints where name = '{ProofModel.ProofName}' and shown
            """, cancellationToken: cancellation));
    }

    /// <summary>The hashes of leaves from a number on, one behind the other; fewer than asked for where the tree ends.</summary>
    public async Task<ReadOnlyMemory<byte>> Leaves(long from, int count, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var hashes = new MemoryStream();
        foreach (var row in await connection.QueryAsync<byte[]>(new CommandDefinition(
            "select hashes from read.proof_leaves where block between @first and @last order by block",
            new { first = from / ProofModel.Leaves, last = (from + count - 1) / ProofModel.Leaves }, cancellationToken: cancellation)))
            hashes.Write(row);
        var (start, length) = ((int)(from % ProofModel.Leaves) * MerkleHash.Size, count * MerkleHash.Size);
        return start >= hashes.Length ? default : hashes.GetBuffer().AsMemory(start, Math.Min(length, (int)hashes.Length - start));
    }
}
