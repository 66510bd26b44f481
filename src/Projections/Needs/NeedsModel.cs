using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// What packages need of a testbed, learnt from tests that were skipped for lack of it: no index of the archive says it beforehand. It is
/// forgotten when tests run in a testbed without it and none is skipped for it. Of private runs nothing is learnt.
/// </summary>
public sealed class NeedsModel : IReadModel
{
    /// <inheritdoc/>
    public string Name => "needs";

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["needs"];

    /// <inheritdoc/>
    public string Ddl(string schema) =>
        $"create table {schema}.needs (package text not null, suite text not null, need text not null, run bigint not null, primary key (package, suite));";

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var learnt = new Dictionary<(string, string), (RunKey Run, string Need)>();
        var unmissed = new Dictionary<(string, string), IReadOnlyList<string>>(); // nothing: what the testbed had, which may be needed still
        foreach (var e in page.Where(e => e.Is<RunEvent.Finished>()))
            Fold((RunEvent.Finished)e.Decode()!, learnt, unmissed);
        writes.Add($"""
            delete from {writes.Schema}.needs n using unnest($1, $2, $3) as m (package, suite, may_be)
            where (n.package, n.suite) = (m.package, m.suite) and n.need <> all(string_to_array(m.may_be, ' '))
            """, unmissed.Column(m => m.Key.Item1), unmissed.Column(m => m.Key.Item2), unmissed.Column(m => Columns.Words(m.Value)));
        var rows = learnt.Values;
        writes.Add($"""
            insert into {writes.Schema}.needs (package, suite, need, run) select * from unnest($1, $2, $3, $4)
            on conflict (package, suite) do update set need = excluded.need, run = excluded.run
            """, rows.Column(r => r.Run.Package), rows.Column(r => r.Run.Suite), rows.Column(r => r.Need), rows.Column(r => r.Run.Id));
    }

    private static void Fold(RunEvent.Finished finished, Dictionary<(string, string), (RunKey Run, string Need)> learnt, Dictionary<(string, string), IReadOnlyList<string>> unmissed)
    {
        var key = (finished.Run.Package, finished.Run.Suite);
        if (finished.Run.Private)
            return;
        if (Routing.MissedIsolation(finished.Report.Tests) is { } need)
        {
            learnt[key] = (finished.Run, need);
            unmissed.Remove(key); // it is written over
        }
        else if (finished is { Cause: null, Backend: { } backend, Report.TestCount: > 0 })
        {
            var had = Routing.MayHaveHad(backend);
            var forgets = learnt.TryGetValue(key, out var before) && !had.Contains(before.Need) && learnt.Remove(key);
            unmissed[key] = forgets ? [] : unmissed.TryGetValue(key, out var others) ? [.. others.Intersect(had)] : had;
        }
    }
}
