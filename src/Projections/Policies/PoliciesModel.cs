using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>What operators have decided and what holds now: pauses, the reject list, the quarantine, waivers.</summary>
public sealed class PoliciesModel : IReadModel
{
    /// <inheritdoc/>
    public string Name => "policies";

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["pauses", "rejects", "quarantines", "waivers"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.pauses (kind text not null, name text not null, reason text, actor text not null, since timestamptz not null, primary key (kind, name));
        create table {schema}.rejects (pattern text primary key, reason text not null, actor text not null, since timestamptz not null);
        create table {schema}.quarantines (
            package text not null, suite text not null, arch text not null, version text, runs text not null, since timestamptz not null,
            unique nulls not distinct (package, suite, arch, version));
        create table {schema}.waivers (
            kind text not null, suite text not null, package text not null, version text not null, arch text, until timestamptz, reason text not null, actor text not null, since timestamptz not null,
            unique nulls not distinct (kind, suite, package, version, arch));
        create index waivers_package on {schema}.waivers (suite, package);
        """;

    /// <summary>Decisions are few: each is a statement of its own, in order.</summary>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        foreach (var e in page.Where(e => e.Name.StartsWith("policy.", StringComparison.Ordinal)))
            Write(e, e.RecordedAt.UtcDateTime, e.Command().Actor, writes);
    }

    private static void Write(RecordedEvent e, DateTime at, string actor, Writes writes)
    {
        var s = writes.Schema;
        switch (e.Decode())
        {
            case PolicyEvent.Paused h:
                writes.Add($"insert into {s}.pauses (kind, name, reason, actor, since) select * from unnest($1, $2, $3, $4, $5) on conflict do nothing",
                    One(Columns.Word(h.Kind)), One(h.Name), One(h.Reason), One(actor), One(at));
                break;
            case PolicyEvent.Unpaused h:
                writes.Add($"delete from {s}.pauses p using unnest($1, $2) as u (kind, name) where (p.kind, p.name) = (u.kind, u.name)", One(Columns.Word(h.Kind)), One(h.Name));
                break;
            case PolicyEvent.Rejected h:
                writes.Add($"insert into {s}.rejects (pattern, reason, actor, since) select * from unnest($1, $2, $3, $4) on conflict do nothing",
                    One(h.Pattern), One(h.Reason), One(actor), One(at));
                break;
            case PolicyEvent.Readmitted h:
                writes.Add($"delete from {s}.rejects where pattern = any($1)", One(h.Pattern));
                break;
            case PolicyEvent.Quarantined h:
                writes.Add($"insert into {s}.quarantines (package, suite, arch, version, runs, since) select * from unnest($1, $2, $3, $4, $5, $6) on conflict do nothing",
                    One(h.Package), One(h.Suite), One(h.Arch), One(h.Version), One(string.Join(' ', h.Runs)), One(at));
                break;
            case PolicyEvent.QuarantineLifted h:
                writes.Add($"""
                    delete from {s}.quarantines q using unnest($1, $2, $3, $4) as l (package, suite, arch, version)
                    where (q.package, q.suite, q.arch) = (l.package, l.suite, l.arch) and q.version is not distinct from l.version
                    """, One(h.Package), One(h.Suite), One(h.Arch), One(h.Version));
                break;
            case PolicyEvent.Waived h:
                writes.Add($"""
                    insert into {s}.waivers (kind, suite, package, version, arch, until, reason, actor, since) select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    on conflict (kind, suite, package, version, arch) do update set until = excluded.until, reason = excluded.reason, actor = excluded.actor, since = excluded.since
                    """, One(Columns.Word(h.Waiver.Kind)), One(h.Waiver.Suite), One(h.Waiver.Package), One(h.Waiver.Version), One(h.Waiver.Arch),
                    One(h.Waiver.Until?.UtcDateTime), One(h.Reason), One(actor), One(at));
                break;
            case PolicyEvent.WaiverWithdrawn h:
                writes.Add($"""
                    delete from {s}.waivers w using unnest($1, $2, $3, $4, $5) as l (kind, suite, package, version, arch)
                    where (w.kind, w.suite, w.package, w.version) = (l.kind, l.suite, l.package, l.version) and w.arch is not distinct from l.arch
                    """, One(Columns.Word(h.Waiver.Kind)), One(h.Waiver.Suite), One(h.Waiver.Package), One(h.Waiver.Version), One(h.Waiver.Arch));
                break;
        }
    }

    private static T[] One<T>(T value) => [value];
}
