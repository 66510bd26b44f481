using CsCheck;
using Debci.Domain;

namespace Debci.Projections.Tests;

/// <summary>Believable histories: the deciders themselves are the judges of what may happen.</summary>
internal static class Histories
{
    private static readonly string[] Packages = ["hello", "gzip", "libpng1.6"];
    private static readonly string[] Triggers = ["glibc/2.41-6", "hello/2", "perl/5.40-1"];
    private static readonly string[] Workers = ["w1", "w2", "w3"];
    private static readonly string[] Backends = ["fake", "lxc", "qemu"];

    /// <summary>Streams with their events, in an order in which they can have been appended.</summary>
    public static readonly Gen<List<(string Stream, object Happened)>> Any = Gen.Select(Gen.Int[1, 6], Gen.Int[0, 60], Gen.Int[0, int.MaxValue - 1], Make);

    private static List<(string Stream, object Happened)> Make(int batches, int steps, int seed)
    {
        var chance = new Random(seed);
        var history = new List<(string, object)>();
        foreach (var worker in Workers)
            history.Add((Streams.Worker(worker), new WorkerEvent.Announced(worker, ["amd64"], ["fake"], "test")));
        var runs = new Dictionary<long, (BatchEvent.Requested Asked, Run State)>();
        var decisions = new Decisions();
        var sources = new Dictionary<string, SuiteSources>();
        for (var batch = 0; batch < batches; batch++)
            AddBatch(history, runs, batch, chance);
        for (var step = 0; step < steps; step++)
        {
            if (chance.Next(8) == 0)
                AddBatch(history, runs, batches + step, chance);
            if (chance.Next(8) == 0)
                AddDecision(history, decisions, chance);
            if (chance.Next(8) == 0)
                AddImported(history, runs, step, chance);
            if (chance.Next(8) == 0)
                AddSource(history, sources, chance);
            AddStep(history, runs, chance);
        }
        return history;
    }

    private static void AddBatch(List<(string, object)> history, Dictionary<long, (BatchEvent.Requested, Run)> runs, int batch, Random chance)
    {
        var items = Enumerable.Range(0, chance.Next(1, 5)).Select(_ => new TestRequest(
            Packages[chance.Next(3)], chance.Next(2) == 0 ? "testing" : "unstable", "amd64", [Triggers[chance.Next(3)]],
            chance.Next(3) == 0 ? [new Pin(["src:glibc"], "unstable")] : [], [], null, chance.Next(1, 11), chance.Next(4) == 0)).ToList();
        var id = new Guid(batch + 1, 0, 0, new byte[8]);
        var answers = items.Select((_, i) => Answer(runs, (batch * 100L) + i + 1, chance)).ToList();
        var happened = Batch.Decide(new RequestBatch(id, chance.Next(2) == 0 ? "alice" : "bob", items, answers), Batch.Unknown);
        var complete = chance.Next(4) != 0; // now and then one is cut short, and its runs never count
        foreach (var e in complete ? happened : happened.SkipLast(1))
            history.Add((Streams.Batch(id), e));
        if (!complete && chance.Next(2) == 0)
        {
            history.Add((Streams.Batch(id), new BatchEvent.GivenUp(id, Guid.Empty)));
            history.AddRange(happened.Select(e => (Streams.Batch(id), (object)e)));
            complete = true;
        }
        foreach (var e in complete ? happened.OfType<BatchEvent.Requested>() : [])
            runs[e.Run.Id] = (e, Run.Unstarted);
    }

    private static ItemAnswer Answer(Dictionary<long, (BatchEvent.Requested, Run State)> runs, long fresh, Random chance)
    {
        var alive = runs.Where(r => r.Value.State is not Run.Ended).Select(r => r.Key).ToList();
        return chance.Next(6) switch
        {
            0 when alive.Count > 0 => new ItemAnswer.Joins(alive[chance.Next(alive.Count)]),
            1 => new ItemAnswer.Refused(new Refusal(RefusalCode.Rejected, "no")),
            2 => new ItemAnswer.New(fresh, [Routing.Machine]),
            _ => new ItemAnswer.New(fresh, []),
        };
    }

