using System.Text;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// When decisions of operators held: each as its own event, with the positions [since, until) between which it did. They are few, so that
/// whoever asks reads the events themselves.
/// </summary>
public sealed class PoliciesPastModel : IReadModel
{
    /// <inheritdoc/>
    public string Name => "policies_past";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["policies_past"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.policies_past (
            name text not null, key text not null, data text not null, actor text not null, at timestamptz not null,
            since bigint not null, until bigint, -- null while it holds
            primary key (name, key, since));
        create unique index policies_past_holding on {schema}.policies_past (name, key) where until is null;
        """;

    /// <summary>Decisions are few: each is a statement of its own, in order.</summary>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        foreach (var e in page.Where(e => e.Name.StartsWith("policy.", StringComparison.Ordinal)))
        {
            if (Begun(e.Decode()) is { } begun)
                Begin(e, begun, writes);
            else if (Ended(e.Decode()) is var (name, key))
                End(e, name, key, writes);
        }
    }

    // A waiver that is given again takes the place of the first; of everything else the first one holds on.
    private static void Begin(RecordedEvent e, string key, Writes writes)
    {
        if (e.Name == StoredNames.Of<PolicyEvent.Waived>())
            End(e, e.Name, key, writes);
        writes.Add($"""
            insert into {writes.Schema}.policies_past (name, key, data, actor, at, since) select * from unnest($1, $2, $3, $4, $5, $6)
            on conflict (name, key) where until is null do nothing
            """, One(e.Name), One(key), One(Encoding.UTF8.GetString(e.Data.Span)), One(e.Command().Actor), One(e.RecordedAt.UtcDateTime), One(e.Position));
    }

    private static void End(RecordedEvent e, string name, string key, Writes writes) => writes.Add($"""
        update {writes.Schema}.policies_past p set until = o.position from unnest($1, $2, $3) as o (name, key, position)
        where p.name = o.name and p.key = o.key and p.until is null
        """, One(name), One(key), One(e.Position));

    private static string? Begun(object? happened) => happened switch
    {
        PolicyEvent.Paused h => Key(h.Kind, h.Name),
        PolicyEvent.Rejected h => h.Pattern,
        PolicyEvent.Quarantined h => Key(h.Package, h.Suite, h.Arch, h.Version),
        PolicyEvent.Waived h => Key(h.Waiver),
        _ => null,
    };

    private static (string Name, string Key)? Ended(object? happened) => happened switch
    {
        PolicyEvent.Unpaused h => (StoredNames.Of<PolicyEvent.Paused>(), Key(h.Kind, h.Name)),
        PolicyEvent.Readmitted h => (StoredNames.Of<PolicyEvent.Rejected>(), h.Pattern),
        PolicyEvent.QuarantineLifted h => (StoredNames.Of<PolicyEvent.Quarantined>(), Key(h.Package, h.Suite, h.Arch, h.Version)),
        PolicyEvent.WaiverWithdrawn h => (StoredNames.Of<PolicyEvent.Waived>(), Key(h.Waiver)),
        _ => null,
    };

    private static string Key(Waiver w) => Key(w.Kind, w.Suite, w.Package, w.Version, w.Arch);

    // No name holds a blank.
    private static string Key(params object?[] parts) => string.Join(' ', parts);

    private static T[] One<T>(T value) => [value];
}
