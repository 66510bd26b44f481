using System.Collections.Immutable;
using CsCheck;

namespace Debci.Domain.Tests;

/// <summary>What holds for any commands in any order, with at-least-once delivery.</summary>
public sealed class RunProperties
{
    private const int MostAttempts = 3;
    private static readonly RetryPolicy Policy = new(MostAttempts, TimeSpan.FromMinutes(1));

    private static readonly Gen<int> Attempt = Gen.Int[1, MostAttempts];
    private static readonly Gen<string> Worker = Gen.OneOf("alice", "bob");
    private static readonly Gen<Report> Facts = Gen.OneOf(RunExamples.Passed, RunExamples.Failed, RunExamples.Broken);

    private static readonly Gen<Verdict> AnyVerdict = Gen.Frequency(
        (1, Gen.OneOf(RunExamples.Pass, RunExamples.Fail, new Verdict(Status.Neutral, null, "No tests"))),
        (4, Gen.Enum<Cause>().Select(cause => new Verdict(Status.Tmpfail, cause, "tmpfail"))));

    private static readonly Gen<RunCommand> Command = Gen.Frequency(
        (6, Gen.Select(Attempt, Worker, (attempt, worker) => RunExamples.Start(attempt, worker))),
        (6, Gen.Select(Attempt, Worker, Facts, AnyVerdict, (attempt, worker, facts, verdict) =>
            (RunCommand)new RunCommand.Tell(RunExamples.Green, attempt, worker, facts, verdict, RunExamples.Britney, Policy))),
        (3, Attempt.Select(attempt => (RunCommand)new RunCommand.Lose(RunExamples.Green, attempt, Policy))),
        (1, Gen.Const(RunExamples.Cancel)),
        (1, Gen.Const(RunExamples.Supersede)),
        (1, Gen.Enum<Cause>().Select(RunExamples.Abandon)));

    private static readonly Gen<List<RunCommand>> Commands = Command.List[0, 40];
    private static readonly Gen<(List<RunCommand> Sent, int Prefix)> CommandsAndPrefix =
        Commands.SelectMany(sent => Gen.Int[0, sent.Count].Select(prefix => (sent, prefix)));

    private static readonly Gen<(List<RunCommand> Before, List<RunCommand> After)> TwoSeries = Gen.Select(Commands, Commands);

    [Fact]
    public void Each_command_delivered_twice_ends_as_if_delivered_once() => Commands.Sample(sent =>
        Assert.Equal(History.Of(sent), History.Of(sent.SelectMany(c => new[] { c, c }))));

    [Fact]
    public void Commands_that_were_obeyed_change_nothing_when_delivered_again_later() => CommandsAndPrefix.Sample((sent, prefix) =>
    {
        var once = History.Of(sent);
        var obeyed = sent.Take(prefix).Aggregate((History: History.Empty, Obeyed: ImmutableList<RunCommand>.Empty), (so, command) =>
        {
            var next = so.History.Obey(command);
            return (next, next == so.History ? so.Obeyed : so.Obeyed.Add(command));
        }).Obeyed;
        Assert.Equal(once, obeyed.Aggregate(once, (history, command) => history.Obey(command)));
    });

    [Fact]
    public void A_run_never_ends_twice_and_nothing_follows_its_end() => CommandsAndPrefix.Sample((sent, prefix) =>
    {
        var history = History.Of([.. sent.SelectMany(c => new[] { c, c }), .. sent.Take(prefix)]);
        Assert.DoesNotContain(history.Events.SkipLast(1), IsEnd);
        Assert.Equal(history.Events.Any(IsEnd), history.Run is Run.Ended);
    });

    [Fact]
    public void Once_over_a_run_answers_every_command_with_nothing_or_a_refusal() => TwoSeries.Sample((before, after) =>
    {
        var over = History.Of([.. before, RunExamples.Cancel]);
        Assert.IsType<Run.Ended>(over.Run);
        Assert.Equal(over, after.Aggregate(over, (history, command) => history.Obey(command)));
    });

    [Fact]
    public void Attempts_are_numbered_without_gaps_and_stay_under_the_cap() => Commands.Sample(sent =>
    {
        var started = History.Of(sent).Events.OfType<RunEvent.Started>().Select(e => e.Attempt).ToList();
        Assert.Equal(Enumerable.Range(1, started.Count), started);
        Assert.True(started.Count <= MostAttempts);
    });

    private static bool IsEnd(RunEvent happened) =>
        happened is RunEvent.Finished or RunEvent.Cancelled or RunEvent.Superseded or RunEvent.Abandoned;

    /// <summary>A run's events and state; equal when both are.</summary>
    private sealed record History(ImmutableList<RunEvent> Events, Run Run)
    {
        public static readonly History Empty = new([], Run.Unstarted);

        public static History Of(IEnumerable<RunCommand> commands) =>
            commands.Aggregate(Empty, (history, command) => history.Obey(command));

        public History Obey(RunCommand command)
        {
            IReadOnlyList<RunEvent> happened;
            try
            {
                happened = RunDecider.Decide(command, Run);
            }
            catch (RefusedException)
            {
                return this;
            }
            return happened.Count == 0 ? this : new History(Events.AddRange(happened), happened.Aggregate(Run, Run.Evolve));
        }

        public bool Equals(History? other) => other is not null && Run == other.Run && Events.SequenceEqual(other.Events);

        public override int GetHashCode() => HashCode.Combine(Events.Count, Run);
    }
}
