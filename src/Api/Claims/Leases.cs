using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Claims;

/// <summary>A worker's right to an attempt.</summary>
/// <param name="Run">Which run, of what.</param>
/// <param name="Attempt">Which attempt.</param>
/// <param name="Worker">Whose.</param>
/// <param name="Backend">The backend it is to run on.</param>
/// <param name="Asked">What of the request its result will repeat.</param>
public sealed record Lease(RunKey Run, int Attempt, string Worker, string Backend, RunCommand.AskedFacts Asked);

/// <summary>
/// Leases say who may run what, and until when; the database's clock alone decides. A lease is taken before its Started is stored:
/// whoever inserts the row has the run, and a crash between the two leaves a lease that expires.
/// </summary>
public sealed class Leases(NpgsqlDataSource database)
{
    private const string Columns = "run, package, suite, arch, private, attempt, worker, backend, requester, triggers, pinned";

    /// <summary>The lease that this claim was given before, if its answer was lost on the way.</summary>
    public async Task<Lease?> OfClaim(Guid claim, CancellationToken cancellation) =>
        (await Ask($"select {Columns} from work.leases where claim = @claim and not lost", new { claim }, cancellation)).SingleOrDefault();

    /// <summary>Whether a worker that was set aside at this time may have a run as a probe: it has none, and the last one is long enough ago.</summary>
    public async Task<bool> MayProbe(string worker, DateTimeOffset since, int minutes, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition("""
            select coalesce(greatest(case when @since <= now() then @since end, (select probed_at from work.worker_calls where worker = @worker)), '-infinity') <= now() - make_interval(mins => @minutes)
                and not exists (select from work.leases where worker = @worker)
            """, new { worker, since = since.UtcDateTime, minutes }, cancellationToken: cancellation));
    }

    /// <summary>Notes that a worker was given a probe just now.</summary>
    public Task Probes(string worker, CancellationToken cancellation) =>
        Execute("update work.worker_calls set probed_at = now() where worker = @worker", new { worker }, cancellation);

    /// <summary>Prolongs the lease from now on; false when it is not this worker's any more.</summary>
    public async Task<bool> Prolong(long run, int attempt, string worker, Guid account, int seconds, CancellationToken cancellation) =>
        await Execute("""
            update work.leases set until = now() + make_interval(secs => @seconds)
            where run = @run and attempt = @attempt and worker = @worker and account = @account and not lost
            """, new { run, attempt, worker, account, seconds }, cancellation) == 1;

    /// <summary>The lease of an attempt, if this worker holds it: by its name, and with the key of the account that claimed.</summary>
    public async Task<Lease?> Held(long run, int attempt, string worker, Guid account, CancellationToken cancellation) =>
        (await Ask($"select {Columns} from work.leases where run = @run and attempt = @attempt and worker = @worker and account = @account and not lost",
            new { run, attempt, worker, account }, cancellation)).SingleOrDefault();

    /// <summary>Gives a lease back, whosever it is.</summary>
    public Task Drop(long run, CancellationToken cancellation) =>
        Execute("delete from work.leases where run = @run", new { run }, cancellation);

    /// <summary>Gives back the leases of attempts that are over.</summary>
    public Task Drop(IReadOnlyCollection<(long Run, int Attempt)> over, CancellationToken cancellation) => Execute(
        "delete from work.leases l using unnest(@runs, @attempts) as o (run, attempt) where l.run = o.run and l.attempt = o.attempt",
        new { runs = over.Select(o => o.Run).ToArray(), attempts = over.Select(o => o.Attempt).ToArray() }, cancellation);

    /// <summary>Gives back the leases of runs that have ended: a crash fell between a run's end and its lease's.</summary>
    public Task DropEnded(CancellationToken cancellation) => Execute("""
        delete from work.leases l using read.runs r
        where r.run = l.run and r.state in ('finished', 'cancelled', 'superseded', 'abandoned')
        """, new { }, cancellation);

    /// <summary>
    /// Notes that leases are looked after. When nobody has for half as long as a lease lasts, the server or the database was away and no worker
    /// could call: then every lease begins anew, before any is marked as lost. So it does when the clock was set back while nobody looked, lest
    /// one that is silent keeps its run until the clock has come so far again.
    /// </summary>
    public Task Watch(int seconds, CancellationToken cancellation) => Execute("""
        with away as (select from work.watch where at < now() - make_interval(secs => greatest(2, @seconds / 2.0))),
            renewed as (update work.leases set until = greatest(until, now() + make_interval(secs => @seconds)) where not lost and exists (select from away)),
            back as (select from work.watch where at > now() + interval '2 seconds'), -- less is another node's look at this moment
            cut as (update work.leases set until = now() + make_interval(secs => @seconds), since = least(since, now()) where not lost and exists (select from back))
        insert into work.watch (at) values (now()) on conflict (one) do update set at = now()
        """, new { seconds }, cancellation);

    /// <summary>
    /// Lets the leases expire whose workers keep them for longer than any run may take: the worker's own limit has failed, or its report does
    /// again and again.
    /// </summary>
    /// <param name="limit">How long runs of a suite and arch may take, all in all, in seconds.</param>
    /// <param name="but">Workers whose runs wait elsewhere, too, and have a limit of their own.</param>
    /// <param name="now">The time, as <see cref="ClockSteps"/> has found it right.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task EndOverlong(Func<string, string, int> limit, IReadOnlyCollection<string> but, DateTime now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var places = (await connection.QueryAsync<(string Suite, string Arch)>(new CommandDefinition("select distinct suite, arch from work.leases", cancellationToken: cancellation))).ToList();
        await connection.ExecuteAsync(new CommandDefinition("""
            update work.leases l set until = '-infinity' from unnest(@suites, @arches, @limits) as p (suite, arch, most)
            where (l.suite, l.arch) = (p.suite, p.arch) and l.since < @now - make_interval(secs => p.most) and l.worker <> all(@but)
            """, new { but = but.ToArray(), suites = places.Select(p => p.Suite).ToArray(), arches = places.Select(p => p.Arch).ToArray(), limits = places.Select(p => limit(p.Suite, p.Arch)).ToArray(), now },
            cancellationToken: cancellation));
    }

    /// <summary>
    /// Marks expired leases as lost and gives them out (those marked before, too: their rescuer may have died). From the mark on no
    /// heartbeat prolongs them, so that a run is never declared lost while its worker is told to go on.
    /// </summary>
    /// <param name="now">The time, as <see cref="ClockSteps"/> has found it right: a clock that is set behind its back ends no lease.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<Lease>> MarkLost(DateTime now, CancellationToken cancellation) =>
        Ask($"update work.leases set lost = true where until < @now returning {Columns}", new { now }, cancellation);

    /// <summary>
    /// Running runs without any lease, for longer than a lease lasts: a crash fell between the end of a lease and what was to follow.
    /// </summary>
    public Task<IReadOnlyList<Lease>> RunningWithoutLease(int seconds, CancellationToken cancellation) => Ask("""
        select run, package, suite, arch, private, attempts as attempt, worker, coalesce(backend, '') as backend,
            requester, triggers, pins is not null as pinned from read.queue q
        where state = 'running' and not started_at between now() - make_interval(secs => @seconds) and now() -- later: the clock was set back
            and not exists (select from work.leases l where l.run = q.run)
        """, new { seconds }, cancellation);

    /// <summary>Notes that a worker called just now, for those who look after workers.</summary>
    public Task Heard(string worker, CancellationToken cancellation) => Execute(
        "insert into work.worker_calls (worker, at) values (@worker, now()) on conflict (worker) do update set at = now()", new { worker }, cancellation);

    /// <summary>When each worker called last, and what time it is, by the database's clock.</summary>
    public async Task<(DateTime Now, IReadOnlyDictionary<string, DateTime> Calls)> LastCalls(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = (await connection.QueryAsync<(string?, DateTime?, DateTime)>(new CommandDefinition(
            "select worker, at, now() from (select 1) as always left join work.worker_calls on true", cancellationToken: cancellation))).ToList();
        return (rows[0].Item3, rows.Where(r => r.Item1 is not null).ToDictionary(r => r.Item1!, r => r.Item2!.Value));
    }

    private async Task<IReadOnlyList<Lease>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
        return [.. rows.Select(r => new Lease(new RunKey(r.Run, r.Package, r.Suite, r.Arch, r.Private), r.Attempt, r.Worker, r.Backend,
            new RunCommand.AskedFacts(r.Requester, r.Triggers.Split(' ', StringSplitOptions.RemoveEmptyEntries), r.Pinned)))];
    }

    private async Task<int> Execute(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
    }

    private sealed record Row(long Run, string Package, string Suite, string Arch, bool Private, int Attempt, string Worker, string Backend,
        string Requester, string Triggers, bool Pinned);
}
