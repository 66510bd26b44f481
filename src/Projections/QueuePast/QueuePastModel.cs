using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// When runs were in the queue: for each the positions [since, until) between its batch's end and its own, and what cannot be told from its
/// newest state: attempts that came to nothing, and priorities that were raised. Whoever asks about a moment gets the rest from the run itself.
/// </summary>
/// <remarks>
/// Runs that are not over stand in <c>queue_lives</c>, few and changed in place; the others in <c>queue_past</c>, which is only inserted into. There
/// a moment is found by a node, the one number within [since, until) that most powers of two divide: those who were there at a position
/// have one of some hundred nodes, which follow from the position alone (<see cref="PastNodes"/>). So one small index finds them
/// among millions, be the moment a minute or ten years ago.
/// </remarks>
public sealed class QueuePastModel : IReadModel, IFoldedInBulk
{
    internal const string ModelName = "queue_past";

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["queue_lives", "queue_past", "queue_attempts", "queue_raises"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        -- Below the highest bit in which the first and the last position of a stay differ, all are cleared of the last one. One expression, which
        -- PostgreSQL folds into the statement: a function that has a query within costs more than the row.
        create function {schema}.node(since bigint, until bigint) returns bigint language sql immutable as $$
            select (until - 1) & ~(((1::bigint << length(ltrim((since # (until - 1))::bit(64)::text, '0'))) - 1) >> 1) $$;
        create table {schema}.queue_asked (run bigint not null, stream text not null, priority smallint not null); -- until their batches are complete
        create index queue_asked_stream on {schema}.queue_asked (stream);
        create table {schema}.queue_lives (
            run bigint primary key, since bigint not null, began bigint, -- the position of the newest start
            started_at timestamptz, priority smallint not null) with (fillfactor = 60, {Autovacuum.Often});
        create table {schema}.queue_past (
            run bigint not null, since bigint not null, until bigint not null, began bigint, priority smallint not null,
            node bigint generated always as ({schema}.node(since, until)) stored);
        create index queue_past_node on {schema}.queue_past (node);
        create table {schema}.queue_attempts (
            run bigint not null, began bigint not null, until bigint not null, attempt smallint not null, worker text not null,
            started_at timestamptz not null, not_before timestamptz, -- the pause behind it ends then
            primary key (run, began));
        create table {schema}.queue_raises (run bigint not null, position bigint not null, was smallint not null, primary key (run, position));
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var fold = new QueuePastFold();
        foreach (var e in page)
            fold.Add(e);
        fold.Write(writes);
    }

    IBulkFold IFoldedInBulk.Bulk(string schema) => new QueuePastBulk(schema);

    bool IFoldedInBulk.IsMadeLast(string index) => true;
}

/// <summary>The nodes of stays (see <see cref="QueuePastModel"/>).</summary>
public static class PastNodes
{
    /// <summary>Those that stays which hold a position can have: itself, and its two neighbours at each power of two.</summary>
    public static long[] Of(long position) =>
        [.. Enumerable.Range(0, 62).SelectMany(k => new[] { position >> k << k, ((position >> k) + 1) << k }).Where(n => n > 0).Distinct()];
}
