using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>Questions about what was asked for and not over at a position.</summary>
/// <remarks>
/// Places in the order of workers are not kept: a past queue is in the order in which its runs began to count. What does not change of a run
/// comes from its row, and of its attempts the newest too.
/// </remarks>
public sealed class QueuePastQueries(NpgsqlDataSource database, PoliciesPastQueries policies)
{
    private const string There = """
        there as (
            select run, since, began, priority from read.queue_lives where since <= @asOf
            union all
            select run, since, began, priority from read.queue_past where node = any(@nodes) and since <= @asOf and until > @asOf)
        """;

    // The newest attempt had begun, and had not come to nothing: then the run's own row tells of it. Otherwise the last one that did.
    private const string Stood = $"""
        {There},
        stood as (
            select r.run, r.package, r.suite, r.arch, r.private, r.requester, r.triggers, r.backend, r.needs, r.requested_at, t.since,
                coalesce(w.was, t.priority)::int as priority, case when newest or f.until > @asOf then 'running' else 'pending' end as state,
                case when newest then r.attempt else coalesce(f.attempt, 0)::int end as attempts,
                case when newest then r.worker when f.until > @asOf then f.worker end as worker,
                case when newest then r.started_at when f.until > @asOf then f.started_at end as started_at,
                case when newest or f.until > @asOf then null else f.not_before end as not_before
            from there t join read.runs r using (run)
                left join lateral (select * from read.queue_attempts a where a.run = t.run and a.began <= @asOf order by a.began desc limit 1) f on true
                left join lateral (select was from read.queue_raises p where p.run = t.run and p.position > @asOf order by p.position limit 1) w on true
                cross join lateral (select (t.began <= @asOf and t.began > coalesce(f.began, 0)) is true as newest) n)
        """;

    /// <summary>
    /// Pending and running runs in the order in which they were asked for, those behind <paramref name="after"/> if given, at most
    /// <paramref name="most"/>.
    /// </summary>
    /// <exception cref="RefusedException">The rows cannot be read together just now.</exception>
    public async Task<IReadOnlyList<QueueRow>> List(
        QueueFilter filter, QueueCursor? after, int most, Viewer viewer, long asOf, CancellationToken cancellation = default)
    {
        var held = await policies.Quarantines(asOf, cancellation);
        var rows = await Ask<Row>($"""
            with {Stood} select * from stood where {Viewer.MaySee} {QueueQueries.Where(filter)}
                {(after is null ? "" : "and (since, run) > (@place, @after)")} order by since, run limit @most
            """, new
        {
            filter.Suite, filter.Arch, filter.Package, filter.Requester, filter.Trigger, filter.State, place = after?.Place, after = after?.Run, most,
            viewer.Account, viewer.SeesAll, asOf, nodes = PastNodes.Of(asOf),
        }, cancellation);
        return [.. rows.Select(r => r.ToQueue(held))];
    }

    /// <summary>How many public runs of a suite and architecture (null: of all) waited, and how many workers had.</summary>
    /// <exception cref="RefusedException">The rows cannot be read together just now.</exception>
    public async Task<(long Pending, long Running)> Load(string? suite, string? arch, long asOf, CancellationToken cancellation = default) =>
        (await Ask<(long, long)>($"""
            with {Stood} select count(*) filter (where state = 'pending'), count(*) filter (where state = 'running')
            from stood where not private {QueueQueries.Where(new QueueFilter(suite, arch))}
            """, new { suite, arch, asOf, nodes = PastNodes.Of(asOf) }, cancellation)).Single();

    /// <summary>A requester's runs of these packages that were pending or running, as outcomes that were still to come.</summary>
    /// <exception cref="RefusedException">The rows cannot be read together just now.</exception>
    public async Task<IReadOnlyList<OutcomeRow>> PendingOf(
        string requester, string suite, IReadOnlyCollection<string> packages, long asOf, CancellationToken cancellation = default)
    {
        var rows = await Ask<(long Run, string Package, string Suite, string Arch, bool Private, string Triggers, string ExtraSources, DateTime RequestedAt)>($"""
            with {There} select run, package, suite, arch, private, triggers, extra_sources, requested_at from there join read.runs using (run)
            where package = any(@packages) and requester = @requester and suite = @suite
            """, new { requester, suite, packages = packages.ToArray(), asOf, nodes = PastNodes.Of(asOf) }, cancellation);
        return [.. rows.Select(r => new OutcomeRow(0, r.Run, r.Package, r.Suite, r.Arch, r.Private, r.Triggers, r.ExtraSources, null,
            Trigger.VersionOf(Columns.Words(r.Triggers), r.Package), null, r.RequestedAt, r.RequestedAt, r.RequestedAt))];
    }

    private async Task<IReadOnlyList<T>> Ask<T>(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await Snapshot.Of(connection, RunsModel.RunsName, QueuePastModel.ModelName, cancellation);
        return [.. await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, snapshot, cancellationToken: cancellation))];
    }

    private sealed record Row(
        long Run, string Package, string Suite, string Arch, bool Private, string Requester, string Triggers, string? Backend, string Needs, DateTime Requested_At,
        long Since, int Priority, string State, int Attempts, string? Worker, DateTime? Started_At, DateTime? Not_Before)
    {
        public QueueRow ToQueue(IReadOnlyList<QuarantineRow> held) => new(Run, Package, Suite, Arch, Private, State, Priority, Attempts, Worker, Requested_At, Started_At,
            Since, Lane.Of(Arch, Suite, Backend, Columns.Words(Needs)), held.Any(IsHeld), Not_Before) { IsPast = true };

        private bool IsHeld(QuarantineRow q) => (q.Package, q.Suite, q.Arch) == (Package, Suite, Arch)
            && (q.Version is null || Trigger.VersionOf(Columns.Words(Triggers), Package) is not { } version || version == q.Version);
    }
}