    // What operators, or the system on their behalf, decide beside the runs.
    private sealed class Decisions
    {
        public Dictionary<string, Policy> Policies { get; } = [];
        public Dictionary<string, Worker> Standing { get; } = [];
    }

    private static void AddDecision(List<(string, object)> history, Decisions decisions, Random chance)
    {
        var (package, worker) = (Packages[chance.Next(3)], Workers[chance.Next(3)]);
        string? version = chance.Next(2) == 0 ? "2" : null;
        PolicyCommand[] policies = [
            new PolicyCommand.Pause(PauseKind.Suite, "testing", "why"), new PolicyCommand.Unpause(PauseKind.Suite, "testing", null),
            new PolicyCommand.Pause(PauseKind.Backend, Routing.Machine, null), new PolicyCommand.Unpause(PauseKind.Backend, Routing.Machine, null),
            new PolicyCommand.Reject(package, "why"), new PolicyCommand.Readmit(package, null),
            new PolicyCommand.Quarantine(new PolicyEvent.Quarantined(package, "testing", "amd64", [1, 2, 3], version)),
            new PolicyCommand.LiftQuarantine(package, "testing", "amd64", version, null),
            new PolicyCommand.Waive(Waiver(package, chance.Next(2) == 0 ? DateTimeOffset.UnixEpoch : null), "why"), new PolicyCommand.WithdrawWaiver(Waiver(package, null), null)];
        WorkerCommand[] workers = [
            new WorkerCommand.Drain(worker, "why"), new WorkerCommand.Resume(worker, null),
            new WorkerCommand.PutAside(new WorkerEvent.SetAside(worker, 5, 10, 1, 100)), new WorkerCommand.Restore(worker, 1, null)];
        if (chance.Next(2) == 0)
        {
            var command = policies[chance.Next(policies.Length)];
            Decide(command.Stream, decisions.Policies, Policy.None, p => Obeyed(command, p), Policy.Evolve, history);
        }
        else
        {
            var command = workers[chance.Next(workers.Length)];
            var known = new Worker(new WorkerEvent.Announced(worker, ["amd64"], ["fake"], "test"), false, false);
            Decide(Streams.Worker(worker), decisions.Standing, known, w => Worker.Decide(command, w), Worker.Evolve, history);
        }
    }

    // A source leaves a suite, and perhaps comes back.
    private static void AddSource(List<(string, object)> history, Dictionary<string, SuiteSources> sources, Random chance)
    {
        var suite = chance.Next(2) == 0 ? "testing" : "unstable";
        string[] some = [Packages[chance.Next(3)], Packages[chance.Next(3)]];
        var command = chance.Next(2) == 0 ? new TellSources(suite, some, []) : new TellSources(suite, [], some);
        Decide(Streams.Sources(suite), sources, SuiteSources.Complete, s => SuiteSources.Decide(command, s), SuiteSources.Evolve, history);
    }

    private static Waiver Waiver(string package, DateTimeOffset? until) => new(WaiverKind.BadTest, "testing", package, "all", Until: until);

    private static IReadOnlyList<PolicyEvent> Obeyed(PolicyCommand command, Policy policy)
    {
        try
        {
            return Policy.Decide(command, policy);
        }
        catch (RefusedException)
        {
            return []; // taken back what does not hold
        }
    }

    private static void Decide<TState, TEvent>(
        string stream, Dictionary<string, TState> states, TState first, Func<TState, IReadOnlyList<TEvent>> decide,
        Func<TState, TEvent, TState> evolve, List<(string, object)> history) where TEvent : notnull
    {
        var state = states.GetValueOrDefault(stream, first);
        foreach (var e in decide(state))
        {
            history.Add((stream, e));
            states[stream] = state = evolve(state, e);
        }
    }

