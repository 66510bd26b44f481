using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// What packages need of a testbed, learnt from tests that were skipped for lack of it: no index of the archive says it beforehand.
/// Of private runs nothing is learnt.
/// </summary>
public sealed class NeedsModel : IReadModel
{
    /// <inheritdoc/>
    public string Name => "needs";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["needs"];

    /// <inheritdoc/>
    public string Ddl(string schema) =>
        $"create table {schema}.needs (package text not null, suite text not null, need text not null, run bigint not null, primary key (package, suite));";

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var learnt = new Dictionary<(string, string), (RunKey Run, string Need)>();
        foreach (var e in page.Where(e => e.Name == StoredNames.Of<RunEvent.Finished>()))
        {
            var finished = (RunEvent.Finished)e.Decode()!;
            if (!finished.Run.Private && Routing.MissedIsolation(finished.Report.Tests) is { } need)
                learnt[(finished.Run.Package, finished.Run.Suite)] = (finished.Run, need);
        }
        var rows = learnt.Values;
        writes.Add($"""
            insert into {writes.Schema}.needs (package, suite, need, run) select * from unnest($1, $2, $3, $4)
            on conflict (package, suite) do update set need = excluded.need, run = excluded.run
            """, rows.Column(r => r.Run.Package), rows.Column(r => r.Run.Suite), rows.Column(r => r.Need), rows.Column(r => r.Run.Id));
    }
}
