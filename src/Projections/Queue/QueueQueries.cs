using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>A run that is not over. Times are UTC by the log's clock.</summary>
public sealed record QueueRow(
    long Run, string Package, string Suite, string Arch, string State, int Priority, int Attempts, string? Worker,
    DateTime RequestedAt, DateTime? StartedAt);

/// <summary>Where a page of the queue ends: the next one begins behind it.</summary>
public sealed record QueueCursor(int Priority, long Run);

/// <summary>Questions about what is asked for and not over.</summary>
public sealed class QueueQueries(NpgsqlDataSource database)
{
    /// <summary>The queue in the order in which workers will take it (higher priority first, then the older run), at most <paramref name="most"/>.</summary>
    public async Task<IReadOnlyList<QueueRow>> List(
        string? suite, string? arch, string? package, QueueCursor? after, int most, Viewer viewer, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<QueueRow>(new CommandDefinition($"""
            select run, package, suite, arch, state, priority, attempts, worker, requested_at as RequestedAt, started_at as StartedAt from read.queue
            where state <> 'open' and {Viewer.MaySee} {(suite is null ? "" : "and suite = @suite")} {(arch is null ? "" : "and arch = @arch")}
                {(package is null ? "" : "and package = @package")} {(after is null ? "" : "and (-priority, run) > (-@priority, @run)")}
            order by -priority, run limit @most
            """, new { suite, arch, package, most, priority = after?.Priority, run = after?.Run, viewer.Account, viewer.SeesAll },
            cancellationToken: cancellation));
        return [.. rows];
    }

    /// <summary>How many runs wait, and how many are with a worker.</summary>
    public async Task<(long Pending, long Running)> Count(string? suite, string? arch, Viewer viewer, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleAsync<(long, long)>(new CommandDefinition($"""
            select count(*) filter (where state = 'pending'), count(*) filter (where state = 'running') from read.queue
            where state <> 'open' and {Viewer.MaySee} {(suite is null ? "" : "and suite = @suite")} {(arch is null ? "" : "and arch = @arch")}
            """, new { suite, arch, viewer.Account, viewer.SeesAll }, cancellationToken: cancellation));
    }
}
