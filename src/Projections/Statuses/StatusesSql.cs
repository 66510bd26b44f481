using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>The statements of <see cref="StatusesModel"/>.</summary>
internal static class StatusesSql
{
    private const string Add = "do update set pass = d.pass + excluded.pass, fail = d.fail + excluded.fail, neutral = d.neutral + excluded.neutral, tmpfail = d.tmpfail + excluded.tmpfail";
    private const string AddDays = $"on conflict (suite, arch, day) {Add}";
    private const string AddSpreads = $"on conflict (suite, package) {Add}";

    private static readonly string Sums = $"{Sum("pass")}, {Sum("fail")}, {Sum("neutral")}, {Sum("tmpfail")}";

    private const string MovePlace = """
        on conflict (suite, arch) do update set position = excluded.position, changed_at = greatest(p.changed_at, excluded.changed_at)
        """;

    /// <summary>Results without an event of a source between them. One statement, so that all its parts see the rows as they were before.</summary>
    public static void Write(Writes writes, IReadOnlyCollection<StoredResult> results)
    {
        var rows = Risen(results);
        writes.Add($"""
            with page as (
                select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                    as p (suite, arch, package, run, status, version, message, triggers, finished_at, day, position, recorded_at)),
            newer as (
                select p.*, s.settled as settled_before, s.settled_since, s.last_pass_at, s.last_pass_version,
                    coalesce(lag(p.status) over w, s.status) as was, greatest(s.since, max(p.day) over w) as counted, lead(p.position) over w is null as is_last,
                    array_agg(p.status) filter (where p.status <> 'tmpfail') over (w rows between unbounded preceding and 1 preceding) as settled_here,
                    array_agg(p.finished_at) filter (where p.status = 'pass') over w as passed_at, array_agg(p.version) filter (where p.status = 'pass') over w as passed_version
                from page p left join {writes.Schema}.statuses s using (suite, arch, package) where s.run is null or s.run <= p.run
                window w as (partition by suite, arch, package order by p.position)),
            known as (
                select *, coalesce(settled_here[cardinality(settled_here)], settled_before) as settled from newer),
            turned as (
                select *, array_agg(finished_at) filter (where status <> 'tmpfail' and status is distinct from settled) over (partition by suite, arch, package order by position) as turned_at
                from known),
            changes as (
                select suite, arch, package, counted, status, 1 as change from known union all
                select suite, arch, package, counted, was, -1 from known where was is not null),
            written as (
                insert into {writes.Schema}.statuses (suite, arch, package, run, status, settled, settled_since, previous, last_pass_at, last_pass_version, since)
                select suite, arch, package, run, status, case when status = 'tmpfail' then settled else status end, coalesce(turned_at[cardinality(turned_at)], settled_since), was,
                    coalesce(passed_at[cardinality(passed_at)], last_pass_at), case when passed_at is null then last_pass_version else passed_version[cardinality(passed_version)] end, counted
                from turned where is_last
                on conflict (suite, arch, package) do update set run = excluded.run, status = excluded.status, settled = excluded.settled, settled_since = excluded.settled_since, previous = excluded.previous,
                    last_pass_at = excluded.last_pass_at, last_pass_version = excluded.last_pass_version, since = excluded.since),
            news as (
                insert into {writes.Schema}.transitions (position, suite, arch, package, run, was, status, version, message, triggers, finished_at)
                select position, suite, arch, package, run, settled, status, version, message, triggers, finished_at from known where status <> 'tmpfail' and settled <> status),
            days as (
                insert into {writes.Schema}.status_days as d (suite, arch, day, pass, fail, neutral, tmpfail)
                select suite, arch, counted, {Sums} from changes
                where not exists (select from {writes.Schema}.removed_sources r where r.suite = changes.suite and r.package = changes.package)
                group by suite, arch, counted {AddDays}),
            spreads as (
                insert into {writes.Schema}.status_spreads as d (suite, package, pass, fail, neutral, tmpfail)
                select suite, package, {Sums} from changes group by suite, package having ({Sums}) <> (0, 0, 0, 0) {AddSpreads})
            insert into {writes.Schema}.status_places as p (suite, arch, position, changed_at)
            select suite, arch, max(position), max(recorded_at) from newer group by suite, arch {MovePlace}
            """,
            rows.Column(r => r.Run.Run.Suite), rows.Column(r => r.Run.Run.Arch), rows.Column(r => r.Run.Run.Package), rows.Column(r => r.Run.Run.Id),
            rows.Column(r => Columns.Word(r.Run.Status)), rows.Column(r => r.Run.Report.Version), rows.Column(r => r.Run.Message), rows.Column(r => Columns.Words(r.Run.Triggers)),
            rows.Column(r => r.EndedAt), rows.Column(r => StatusesModel.Day(r.EndedAt)), rows.Column(r => r.At.Position), rows.Column(r => r.At.RecordedAt.UtcDateTime));
    }

    /// <summary>A source that leaves, or is there again: its packages are counted off, or on again, from that day on.</summary>
    public static void Write(Writes writes, RecordedEvent e, SourceEvent source)
    {
        var (suite, package, sign, change) = source switch
        {
            SourceEvent.Removed s => (s.Suite, s.Package, "-", $"insert into {writes.Schema}.removed_sources (suite, package, since) select suite, package, recorded_at from told on conflict do nothing returning suite, package"),
            SourceEvent.Returned s => (s.Suite, s.Package, "", $"delete from {writes.Schema}.removed_sources r using told t where r.suite = t.suite and r.package = t.package returning r.suite, r.package"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        writes.Add($"""
            with told as (select * from unnest($1, $2, $3, $4, $5) as t (suite, package, day, position, recorded_at)),
            changed as ({change}),
            moved as (
                update {writes.Schema}.statuses s set since = greatest(s.since, t.day) from told t, changed c
                where s.suite = c.suite and s.package = c.package returning s.suite, s.arch, s.since, s.status, t.position, t.recorded_at),
            days as (
                insert into {writes.Schema}.status_days as d (suite, arch, day, pass, fail, neutral, tmpfail)
                select suite, arch, since, {Count("pass")}, {Count("fail")}, {Count("neutral")}, {Count("tmpfail")} from moved group by suite, arch, since {AddDays})
            insert into {writes.Schema}.status_places as p (suite, arch, position, changed_at) select suite, arch, position, recorded_at from moved {MovePlace}
            """, new[] { suite }, new[] { package }, new[] { StatusesModel.Day(e.RecordedAt.UtcDateTime) }, new[] { e.Position }, new[] { e.RecordedAt.UtcDateTime });

        string Count(string status) => $"{sign}count(*) filter (where status = '{status}')";
    }

    private static string Sum(string status) => $"coalesce(sum(change) filter (where status = '{status}'), 0)";

    // Of each place the results that were the newest of their page when they came.
    private static List<StoredResult> Risen(IReadOnlyCollection<StoredResult> results)
    {
        var newest = new Dictionary<(string, string, string), long>();
        var risen = new List<StoredResult>();
        foreach (var result in results)
        {
            var key = (result.Run.Run.Suite, result.Run.Run.Arch, result.Run.Run.Package);
            if (newest.TryGetValue(key, out var known) && known > result.Run.Run.Id)
                continue;
            newest[key] = result.Run.Run.Id;
            risen.Add(result);
        }
        return risen;
    }
}
