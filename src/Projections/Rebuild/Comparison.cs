using System.Data;
using Npgsql;

namespace Debci.Projections;

/// <summary>What a comparison of a read model with one built anew gave.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Position">Both are of this position.</param>
/// <param name="Rows">How many rows were compared, of all tables.</param>
/// <param name="First">The first difference, if any.</param>
public sealed record Compared(string Model, long Position, long Rows, Difference? First);

/// <summary>A row that is not the same.</summary>
/// <param name="Table">Of which table.</param>
/// <param name="Key">Its primary key as JSON; of a table without one, the whole row.</param>
/// <param name="Live">The live row as JSON; null when there is none.</param>
/// <param name="Rebuilt">The row as the log gives it; null when there is none.</param>
public sealed record Difference(string Table, string Key, string? Live, string? Rebuilt);

/// <summary>
/// Compares a live read model with its shadow: the live one is held for the moment that the shadow needs to come to the same position and a
/// snapshot to be taken; what is compared is that snapshot, and the projector goes on.
/// </summary>
internal sealed class Comparison(Shadow shadow, Shadows shadows, NpgsqlDataSource database)
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(10);

    private string Live => shadow.Model.Schema();

    public async Task<Compared> Run(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await AtOnePosition(connection, cancellation);
        var rows = 0L;
        foreach (var table in connection.Ask("select tablename::text from pg_tables where schemaname = $1 order by 1", r => r.GetString(0), Live))
        {
            rows += connection.Ask($"select count(*) from {Live}.{table}", r => r.GetInt64(0))[0];
            if (First(connection, table) is { } difference)
                return new Compared(shadow.Model.Name, shadow.Position, rows, difference);
        }
        return new Compared(shadow.Model.Name, shadow.Position, rows, null);
    }

    private async Task AtOnePosition(NpgsqlConnection snapshot, CancellationToken cancellation)
    {
        for (var began = Environment.TickCount64; ; await Task.Delay(100, cancellation))
        {
            await shadows.CatchUp(shadow, await Position(cancellation), cancellation);
            await using var fence = await database.OpenConnectionAsync(cancellation);
            await using var held = await fence.BeginTransactionAsync(cancellation);
            var (position, stopped) = fence.Ask("select position, stopped_at is not null from read.checkpoints where name = $1 and version = $2 for update",
                r => (r.GetInt64(0), r.GetBoolean(1)), shadow.Model.Name, shadow.Model.Version).Single();
            if (stopped)
                throw new InvalidOperationException($"The read model {shadow.Model.Name} has stopped before an event that it cannot read; mend that and run `debci resume {shadow.Model.Name}` first.");
            await shadows.CatchUp(shadow, position, cancellation);
            if (shadow.Position == position)
            {
                snapshot.Run("select 1"); // a snapshot is taken by the first statement
                return;
            }
            if (Environment.TickCount64 - began > CatchUp.TotalMilliseconds)
                throw new InvalidOperationException($"The rows of {shadow.Model.Name} are behind the log and nobody moves them; start the server, or run `debci rebuild {shadow.Model.Name}`.");
        }
    }

    private async Task<long> Position(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return connection.Ask("select position from read.checkpoints where name = $1 and version = $2", r => r.GetInt64(0), shadow.Model.Name, shadow.Model.Version).SingleOrDefault();
    }

    private Difference? First(NpgsqlConnection connection, string table)
    {
        var key = connection.Ask("""
            select a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
            where i.indrelid = $1::text::regclass and i.indisprimary order by array_position(i.indkey::int[], a.attnum::int)
            """, r => r.GetString(0), $"{Live}.{table}");
        var found = key.Count > 0 ? ByKey(connection, table, key) : ByRow(connection, table);
        return found.Count == 0 ? null : found[0];
    }

    private List<Difference> ByKey(NpgsqlConnection connection, string table, List<string> key)
    {
        var columns = string.Join(", ", key);
        return connection.Ask($"""
            select (select jsonb_object_agg(k, v) from jsonb_each(coalesce(to_jsonb(l), to_jsonb(r))) as e (k, v) where k = any($1))::text, to_jsonb(l)::text, to_jsonb(r)::text
            from {Live}.{table} l full join {shadow.Schema}.{table} r using ({columns})
            where to_jsonb(l) is distinct from to_jsonb(r) order by {columns} limit 1
            """, r => new Difference(table, r.GetString(0), r.TextAt(1), r.TextAt(2)), (object)key.ToArray());
    }

    private List<Difference> ByRow(NpgsqlConnection connection, string table) => connection.Ask($"""
        (select to_jsonb(x)::text as row, true as live from (select * from {Live}.{table} except all select * from {shadow.Schema}.{table}) x
        union all
        select to_jsonb(x)::text, false from (select * from {shadow.Schema}.{table} except all select * from {Live}.{table}) x) order by 1 limit 1
        """, r => r.GetBoolean(1) ? new Difference(table, r.GetString(0), r.GetString(0), null) : new Difference(table, r.GetString(0), null, r.GetString(0)));
}
