using Debci.Playground;

namespace Debci.EndToEnd.Tests.Britney;

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

    public static async Task<Stage> Set(string way, bool real, Action<Archive> fill, int attempts = 1)
    {
        var world = await World.Create($"[extra-sources.unstable]\nentry = \"deb http://deb.example.org/debian unstable main\"\nallow = [\"alice\"]\n[runs]\nattempts = {attempts}\n");
        var (archive, britney) = (new Archive(), new Gatekeeper(real));
        fill(archive);
        if (way == "Swift")
            archive.ReadSwift($"{world.Address}swift/alice");
        return new Stage(world, archive, britney, way == "adapter" ? new AdapterWay(world, archive, britney) : new RestWay(world, archive, britney, bySwift: way == "Swift"));
    }

    /// <summary>One round, which may break at any place; whether it did not.</summary>
    public async Task<bool> TryRound()
    {
        try
        {
            await way.Round();
            excuses = await britney.Excuses(Archive);
            return true;
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or InvalidOperationException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>Whether the last round waits for something.</summary>
    public bool IsWaiting => excuses.Values.Any(e => e.Verdict == "REJECTED_TEMPORARILY");

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
        await using var command = World.Database.CreateCommand($"select run, package || ' ' || triggers from read.runs where run > {seen} and imported_at is null order by run");
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
        select count(*) from (select) x where not exists (select from read.checkpoints where position < {await World.Log.Head()}) {and}
        """) == 1);

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        Archive.Dispose();
    }

    /// <summary>Runs that were acknowledged, where this can be seen.</summary>
    public IEnumerable<string> Acknowledged => way is RestWay rest ? rest.Acknowledged.Select(r => $"{r}") : [];

    /// <summary>The texts that a query gives.</summary>
    public async Task<IReadOnlyList<string>> Column(string sql)
    {
        await using var command = World.Database.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var column = new List<string>();
        while (await rows.ReadAsync())
            column.Add(rows.GetString(0));
        return column;
    }

    private async Task<long> Scalar(string sql)
    {
        await using var command = World.Database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
