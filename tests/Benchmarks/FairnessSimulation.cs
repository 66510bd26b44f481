using System.Globalization;
using Debci.Api.Claims;
using Debci.Api.Requests;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;
using Debci.Projections;

namespace Debci.Benchmarks;

/// <summary>
/// A day of a busy architecture, on the real queue and the real claims, in simulated time: 50 workers, two of them machines, which a tenth of
/// the runs need, a perl-sized burst, and 20 requesters who want other things meanwhile. How long each kind of request waits, beside what it would wait first come, first served.
/// </summary>
internal static class FairnessSimulation
{
    private const int Workers = 50;
    private const int Machines = 2; // of the workers
    private const int Singles = 17;
    private const string Machine = "qemu";

    private sealed record Wish(double At, string Kind, string Requester, string Package, string Trigger, double Minutes, string? Needs);

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var wishes = Day(scale, new Random(5)).OrderBy(w => w.At).ToList();
        var ours = await OnTheQueue(wishes);
        var fifo = FirstComeFirstServed(wishes);
        Console.WriteLine($"   {"",-44}{"runs",6}{"waits, in minutes: median",27}{"p95",8}{"longest",9}   first come, first served: median, p95, longest");
        foreach (var kind in wishes.Select(w => w.Kind).Distinct())
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"   {kind,-44}{wishes.Count(w => w.Kind == kind),6}{Of(ours, kind, 50),27:0.0}{Of(ours, kind, 95),8:0.0}{Of(ours, kind, 100),9:0.0}{Of(fifo, kind, 50),36:0.0}{Of(fifo, kind, 95),8:0.0}{Of(fifo, kind, 100),9:0.0}"));
        var kinds = wishes.Select(w => w.Kind).Distinct().Select((kind, i) => (kind, i));
        return [.. kinds.Select(k => Figure.Of($"fairness.wait.{k.i}", "min", [Of(ours, k.kind, 50), Of(ours, k.kind, 95), Of(ours, k.kind, 100)], $"{k.kind}: median, p95, longest", Of(fifo, k.kind, 95)))];
    }

    // Minutes from the start of the day; a run takes ten minutes on average, some take hours.
    private static IEnumerable<Wish> Day(double scale, Random chance)
    {
        for (var i = 0; i < 5000 * scale; i++)
            yield return i % 10 == 0 ? Make(0, "500 of them need a machine", "britney", $"perl-user-{i}", "perl/5.42.0-1", Machine)
                : Make(0, "4,500 runs for perl, one requester", "britney", $"perl-user-{i}", "perl/5.42.0-1");
        for (var i = 0; i < 300 * scale; i++)
            yield return Make(60, "300 runs for glibc, the same requester", "britney", $"glibc-user-{i}", "glibc/2.42-1");
        for (var i = 0; i < 1000 * scale; i++)
            yield return Make(90, "1,000 runs, each its own trigger, another one", "rebuilder", $"rebuilt-{i}", $"rebuilt-{i}/2-1");
        for (var i = 0; i < 40; i++)
            yield return Make(chance.NextDouble() * 600, "single uploads, the burst's requester", "britney", $"upload-{i}", $"upload-{i}/3-1");
        for (var r = 0; r < Singles; r++)
        {
            for (var i = 0; i < 8; i++)
                yield return Make(chance.NextDouble() * 600, "single runs of 17 maintainers", $"maintainer-{r}", $"own-{r}-{i}", $"own-{r}-{i}/1-2");
            yield return Make(chance.NextDouble() * 600, "single runs of theirs that need a machine", $"maintainer-{r}", $"own-{r}", $"own-{r}/1-2", Machine);
        }

        Wish Make(double at, string kind, string requester, string package, string trigger, string? needs = null) =>
            new(at, kind, requester, package, trigger, Math.Min(300, -Math.Log(1 - chance.NextDouble()) * 10), needs);
    }

    private static double Of(IReadOnlyList<(Wish Wish, double Waited)> waits, string kind, double percent) =>
        Figure.Percentile([.. waits.Where(w => w.Wish.Kind == kind).Select(w => w.Waited)], percent);

    // Each worker takes the oldest wish that it can fulfil: the machines any, the others those that need none.
    private static List<(Wish, double)> FirstComeFirstServed(List<Wish> wishes)
    {
        var (plain, machine) = (new Queue<Wish>(wishes.Where(w => w.Needs is null)), new Queue<Wish>(wishes.Where(w => w.Needs is not null)));
        var free = new PriorityQueue<int, double>(Enumerable.Range(0, Workers).Select(w => (w, 0.0)));
        var waits = new List<(Wish, double)>();
        while (free.TryDequeue(out var worker, out var at) && plain.Count + machine.Count > 0)
        {
            var first = new[] { plain, machine }.Take(worker < Machines ? 2 : 1).Where(q => q.Count > 0).MinBy(q => q.Peek().At);
            if (first is null)
                continue; // nothing is left for this one
            var wish = first.Dequeue();
            var start = Math.Max(at, wish.At);
            waits.Add((wish, start - wish.At));
            free.Enqueue(worker, start + wish.Minutes);
        }
        return waits;
    }

    private static async Task<List<(Wish, double)>> OnTheQueue(List<Wish> wishes)
    {
        await using var server = await Server.Start(c => c with { Backends = ["fake", Machine], LeaseSeconds = 86_400 });
        var (leases, batches, position, log, queue) = (server.Get<Leases>(), server.Get<Batches>(), server.Get<ReadPosition>(), server.Get<IEventLog>(), server.Get<QueueQueries>());
        var (waits, waiting, running) = (new List<(Wish, double)>(), new Dictionary<long, Wish>(), new PriorityQueue<(Lease Lease, int Worker), double>());
        var (free, fronts) = (Enumerable.Range(0, Workers).ToList(), new LaneFronts(TimeProvider.System));
        for (var next = 0; next < wishes.Count || waiting.Count > 0;)
        {
            var now = Now(next);
            for (; next < wishes.Count && wishes[next].At <= now;)
                next = await Request(next);
            while (running.TryPeek(out var over, out var end) && end <= now)
            {
                running.Dequeue();
                await Obey(server, Passed(over.Lease));
                await leases.Drop(over.Lease.Run.Id, default);
                free.Add(over.Worker);
            }
            await position.WaitFor(await log.Head(), TimeSpan.FromMinutes(5));
            var lanes = (await queue.Lanes()).Select(l => l.Lane).ToList();
            for (var i = free.Count - 1; i >= 0; i--)
            {
                if (await Take(free[i], lanes) is not { } lease)
                    continue;
                await Obey(server, new RunCommand.Start(lease.Run, lease.Attempt, lease.Worker, lease.Backend));
                waiting.Remove(lease.Run.Id, out var wish);
                waits.Add((wish!, now - wish!.At));
                running.Enqueue((lease, free[i]), now + wish.Minutes);
                free.RemoveAt(i);
            }
        }
        return waits;

        async Task<Lease?> Take(int worker, IEnumerable<Lane> lanes)
        {
            OpenLane[] open = [.. lanes.Where(l => l.Needs.Count == 0 || worker < Machines).Select(l => new OpenLane(l.Name, "fake", false))];
            return (await new TakeFirst(server.Get<Npgsql.NpgsqlDataSource>(), fronts).Run([new Wanted(Guid.NewGuid(), $"w{worker}", Guid.Empty, open)], [], new(86_400, TimeSpan.FromDays(1)), default))[0].Taken?.Lease;
        }

        double Now(int next) => Math.Min(next < wishes.Count ? wishes[next].At : double.MaxValue, running.TryPeek(out _, out var end) ? end : double.MaxValue);

        // What one requester wants at one moment is one batch.
        async Task<int> Request(int first)
        {
            var some = wishes.Skip(first).TakeWhile(w => w.At == wishes[first].At && w.Requester == wishes[first].Requester).ToList();
            var items = some.Select(w => new TestRequest(w.Package, "testing", "amd64", [w.Trigger], [], [], w.Needs, TestRequest.DefaultPriority, false)).ToList();
            var stored = await batches.Store(new Batches.Order(Guid.NewGuid(), some[0].Requester, items, OnBadRequest.RefuseBatch), Info(), default);
            foreach (var (wish, answer) in some.Zip(stored.Answers))
                waiting[answer.RunId!.Value] = wish;
            return first + some.Count;
        }
    }

    private static Task<RunCommands.Obeyed> Obey(Server server, RunCommand command) => server.Get<RunCommands>().Obey(command, Info(), default);

    private static CommandInfo Info() => new(Guid.NewGuid(), "simulate", "debci", Guid.NewGuid());

    private static RunCommand.Tell Passed(Lease lease)
    {
        var report = new Report(DateTimeOffset.UnixEpoch, 1, [], 0, false, 0, 0, "1-1");
        return new RunCommand.Tell(lease.Run, lease.Attempt, lease.Worker, report, new Verdict(Status.Pass, null, "passed"), lease.Asked, RetryPolicy.Default);
    }
}
