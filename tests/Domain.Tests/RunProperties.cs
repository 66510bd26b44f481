using CsCheck;
using static Debci.Domain.RunCommand;

namespace Debci.Domain.Tests;

/// <summary>Whatever is commanded, in whatever order, delivered twice, with any prefix repeated.</summary>
public sealed class RunProperties
{
    private static readonly RunKey Key = new(7, "hello", "trixie", "amd64", false);
    private static readonly Gen<int> Attempt = Gen.Int[1, 4];
    private static readonly Gen<string> Worker = Chance.Of("w1", "w2");

    private static readonly Gen<RunCommand> Command = Gen.OneOf(
        Gen.Select(Attempt, Worker, (a, w) => (RunCommand)new Start(Key, a, w, "fake")),
        Gen.Select(Attempt, Worker, Chance.Of(0, 4, 8, 12, 16, 20), Gen.Bool, (a, w, code, timedOut) => (RunCommand)Tell(a, w, code, timedOut)),
        Attempt.Select(a => (RunCommand)new Lose(Key, a, RetryPolicy.Default)),
        Gen.Const((RunCommand)new Cancel(Key)),
        Gen.Const((RunCommand)new Supersede(Key, 8)),
        Gen.Const((RunCommand)new Abandon(Key, Cause.WorkerLost)));

    // Random commands seldom start anything; so half of them are what a believable life consists of.
    private static readonly Gen<List<RunCommand>> Commands = Gen.Select(Command.List[0, 25], Attempt, (some, attempts) =>
        Enumerable.Range(1, attempts).SelectMany(a => new RunCommand[] { new Start(Key, a, "w1", "fake"), new Lose(Key, a, RetryPolicy.Default) })
            .Zip(some, (life, chance) => new[] { life, chance }).SelectMany(c => c).ToList());

    [Fact]
    public void Commands_delivered_twice_and_prefixes_repeated_change_nothing() =>
        Gen.Select(Gen.OneOf(Commands, Command.List[0, 30]), Gen.Int[0, 30]).Sample((commands, length) =>
        {
            var once = Obey(commands);
            var twice = Obey([.. commands.SelectMany(c => new[] { c, c })]);
            var repeated = Obey([.. commands.SelectMany(c => new[] { c, c }), .. commands.Take(length)]);
            Assert.Equal(once.Events, twice.Events);
            Assert.Equal(twice.State, Obey(commands).State);
            // A repeated prefix may go on from where the first delivery was refused, but never undoes, and never ends it twice.
            Assert.Equal(once.Events, repeated.Events.Take(once.Events.Count));
            Assert.True(repeated.Events.Count(IsEnd) <= 1);
            if (once.State is Run.Ended)
                Assert.Equal(once.State, repeated.State);
        }, iter: 20_000);

    [Fact]
    public void Nothing_happens_behind_an_end_and_attempts_are_counted_one_by_one() =>
        Gen.OneOf(Commands, Command.List[0, 30]).Sample(commands =>
        {
            var events = Obey(commands).Events;
            Assert.DoesNotContain(events.SkipLast(1), IsEnd);
            var started = events.OfType<RunEvent.Started>().Select(e => e.Attempt).ToList();
            Assert.Equal(Enumerable.Range(1, started.Count), started);
            Assert.InRange(started.Count, 0, 4);
        }, iter: 20_000);

    private static bool IsEnd(RunEvent e) => e is RunEvent.Finished or RunEvent.Cancelled or RunEvent.Superseded or RunEvent.Abandoned;

    private static (Run State, List<RunEvent> Events) Obey(IEnumerable<RunCommand> commands)
    {
        var (state, events) = (Run.Unstarted, new List<RunEvent>());
        foreach (var command in commands)
        {
            try
            {
                var happened = RunDecider.Decide(command, state);
                state = happened.Aggregate(state, Run.Evolve);
                events.AddRange(happened);
            }
            catch (RefusedException)
            {
                // changes nothing
            }
        }
        return (state, events);
    }

    private static readonly IReadOnlyList<TestResult> Tests = [new("t", TestOutcome.Pass)];

    private static Tell Tell(int attempt, string worker, int code, bool timedOut)
    {
        var report = new Report(DateTimeOffset.UnixEpoch, 5, Tests, 1, timedOut, 0, code, "1-1");
        return new Tell(Key, attempt, worker, report, Verdict.Of(report, new Summary(Tests, null, null)), Asked, RetryPolicy.Default);
    }

    private static readonly AskedFacts Asked = new("a", [], false);
}
