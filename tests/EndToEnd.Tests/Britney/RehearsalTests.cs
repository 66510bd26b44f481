using Debci.Playground;

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

/// <summary>Everything that a rehearsal needs: product, archive, britney, and the way between them.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly IWay way;
    private readonly Gatekeeper britney;
    private IReadOnlyDictionary<string, Excuse> excuses = new Dictionary<string, Excuse>();
    private int workers;
    private long seen;

    private Stage(World world, Archive archive, Gatekeeper britney, IWay way) => (World, Archive, this.britney, this.way) = (world, archive, britney, way);

    public World World { get; }

    public Archive Archive { get; }

    public static async Task<Stage> Set(string way, bool real, Action<Archive> fill)
    {
        var world = await World.Create("[extra-sources.unstable]\nentry = \"deb http://deb.example.org/debian unstable main\"\nallow = [\"alice\"]\n[runs]\nattempts = 1\n");
        var (archive, britney) = (new Archive(), new Gatekeeper(real));
        fill(archive);
        return new Stage(world, archive, britney, way == "REST" ? new RestWay(world, archive, britney) : new AdapterWay(world, archive, britney));
    }

    /// <summary>One round of britney.</summary>
    public async Task Round()
    {
        await way.Round();
        excuses = await britney.Excuses(Archive);
        await CaughtUp("");
    }

    /// <summary>What the last round said of a candidate; of its tests, those that are named.</summary>
    public void Says(string candidate, string verdict, params (string Package, string State)[] tests)
    {
        var excuse = excuses[candidate];
        Assert.Equal((verdict, $"{string.Join(", ", tests)}"), (excuse.Verdict, $"{string.Join(", ", tests.Select(t => (t.Package, excuse.Tests.GetValueOrDefault(t.Package))))}"));
    }

    /// <summary>Lets a worker with this scenario do all that is pending.</summary>
    public async Task Work(string scenario)
    {
        var worker = World.StartWorker($"worker{++workers}", scenario);
        await CaughtUp("and not exists (select from read.queue)");
        World.Kill(worker);
    }

    /// <summary>A person follows the link in the excuses, with a key of another account's.</summary>
    public async Task Retry(string package, string trigger)
    {
        var run = await Scalar($"select max(run) from read.outcomes where package = '{package}' and triggers = '{trigger}'");
        using var answer = await World.Requester.PostAsync($"/api/v1/retry/{run}", null);
        Assert.Equal(201, (int)answer.StatusCode);
        await CaughtUp("");
    }

    /// <summary>Asserts which runs there have been since the last time: package and triggers, in any order.</summary>
    public async Task Asked(params string[] runs)
    {
        await using var command = World.Database.CreateCommand($"select run, package || ' ' || triggers from read.runs where run > {seen} order by run");
        await using var rows = await command.ExecuteReaderAsync();
        var asked = new List<string>();
        while (await rows.ReadAsync())
        {
            asked.Add(rows.GetString(1));
            seen = rows.GetInt64(0);
        }
        Assert.Equal(runs.Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    /// <summary>Waits until the rows have all that is in the log, and something more holds.</summary>
    public Task CaughtUp(string and) => Eventually.True($"caught up {and}", async () => await Scalar($"""
        select count(*) from (select) x where not exists (select from read.checkpoints where position < (select coalesce(max(seq_id), 0) from log.mt_events)) {and}
        """) == 1);

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        Archive.Dispose();
    }

    private async Task<long> Scalar(string sql)
    {
        await using var command = World.Database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
