using System.Text;
using Dapper;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>Questions about which decisions held at a position.</summary>
public sealed class PoliciesPastQueries(NpgsqlDataSource database)
{
    /// <summary>What was paused.</summary>
    public async Task<IReadOnlyList<PauseRow>> Pauses(long asOf, CancellationToken cancellation = default) =>
        [.. (await Holding<PolicyEvent.Paused>(asOf, cancellation)).Select(h => new PauseRow(h.Event.Kind, h.Event.Name, h.Event.Reason, h.Actor, h.At))];

    /// <summary>What was in quarantine.</summary>
    public async Task<IReadOnlyList<QuarantineRow>> Quarantines(long asOf, CancellationToken cancellation = default) =>
        [.. (await Holding<PolicyEvent.Quarantined>(asOf, cancellation)).Select(h => new QuarantineRow(h.Event.Package, h.Event.Suite, h.Event.Arch, h.Event.Version, h.Event.Runs, h.At))];

    /// <summary>The waivers of a suite and these packages; those that had ended by their time among them.</summary>
    public async Task<IReadOnlyList<WaiverRow>> Waivers(string suite, IReadOnlySet<string> packages, long asOf, CancellationToken cancellation = default) =>
        [.. (await Holding<PolicyEvent.Waived>(asOf, cancellation)).Where(h => h.Event.Waiver.Suite == suite && packages.Contains(h.Event.Waiver.Package))
            .Select(h => new WaiverRow(h.Event.Waiver, h.Event.Reason, h.Actor, h.At))];

    private async Task<IEnumerable<(T Event, string Actor, DateTime At)>> Holding<T>(long asOf, CancellationToken cancellation) where T : PolicyEvent
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(string Data, string Actor, DateTime At)>(new CommandDefinition("""
            select data, actor, at from read.policies_past where name = @name and since <= @asOf and (until is null or until > @asOf) order by key
            """, new { name = StoredNames.Of<T>(), asOf }, cancellationToken: cancellation));
        return rows.Select(r => ((T)EventCodec.Read(StoredNames.Of<T>(), Encoding.UTF8.GetBytes(r.Data))!, r.Actor, r.At));
    }
}
