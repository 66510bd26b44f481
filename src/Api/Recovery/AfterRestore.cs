using Dapper;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Recovery;

/// <summary>
/// After a restore, the log says what happened; rows and the server's own tables may be of another time, or missing. What can be found in
/// the log is found there; what cannot, leases above all, ends by itself, since a run's own stream judges each report.
/// </summary>
public static class AfterRestore
{
    // Who goes on behind a position goes on behind the log's end, and not behind the end of one that was longer: else what comes until it has grown past that is missed.
    private static readonly (string Table, string Also)[] Cursors = [("work.reactions", ""), ("work.webhooks", ", within = 0"), ("work.amqp_outcomes", ", within = 0")];

    /// <summary>Mends what <c>debci migrate</c> may mend; nothing on a database that was never taken apart.</summary>
    public static async Task Mend(IEventLog log, NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        foreach (var cursors in Cursors)
            await MoveBack(log, connection, cursors, cancellation);
        await MoveRunIds(log, database, cancellation);
        await RestoreKeys(connection, cancellation);
    }

    private static async Task MoveBack(IEventLog log, NpgsqlConnection connection, (string Table, string Also) cursors, CancellationToken cancellation)
    {
        var reached = await connection.ExecuteScalarAsync<long?>(new CommandDefinition($"select max(position) from {cursors.Table}", cancellationToken: cancellation));
        if (await log.Head(cancellation) is var head && reached > head) // looked at behind what it is compared with: both move
            await connection.ExecuteAsync(new CommandDefinition($"update {cursors.Table} set position = @head{cursors.Also} where position > @head", new { head }, cancellationToken: cancellation));
    }

    /// <summary>Looks before the server serves.</summary>
    /// <exception cref="InvalidOperationException">Rows are of a later time than the log: new events would take places that they have passed.</exception>
    public static async Task Check(IEventLog log, NpgsqlDataSource database, IReadOnlyList<IReadModel> models, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var reached = (await connection.QueryAsync<(string Name, int Version, long Position)>(new CommandDefinition(
            "select name, version, position from read.checkpoints", cancellationToken: cancellation))).ToList();
        var head = await log.Head(cancellation); // behind the look at the rows: another server goes on with both
        var ahead = reached.Where(c => c.Position > head && models.Any(m => m.Name == c.Name && m.Version == c.Version)).ToList();
        if (ahead.Count > 0)
            throw new InvalidOperationException($"The read models {string.Join(", ", ahead.Select(c => c.Name))} have come to position {ahead.Max(c => c.Position)}, and the log ends at {head}: "
                + "they are of different times, as after a restore. Run `debci migrate`, which makes them anew from the log.");
    }

    /// <summary>Moves the run ids past those in the log: a number is given once, and a sequence that was restored from before the log, or made anew, would give it again.</summary>
    public static async Task MoveRunIds(IEventLog log, NpgsqlDataSource database, CancellationToken cancellation) =>
        await MoveRunIds(database, await HighestRun.Find(log, database, cancellation), cancellation);

    /// <summary>Has new runs get numbers above one.</summary>
    public static async Task MoveRunIds(NpgsqlDataSource database, long highest, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var durable = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("""
            set local synchronous_commit = on; -- of what a crash takes back, a number could be given again
            select setval('work.run_ids', @highest) from work.run_ids where @highest > case when is_called then last_value else 0 end
            """, new { highest }, cancellationToken: cancellation));
        await durable.CommitAsync(cancellation);
    }

    // Where no key is left although runs wait, the table is younger than they: identical requests are to join them as before.
    private static async Task RestoreKeys(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var waiting = (await connection.QueryAsync<Waiting>(new CommandDefinition("""
            select run, package, suite, arch, private, requester, triggers, pins::text as pins, extra_sources as ExtraSources, backend, priority from read.queue
            where not exists (select from work.request_keys) order by run
            """, cancellationToken: cancellation))).ToList();
        foreach (var some in waiting.Chunk(1000))
            await connection.ExecuteAsync(new CommandDefinition(
                "insert into work.request_keys (key, run, batch) select key, run, @none from unnest(@keys, @runs) as k (key, run) on conflict do nothing",
                new { none = Guid.Empty, keys = some.Select(w => w.Key).ToArray(), runs = some.Select(w => w.Run).ToArray() }, cancellationToken: cancellation));
    }

    private sealed record Waiting(long Run, string Package, string Suite, string Arch, bool Private, string Requester, string Triggers, string? Pins, string ExtraSources, string? Backend, int Priority)
    {
        public string Key => new TestRequest(Package, Suite, Arch, Words(Triggers), QueuedPins.Read(Pins), Words(ExtraSources), Backend, Priority, Private).Identity(Requester);

        private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
