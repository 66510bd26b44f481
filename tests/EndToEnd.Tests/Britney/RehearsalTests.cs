namespace Debci.EndToEnd.Tests.Britney;

/// <summary>A theory about the real britney, which is GPL-2+ and in no archive: it has to be named by <c>BRITNEY_DIR</c>.</summary>
public sealed class RealBritneyTheoryAttribute : TheoryAttribute
{
    public RealBritneyTheoryAttribute()
    {
        if (Gatekeeper.RealFolder is null)
            Skip = "BRITNEY_DIR names no britney2; with it, this story is played by the real one (it needs python3-apt and python3-yaml).";
    }
}

/// <summary>Several rounds of britney against the running product: by debci's REST as Debian does it, and by the adapter.</summary>
[Collection("processes")]
public sealed class RehearsalTests
{
    private const string Pass = "PASS", Waits = "REJECTED_TEMPORARILY", Rejected = "REJECTED_PERMANENTLY";

    [Theory]
    [InlineData("REST")]
    [InlineData("adapter")]
    public Task The_documented_part_is_played(string way) => Play(way, real: false);

    [RealBritneyTheory]
    [InlineData("REST")]
    [InlineData("adapter")]
    public Task The_real_one_plays(string way) => Play(way, real: true);

    private static async Task Play(string way, bool real)
    {
        await using var stage = await Stage.Set(way, real, archive => archive
            .Add("green", "1", "2").Add("lightgreen", "1", "1", depends: "green")
            .Add("blue", "1", "2").Add("lightblue", "1", "2", depends: "blue", dependsInUnstable: "blue (>= 2)")
            .Add("yellow", "1", "2").Add("red", "1", "2").Add("grey", "1", "2"));

        await stage.Round(); // nothing is known: all is asked for
        stage.Says("green", Waits, ("green", "RUNNING"), ("lightgreen", "RUNNING"));
        await stage.Asked("green green/2", "lightgreen green/2", "blue blue/2", "lightblue blue/2", "lightblue lightblue/2 blue/2", "yellow yellow/2", "red red/2", "grey grey/2");
        await stage.Round(); // and pending then
        stage.Says("lightblue", Waits, ("lightblue", "RUNNING"));
        await stage.Asked();

        await stage.Work(Tests("""
            "green green/2": {"version": "2", "pins": ["unstable=src:green"]}, "lightgreen green/2": {"exitCode": 4, "version": "1", "pins": ["unstable=src:green"]},
            "blue blue/2": {"version": "2"}, "lightblue lightblue/2": {"version": "2", "pins": ["unstable=src:lightblue,src:blue"]},
            "lightblue blue/2": {"exitCode": 4, "version": "1", "pins": ["unstable=src:blue"]},
            "yellow": {"exitCode": 4, "version": "2", "pins": ["unstable=src:yellow"]}, "grey": {"exitCode": 4, "version": "2"}, "red": {"exitCode": 16, "version": ""}
            """));
        await stage.Round(); // failures ask for references, a tmpfail is asked for again
        stage.Says("green", Waits, ("green", "PASS"), ("lightgreen", "RUNNING-REFERENCE"));
        stage.Says("lightblue", Pass, ("lightblue", "PASS"));
        stage.Says("blue", Pass, ("blue", "PASS"), ("lightblue", "PASS")); // the run for both triggers counts for each
        stage.Says("yellow", Waits, ("yellow", "RUNNING-REFERENCE"));
        stage.Says("red", Waits, ("red", "RUNNING"));
        await stage.Asked("lightgreen migration-reference/0", "yellow migration-reference/0", "grey migration-reference/0", "red red/2");

        await stage.Work(Tests("""
            "lightgreen migration-reference/0": {"version": "1", "pins": []}, "yellow migration-reference/0": {"exitCode": 4, "version": "1"}, "grey migration-reference/0": {"version": "1"}, "red red/2": {"exitCode": 8, "version": "2"}
            """));
        await stage.Round();
        stage.Says("green", Rejected, ("lightgreen", "REGRESSION"));
        stage.Says("yellow", Pass, ("yellow", "ALWAYSFAIL"));
        stage.Says("red", Pass, ("red", "NEUTRAL"));
        stage.Says("grey", Rejected, ("grey", "REGRESSION"));
        await stage.Asked();

        await stage.Retry("lightgreen", "green/2"); // a person asks again; it belongs to britney
        stage.Archive.Hint("force-badtest grey/2");
        await stage.Work(Tests("""
            "lightgreen green/2": {"version": "1", "pins": ["unstable=src:green"]}
            """));
        await stage.Round();
        stage.Says("green", Pass, ("lightgreen", "PASS"));
        stage.Says("grey", Pass, ("grey", "IGNORE-FAIL"));

        await stage.Retry("lightgreen", "green/2"); // a later failure undoes no pass
        await stage.Work(Tests("""
            "lightgreen": {"exitCode": 4, "version": "1"}
            """));
        await stage.Round();
        stage.Says("green", Pass, ("lightgreen", "PASS"));
        await stage.Asked("lightgreen green/2", "lightgreen green/2");

        stage.Archive.Age(TimeSpan.FromDays(2)); // a regression is worth another try after a day
        await stage.Round();
        await stage.Asked("grey grey/2");
        await stage.Work(Tests("""
            "grey grey/2": {"version": "2", "pins": ["unstable=src:grey"]}
            """));
        await stage.Round();
        stage.Says("grey", Pass, ("grey", "PASS"));
        await stage.Asked();
    }

    private static string Tests(string lines) => $"{{{lines}}}";
}