    private static void AddStep(List<(string, object)> history, Dictionary<long, (BatchEvent.Requested Asked, Run State)> runs, Random chance)
    {
        if (runs.Count == 0)
            return;
        var (id, (asked, state)) = runs.ElementAt(chance.Next(runs.Count));
        try
        {
            foreach (var e in RunDecider.Decide(WithResult(Command(asked, state, chance), history), state))
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
        (Run.Pending p, _) => new RunCommand.Start(asked.Run, p.Attempts + 1, Workers[chance.Next(3)], Backends[chance.Next(3)]),
        (Run.Running r, 3 or 4) => new RunCommand.Lose(asked.Run, r.Attempt, RetryPolicy.Default),
        (Run.Running r, _) => Tell(asked, r, chance.Next(5)),
        (Run.Ended, 5 or 6 or 7) => new RunCommand.Publish(asked.Run, null),
        (Run.Ended, > 8) => new RunCommand.ExpireFiles(asked.Run, RetentionRule.Age, 30),
        _ => new RunCommand.Cancel(asked.Run),
    };

    // What is published tells what the run's stream told.
    private static RunCommand WithResult(RunCommand command, List<(string Stream, object Happened)> history) => command is not RunCommand.Publish publish ? command
        : publish with { Result = history.Where(h => h.Stream == Streams.Run(command.Run.Id)).Select(h => ResultOf(h.Happened)).FirstOrDefault(r => r is not null) };

    private static RunCommand.KnownResult? ResultOf(object happened) => happened switch
    {
        RunEvent.Finished h => new RunCommand.KnownResult(h, DateTimeOffset.UnixEpoch.AddDays(20_100)),
        RunEvent.Imported h => new RunCommand.KnownResult(h.Result, h.Date, h.DurationUnknown),
        _ => null,
    };

    // A run that ran elsewhere, long ago or yesterday.
    private static void AddImported(List<(string, object)> history, Dictionary<long, (BatchEvent.Requested, Run)> runs, int number, Random chance)
    {
        var run = new RunKey(1_000_000 + number, Packages[chance.Next(3)], "testing", "amd64", chance.Next(4) == 0);
        var date = DateTimeOffset.UnixEpoch.AddDays(20_000 + chance.Next(500));
        var report = new Report(date, 0, [], 0, false, 0, Version: "1-1");
        var imported = new RunEvent.Imported(new RunEvent.Finished(run, 1, "", (Status)chance.Next(4), "m", chance.Next(2) == 0, [Triggers[chance.Next(3)], Triggers[chance.Next(3)]], "alice", report),
            date.AddSeconds(2), date, [], ["unstable"], DurationUnknown: chance.Next(2) == 0 ? true : null, Words: chance.Next(3) == 0 ? "hash" : null);
        history.Add((Streams.Run(run.Id), imported));
        runs[run.Id] = (new BatchEvent.Requested(run, "alice", [], [], [], 5), Run.Evolve(Run.Unstarted, imported));
    }

    private static RunCommand.Tell Tell(BatchEvent.Requested asked, Run.Running running, int kind)
    {
        var (code, outcome, missed) = kind switch
        {
            0 => (0, TestOutcome.Pass, null),
            1 => (4, TestOutcome.Fail, null),
            2 => (16, TestOutcome.Pass, null),
            3 => (2, TestOutcome.Pass, "machine"),
            _ => (2, TestOutcome.Pass, "container"),
        };
        TestResult[] skipped = missed is null ? [] : [new TestResult("s", TestOutcome.Skip, $"Test requires {missed}-level isolation but testbed does not provide that")];
        var report = new Report(DateTimeOffset.UnixEpoch, 5, [new TestResult("t", outcome, "why"), .. skipped], 1 + skipped.Length, false, 10, code, "1-1", new string('a', 64), 7);
        return new RunCommand.Tell(asked.Run, running.Attempt, running.Worker, report, Verdict.Of(report, new Summary(report.Tests, null, null)),
            new RunCommand.AskedFacts(asked.Requester, asked.Triggers, asked.Pins.Count > 0), RetryPolicy.Default);
    }
}
