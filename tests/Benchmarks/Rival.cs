using System.Diagnostics;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>What the log is compared with: one row an insert, autocommit, of the same bytes, over many connections.</summary>
internal static class Rival
{
    public static async Task<double> InsertsPerSecond(string connection, int connections, int each, string data)
    {
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { MaxPoolSize = connections, MaxAutoPrepare = 5 });
        await using (var create = database.CreateCommand(
            "drop table if exists rival; create table rival (seq bigint generated always as identity primary key, id uuid not null, stream text not null, version bigint not null, data jsonb not null, headers jsonb not null, at timestamptz not null default now(), unique (stream, version))"))
            await create.ExecuteNonQueryAsync();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async c =>
        {
            await using var one = await database.OpenConnectionAsync();
            for (var i = 0; i < each; i++)
            {
                await using var insert = new NpgsqlCommand("insert into rival (id, stream, version, data, headers) values ($1, $2, $3, $4::jsonb, $5::jsonb)", one);
                foreach (object value in new object[] { Guid.NewGuid(), $"run-{c}-{i}", 1L, data, "{\"actor\":\"worker:w1\",\"command\":\"reportAttempt\",\"commandId\":\"00000000-0000-7000-8000-000000000001\",\"correlation\":\"00000000-0000-7000-8000-000000000001\",\"origin\":\"live\"}" })
                    insert.Parameters.Add(new NpgsqlParameter { Value = value });
                await insert.ExecuteNonQueryAsync();
            }
        }));
        return connections * each / watch.Elapsed.TotalSeconds;
    }

    /// <summary>What a claim is compared with: a lease that goes in once, and one event, durable, each a statement.</summary>
    public static async Task<double> LeasesPerSecond(string connection, int connections, int each, string data)
    {
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { MaxPoolSize = connections, MaxAutoPrepare = 5 });
        await using (var create = database.CreateCommand("""
            create table if not exists rival_leases (run bigint primary key, worker text not null, until timestamptz not null);
            create table if not exists rival_events (seq bigint generated always as identity primary key, stream text not null, data jsonb not null);
            truncate rival_leases
            """))
            await create.ExecuteNonQueryAsync();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async c =>
        {
            await using var one = await database.OpenConnectionAsync();
            for (var i = 0; i < each; i++)
            {
                await using var lease = new NpgsqlCommand("insert into rival_leases values ($1, $2, now() + interval '1 minute') on conflict do nothing", one);
                lease.Parameters.Add(new NpgsqlParameter { Value = (c * 1_000_000L) + i });
                lease.Parameters.Add(new NpgsqlParameter { Value = $"w{c}" });
                await lease.ExecuteNonQueryAsync();
                await using var append = new NpgsqlCommand("insert into rival_events (stream, data) values ($1, $2::jsonb)", one);
                append.Parameters.Add(new NpgsqlParameter { Value = $"run-{c}-{i}" });
                append.Parameters.Add(new NpgsqlParameter { Value = data });
                await append.ExecuteNonQueryAsync();
            }
        }));
        return connections * each / watch.Elapsed.TotalSeconds;
    }

    /// <summary>The p50 of one durable insert alone, in ms: what nothing that is durable can beat.</summary>
    public static async Task<double> OneInsertMs(string connection)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using (var create = database.CreateCommand("create table if not exists rival_one (id uuid primary key)"))
            await create.ExecuteNonQueryAsync();
        var times = new List<double>();
        for (var i = 0; i < 200; i++)
        {
            var watch = Stopwatch.StartNew();
            await using var insert = database.CreateCommand("insert into rival_one values (gen_random_uuid())");
            await insert.ExecuteNonQueryAsync();
            times.Add(watch.Elapsed.TotalMilliseconds);
        }
        return Figure.Median(times);
    }
}
