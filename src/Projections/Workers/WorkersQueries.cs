using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>A worker, and the run that it has, if any and if the viewer may see it. Times are UTC by the log's clock.</summary>
public sealed record WorkerRow(
    string Name, IReadOnlyList<string> Arches, IReadOnlyList<string> Backends, string Software, DateTimeOffset AnnouncedAt, long? Run, DateTimeOffset Since);

/// <summary>Questions about workers.</summary>
public sealed class WorkersQueries(NpgsqlDataSource database)
{
    /// <summary>All workers by name. The number of a private run is left out for those who may not see it.</summary>
    public async Task<IReadOnlyList<WorkerRow>> List(Viewer viewer, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition($"""
            select name, arches, backends, software, announced_at, (select q.run from read.queue q where q.run = w.run and {Viewer.MaySee}) as run, since
            from read.workers w order by name
            """, new { viewer.Account, viewer.SeesAll }, cancellationToken: cancellation));
        return [.. rows.Select(r => new WorkerRow(r.Name, Columns.Words(r.Arches), Columns.Words(r.Backends), r.Software, r.Announced_At, r.Run, r.Since))];
    }

    private sealed record Row(string Name, string Arches, string Backends, string Software, DateTime Announced_At, long? Run, DateTime Since);
}
