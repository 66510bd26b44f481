using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>Something that is paused. The reason is a hash, the actor as in the envelope.</summary>
public sealed record PauseRow(PauseKind Kind, string Name, string? Reason, string Actor, DateTime Since);

/// <summary>A line of the reject list that a command made.</summary>
public sealed record RejectRow(string Pattern, string Reason, string Actor, DateTime Since);

/// <summary>What is held since it was abandoned again and again.</summary>
public sealed record QuarantineRow(string Package, string Suite, string Arch, string? Version, IReadOnlyList<long> Runs, DateTime Since);

/// <summary>A waiver that was given. The reason is a hash, the actor as in the envelope.</summary>
public sealed record WaiverRow(Waiver Waiver, string Reason, string Actor, DateTime Since);

/// <summary>Questions about what operators have decided.</summary>
public sealed class PoliciesQueries(NpgsqlDataSource database)
{
    /// <summary>All that is paused.</summary>
    public async Task<IReadOnlyList<PauseRow>> Pauses(CancellationToken cancellation = default) =>
        [.. (await Ask<(string Kind, string Name, string? Reason, string Actor, DateTime Since)>("select kind, name, reason, actor, since from read.pauses order by kind, name", cancellation))
            .Select(r => new PauseRow(Columns.Enum<PauseKind>(r.Kind), r.Name, r.Reason, r.Actor, r.Since))];

    /// <summary>The reject list, as far as commands made it.</summary>
    public Task<IReadOnlyList<RejectRow>> Rejects(CancellationToken cancellation = default) =>
        Ask<RejectRow>("select pattern, reason, actor, since from read.rejects order by pattern", cancellation);

    /// <summary>All that is in quarantine.</summary>
    public async Task<IReadOnlyList<QuarantineRow>> Quarantines(CancellationToken cancellation = default) =>
        [.. (await Ask<(string Package, string Suite, string Arch, string? Version, string Runs, DateTime Since)>(
            "select package, suite, arch, version, runs, since from read.quarantines order by package, suite, arch, version", cancellation))
            .Select(r => new QuarantineRow(r.Package, r.Suite, r.Arch, r.Version, [.. Columns.Words(r.Runs).Select(long.Parse)], r.Since))];

    /// <summary>The waivers of a suite, of these packages or (null) of all; those that have ended among them.</summary>
    public async Task<IReadOnlyList<WaiverRow>> Waivers(string? suite, IReadOnlyCollection<string>? packages, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<WaiverColumns>(new CommandDefinition("""
            select kind, suite, package, version, arch, until, reason, actor, since from read.waivers
            where (@suite::text is null or suite = @suite) and (@packages::text[] is null or package = any(@packages)) order by suite, package, kind, version, arch
            """, new { suite, packages = packages?.ToArray() }, cancellationToken: cancellation));
        return [.. rows.Select(r => new WaiverRow(
            new Waiver(Columns.Enum<WaiverKind>(r.Kind), r.Suite, r.Package, r.Version, r.Arch, r.Until is { } until ? new DateTimeOffset(until) : null), r.Reason, r.Actor, r.Since))];
    }

    private sealed record WaiverColumns(string Kind, string Suite, string Package, string Version, string? Arch, DateTime? Until, string Reason, string Actor, DateTime Since);

    private async Task<IReadOnlyList<T>> Ask<T>(string sql, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<T>(new CommandDefinition(sql, cancellationToken: cancellation))];
    }
}
