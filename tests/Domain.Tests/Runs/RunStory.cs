namespace Debci.Domain.Tests;

/// <summary>Given what happened to a run, when something is asked of it, then this happens or it is refused.</summary>
internal sealed record RunStory(Run Run)
{
    public static RunStory Given(params RunEvent[] happened) => new(happened.Aggregate(Run.Unstarted, Run.Evolve));

    public Asked When(RunCommand command) => new(command, Run);

    internal sealed record Asked(RunCommand Command, Run Run)
    {
        public void Then(params RunEvent[] expected) => Assert.Equal(expected, RunDecider.Decide(Command, Run));

        public void ThenNothing() => Then();

        public void ThenRefused(string gist)
        {
            var refused = Assert.Throws<RefusedException>(() => RunDecider.Decide(Command, Run));
            Assert.Equal(RefusalCode.Conflict, refused.Refusal.Code);
            Assert.Contains(gist, refused.Refusal.Sentence, StringComparison.Ordinal);
        }
    }
}
