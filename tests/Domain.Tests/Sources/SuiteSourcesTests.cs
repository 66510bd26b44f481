namespace Debci.Domain.Tests;

public sealed class SuiteSourcesTests
{
    private static readonly Archive Archive = new(new HashSet<string> { "testing" }, new HashSet<string>(), new HashSet<string>(), new HashSet<string>());

    [Fact]
    public void A_source_leaves_and_returns_once_however_often_it_is_told()
    {
        var gone = Obey(SuiteSources.Complete, Tell(removed: ["green", "blue", "green"]), new SourceEvent.Removed("testing", "green"), new SourceEvent.Removed("testing", "blue"));
        Obey(gone, Tell(removed: ["green"]));
        var back = Obey(gone, Tell(returned: ["green", "red"]), new SourceEvent.Returned("testing", "green"));
        Obey(back, Tell(returned: ["green"]));
        Obey(back, Tell(removed: ["green"]), new SourceEvent.Removed("testing", "green"));
    }

    [Fact]
    public void Who_is_told_as_removed_and_returned_at_once_is_there() => Obey(SuiteSources.Complete, Tell(["green"], ["green"]));

    [Fact]
    public void A_wrong_suite_a_wrong_name_and_too_many_are_refused()
    {
        Assert.Equal(RefusalCode.UnknownSuite, (Tell(["green"]) with { Suite = "sid" }).Check(Archive)?.Code);
        Assert.Equal("returned", Tell([], ["../etc"]).Check(Archive)?.Path);
        Assert.Equal(RefusalCode.TooLarge, Tell([.. Enumerable.Range(0, TellSources.Most + 1).Select(i => $"p{i}")]).Check(Archive)?.Code);
        Assert.Null(Tell(["green"], ["blue"]).Check(Archive));
    }

    private static TellSources Tell(string[]? removed = null, string[]? returned = null) => new("testing", removed ?? [], returned ?? []);

    private static SuiteSources Obey(SuiteSources sources, TellSources command, params SourceEvent[] expected)
    {
        var happened = SuiteSources.Decide(command, sources);
        Assert.Equal(expected, happened);
        return happened.Aggregate(sources, SuiteSources.Evolve);
    }
}
