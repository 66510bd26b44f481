using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// The leaves of the Merkle tree over the log: events are numbered from 0 in the order of the feed, without gaps, and number n is leaf n.
/// What heads are made from, and what <c>debci audit verify</c> compares the events with.
/// </summary>
public sealed class ProofModel : IReadModel
{
    internal const string ProofName = "proof";

    /// <summary>
    /// Leaves of a row. 32 hashes are 1 KiB: small enough that a row with one more is written in its place, large enough that rows and
    /// their index add a seventh only.
    /// </summary>
    internal const int Leaves = 32;

    /// <inheritdoc/>
    public string Name => ProofName;

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["proof_leaves"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.proof_leaves (block bigint primary key, hashes bytea not null);
        alter table {schema}.proof_leaves alter column hashes set storage plain; -- hashes cannot be compressed, and are no long text
        """;

    /// <summary>Where the tree ends is known from its last row, so that any cut into pages numbers alike.</summary>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes) => writes.Add($"""
        insert into {writes.Schema}.proof_leaves as p (block, hashes)
        select (t.size + u.n - 1) / {Leaves}, string_agg(u.hash, ''::bytea order by u.n)
        from (select coalesce((select block * {Leaves} + length(hashes) / {MerkleHash.Size} from {writes.Schema}.proof_leaves order by block desc limit 1), 0) as size) t,
            unnest($1) with ordinality as u (hash, n)
        group by 1
        on conflict (block) do update set hashes = p.hashes || excluded.hashes
        """, [(Array)CanonicalEvent.Leaves(page)]); // one column; arrays of bytes would themselves pass for columns
}
