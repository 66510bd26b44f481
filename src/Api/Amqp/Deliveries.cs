using Dapper;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Amqp;

/// <summary>A run that a fleet has.</summary>
/// <param name="Run">Which.</param>
/// <param name="Attempt">Which attempt at it.</param>
/// <param name="Worker">The fleet's worker.</param>
public sealed record HeldRun(long Run, int Attempt, string Worker);

/// <summary>
/// What fleets have: the leases of their workers, and whether the broker has confirmed the message of each. All of it is in the database,
/// so that another process goes on where this one ends.
/// </summary>
public sealed class Deliveries(NpgsqlDataSource database, IEventLog log)
{
    /// <summary>The tables, created by <c>debci migrate</c>.</summary>
    public const string Tables = $"""
        alter table work.leases add column if not exists delivered_at timestamptz; -- when the broker confirmed the message of a fleet's run
        {RequestIdentity.Tables}
        """;

    // A broker that is away for so long keeps the one run that was claimed for it from others.
    private const int UndeliveredSeconds = 600;

    /// <summary>Who claims and reports for all fleets. No key belongs to this account.</summary>
    public static readonly Caller Bridge = new(Guid.Empty, "amqp", new HashSet<Scope> { Scope.Report });

    /// <summary>Prolongs a fleet's leases, but for those beyond its limit: these expire.</summary>
    public Task Renew(AmqpFleet fleet, int seconds, CancellationToken cancellation) => Execute("""
        update work.leases set until = now() + make_interval(secs => @seconds)
        where worker = @worker and account = @account and not lost
            and since >= now() - make_interval(secs => case when delivered_at is null then least(@limit, @undelivered) else @limit end)
        """, new { seconds, worker = fleet.Worker, account = Bridge.AccountId, limit = fleet.Limits.LimitSeconds, undelivered = UndeliveredSeconds }, cancellation);

    /// <summary>The claims of a fleet whose messages the broker has not confirmed: it may have them or not.</summary>
    public async Task<IReadOnlyList<Guid>> Undelivered(AmqpFleet fleet, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<Guid>(new CommandDefinition("select claim from work.leases where worker = @worker and account = @account and not lost and delivered_at is null order by since",
            new { worker = fleet.Worker, account = Bridge.AccountId }, cancellationToken: cancellation))];
    }

    /// <summary>Notes that the broker has the message.</summary>
    public Task Confirm(HeldRun run, CancellationToken cancellation) => Execute(
        "update work.leases set delivered_at = now() where run = @Run and attempt = @Attempt and worker = @Worker", run, cancellation);

    /// <summary>How many runs a fleet has.</summary>
    public async Task<long> Count(AmqpFleet fleet, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "select count(*) from work.leases where worker = @worker", new { worker = fleet.Worker }, cancellationToken: cancellation));
    }

    /// <summary>Takes back that the broker has a fleet's messages: it has lost them. How many runs that are.</summary>
    public Task<int> Recall(AmqpFleet fleet, CancellationToken cancellation) => Execute(
        "update work.leases set delivered_at = null where worker = @worker and account = @account and not lost and delivered_at is not null",
        new { worker = fleet.Worker, account = Bridge.AccountId }, cancellation);

    /// <summary>The attempt at a run that a fleet has; null when none has it (any more). A lease goes a moment after the end of its attempt: the log knows.</summary>
    public async Task<HeldRun?> Held(long run, CancellationToken cancellation) =>
        await Leased(run, cancellation) is { } leased && (await Events(run, cancellation)).Aggregate(Run.Unstarted, Run.Evolve) is Run.Running now && (now.Attempt, now.Worker) == (leased.Attempt, leased.Worker) ? leased : null;

    /// <summary>Whether a fleet had this run once and has it no more, so that a message that is still around asks for nothing.</summary>
    public async Task<bool> IsGone(long run, CancellationToken cancellation) =>
        (await Events(run, cancellation)).Any(e => e is RunEvent.Started s && s.Worker.StartsWith(AmqpFleet.WorkerBegin, StringComparison.Ordinal)) && await Held(run, cancellation) is null;

    private async Task<IReadOnlyList<RunEvent>> Events(long run, CancellationToken cancellation) =>
        [.. (await log.ReadStream(Streams.Run(run), 0, cancellation)).Select(e => (RunEvent)e.Decode()!)];

    private async Task<HeldRun?> Leased(long run, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<HeldRun>(new CommandDefinition(
            "select run, attempt, worker from work.leases where run = @run and account = @account and starts_with(worker, @begin) and not lost",
            new { run, account = Bridge.AccountId, begin = AmqpFleet.WorkerBegin }, cancellationToken: cancellation));
    }

    private async Task<int> Execute(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
    }
}
