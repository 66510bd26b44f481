using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// Who requested, retried, cancelled, published, paused, rejected, waived, drained: what somebody decided, or the system on their behalf, as one list.
/// What follows by itself (a result, a loss, a run that gives way) is none of it.
/// </summary>
public sealed class DecisionsModel : IReadModel
{
    internal const string DecisionsName = "decisions";

    /// <inheritdoc/>
    public string Name => DecisionsName;

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["decisions"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.decisions (
            position bigint primary key, at timestamptz not null, type text not null, actor text not null, run bigint, package text, suite text, arch text,
            subject text, -- what it is about, where no run says so
            reason text); -- hash of what was said
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var rows = page.Select(DecisionRow.Of).OfType<DecisionRow>().ToList();
        writes.Add($"""
            insert into {writes.Schema}.decisions (position, at, type, actor, run, package, suite, arch, subject, reason)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing
            """,
            rows.Column(r => r.Position), rows.Column(r => r.At), rows.Column(r => r.Type), rows.Column(r => r.Actor), rows.Column(r => r.Run),
            rows.Column(r => r.Package), rows.Column(r => r.Suite), rows.Column(r => r.Arch), rows.Column(r => r.Subject), rows.Column(r => r.Reason));
    }
}
