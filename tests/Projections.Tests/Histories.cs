using CsCheck;
using Debci.Domain;

namespace Debci.Projections.Tests;

/// <summary>Believable histories: the deciders themselves are the judges of what may happen.</summary>
internal static class Histories
{
    private static readonly string[] Packages = ["hello", "gzip", "libpng1.6"];
    private static readonly string[] Workers = ["w1", "w2", "w3"];

    /// <summary>Streams with their events, in an order in which they can have been appended.</summary>
    public static readonly Gen<List<(string Stream, object Happened)>> Any = Gen.Select(Gen.Int[1, 6], Gen.Int[0, 60], Gen.Int[0, int.MaxValue - 1], Make);

    private static List<(string Stream, object Happened)> Make(int batches, int steps, int seed)
    {
        var chance = new Random(seed);
        var history = new List<(string, object)>();
        foreach (var worker in Workers)
            history.Add((Streams.Worker(worker), new WorkerEvent.Announced(worker, ["amd64"], ["fake"], "test")));
        var runs = new Dictionary<long, (BatchEvent.Requested Asked, Run State)>();
        for (var batch = 0; batch < batches; batch++)
            AddBatch(history, runs, batch, chance);
        for (var step = 0; step < steps; step++)
            AddStep(history, runs, chance);
        return history;
    }

    private static void AddBatch(List<(string, object)> history, Dictionary<long, (BatchEvent.Requested, Run)> runs, int batch, Random chance)
    {
        var items = Enumerable.Range(0, chance.Next(1, 5)).Select(_ => new TestRequest(
            Packages[chance.Next(3)], chance.Next(2) == 0 ? "testing" : "unstable", "amd64", ["glibc/2.41-6"],
            chance.Next(3) == 0 ? [new Pin(["src:glibc"], "unstable")] : [], [], null, chance.Next(1, 11), chance.Next(4) == 0)).ToList();
        var id = new Guid(batch + 1, 0, 0, new byte[8]);
        var happened = Batch.Decide(new RequestBatch(id, "alice", items, [.. items.Select((_, i) => (batch * 100L) + i + 1)]), Batch.Unknown);
        var complete = chance.Next(5) != 0; // now and then one is cut short, and its runs never count
        foreach (var e in complete ? happened : happened.SkipLast(1))
            history.Add((Streams.Batch(id), e));
        foreach (var e in complete ? happened.OfType<BatchEvent.Requested>() : [])
            runs[e.Run.Id] = (e, Run.Unstarted);
    }

    private static void AddStep(List<(string, object)> history, Dictionary<long, (BatchEvent.Requested Asked, Run State)> runs, Random chance)
    {
        if (runs.Count == 0)
            return;
        var (id, (asked, state)) = runs.ElementAt(chance.Next(runs.Count));
        try
        {
            foreach (var e in RunDecider.Decide(Command(asked, state, chance), state))
            {
                history.Add((Streams.Run(id), e));
                runs[id] = (asked, state = Run.Evolve(state, e));
            }
        }
        catch (RefusedException)
        {
            // not possible now
        }
    }

    private static RunCommand Command(BatchEvent.Requested asked, Run state, Random chance) => (state, chance.Next(12)) switch
    {
        (_, 0) => new RunCommand.Cancel(asked.Run),
        (_, 1) => new RunCommand.Supersede(asked.Run, 999),
        (Run.Pending { Attempts: > 0 }, 2) => new RunCommand.Abandon(asked.Run, Cause.WorkerLost),
        (Run.Pending p, _) => new RunCommand.Start(asked.Run, p.Attempts + 1, Workers[chance.Next(3)], "fake"),
        (Run.Running r, 3 or 4) => new RunCommand.Lose(asked.Run, r.Attempt, RetryPolicy.Default),
        (Run.Running r, _) => Tell(asked, r, chance.Next(3)),
        _ => new RunCommand.Cancel(asked.Run),
    };

    private static RunCommand.Tell Tell(BatchEvent.Requested asked, Run.Running running, int kind)
    {
        var (code, outcome) = kind switch { 0 => (0, TestOutcome.Pass), 1 => (4, TestOutcome.Fail), _ => (16, TestOutcome.Pass) };
        var report = new Report(DateTimeOffset.UnixEpoch, 5, [new TestResult("t", outcome, "why")], 1, false, 10, code, "1-1", new string('a', 64), 7);
        return new RunCommand.Tell(asked.Run, running.Attempt, running.Worker, report, Verdict.Of(report, new Summary(report.Tests, null, null)),
            new RunCommand.AskedFacts(asked.Requester, asked.Triggers, asked.Pins.Count > 0), RetryPolicy.Default);
    }
}
