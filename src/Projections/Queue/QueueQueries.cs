using System.Globalization;
using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>A run that is not over. Times are UTC by the log's clock.</summary>
public sealed record QueueRow(
    long Run, string Package, string Suite, string Arch, string State, int Priority, int Attempts, string? Worker,
    DateTime RequestedAt, DateTime? StartedAt);

/// <summary>Where a page of the queue ends: the next one begins behind it.</summary>
public sealed record QueueCursor(int Priority, long Run)
{
    /// <summary>As a client keeps it.</summary>
    public override string ToString() => $"{Priority}-{Run}";

    /// <summary>Reads such a text; null when it is none.</summary>
    public static QueueCursor? Read(string text) => text.Split('-') is [var priority, var run]
        && int.TryParse(priority, NumberStyles.None, null, out var p) && long.TryParse(run, NumberStyles.None, null, out var r) ? new QueueCursor(p, r) : null;
}

/// <summary>Questions about what is asked for and not over.</summary>
public sealed class QueueQueries(NpgsqlDataSource database)
{
    private const string Select = $"""
        select run, package, suite, arch, state, priority, attempts, worker, requested_at as RequestedAt, started_at as StartedAt
        from read.queue where {Viewer.MaySee}
        """;

    /// <summary>
    /// Pending and running runs in the order in which workers take them (higher priority first, then the older run), those behind
    /// <paramref name="after"/> if given, at most <paramref name="most"/>.
    /// </summary>
    public Task<IReadOnlyList<QueueRow>> List(
        string? suite, string? arch, string? package, QueueCursor? after, int most, Viewer viewer, CancellationToken cancellation = default) =>
        InOrder("state <> 'open'", suite, arch, package, after, most, viewer, cancellation);

    /// <summary>The same, of those that no worker has.</summary>
    public Task<IReadOnlyList<QueueRow>> Pending(
        string? suite, string? arch, QueueCursor? after, int most, Viewer viewer, CancellationToken cancellation = default) =>
        InOrder("state = 'pending'", suite, arch, null, after, most, viewer, cancellation);

    /// <summary>The runs that workers have, the newest start first.</summary>
    public Task<IReadOnlyList<QueueRow>> Running(int most, Viewer viewer, CancellationToken cancellation = default) =>
        Ask($"{Select} and state = 'running' order by started_at desc, run desc limit @most", new { most, viewer.Account, viewer.SeesAll }, cancellation);

    private Task<IReadOnlyList<QueueRow>> InOrder(
        string state, string? suite, string? arch, string? package, QueueCursor? after, int most, Viewer viewer, CancellationToken cancellation) => Ask($"""
        {Select} and {state} {(suite is null ? "" : "and suite = @suite")} {(arch is null ? "" : "and arch = @arch")}
            {(package is null ? "" : "and package = @package")} {(after is null ? "" : "and (-priority, run) > (-@priority, @run)")}
        order by -priority, run limit @most
        """, new { suite, arch, package, most, priority = after?.Priority, run = after?.Run, viewer.Account, viewer.SeesAll }, cancellation);

    private async Task<IReadOnlyList<QueueRow>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<QueueRow>(new CommandDefinition(sql, parameters, cancellationToken: cancellation))];
    }
}
