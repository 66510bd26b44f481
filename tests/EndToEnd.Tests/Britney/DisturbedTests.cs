using System.Globalization;
using System.Text.Json;
using Xunit.Abstractions;

namespace Debci.EndToEnd.Tests.Britney;

/// <summary>Rounds of britney with an upload before each, while the server and PostgreSQL are killed at random: nothing is lost, doubled or unseen.</summary>
[Collection("processes")]
public sealed class DisturbedTests(ITestOutputHelper output)
{
    private const int Sources = 6;
    private const double Longest = 0.5; // s; about what a round takes
    private static readonly int Rounds = int.Parse(
        Environment.GetEnvironmentVariable("DEBCI_REHEARSAL_ROUNDS") ?? (Environment.GetEnvironmentVariable("DEBCI_TEST_LONG") is null ? "8" : "20"), CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("REST", 1)]
    [InlineData("adapter", 2)]
    public async Task No_request_is_lost_none_is_doubled_and_no_result_is_unseen(string way, int seed)
    {
        await using var stage = await Stage.Set(way, real: false, Fill, attempts: 5);
        foreach (var name in new[] { "w1", "w2", "w3" })
            stage.World.StartWorker(name, """{"dependent*": {"sleepSeconds": 0.2}, "source*": {"sleepSeconds": 0.1}}""");
        var (chance, broken) = (new Random(seed), 0);
        for (var round = 0; round < Rounds; round++)
        {
            stage.Archive.Upload($"source{round % Sources}", $"{round + 2}");
            var disturbance = Disturb(stage.World, chance.NextDouble() * Longest, ofDatabase: chance.Next(3) == 0);
            while (!await stage.TryRound()) // played again, as an operator or the next hour would
            {
                broken++;
                await Pass(0.1);
            }
            await disturbance;
        }
        output.WriteLine($"{Rounds} rounds and kills, {broken} tries broke");

        await stage.CaughtUp("and not exists (select from read.queue)");
        await stage.Round();
        for (var more = 0; more < 5 && stage.IsWaiting; more++) // what a kill abandoned is asked for again
        {
            await stage.CaughtUp("and not exists (select from read.queue)");
            await stage.Round();
        }
        for (var source = 0; source < Sources; source++)
            stage.Says($"source{source}", "PASS", ($"source{source}", "PASS"), ($"dependent{source}", "PASS"));
        Assert.Equal([], await stage.Column("select package || ' ' || triggers from read.outcomes where status <> 'tmpfail' group by package, triggers having count(*) > 1"));
        Assert.Empty(stage.Acknowledged.Except(await stage.Column("select run::text from read.outcomes")));
        var seen = JsonDocument.Parse(await File.ReadAllTextAsync(stage.Archive.In("data/testing/state/autopkgtest-results.cache"))).RootElement;
        foreach (var result in await stage.Column("select package || ' ' || triggers from read.outcomes where status <> 'tmpfail'"))
            Assert.True(seen.GetProperty(result.Split(' ')[1]).TryGetProperty(result.Split(' ')[0], out _), $"{result} was never seen");
    }

    private static void Fill(Archive archive)
    {
        for (var i = 0; i < Sources; i++)
            archive.Add($"source{i}", "1", "1").Add($"dependent{i}", "1.0-1", "1.0-1", depends: $"source{i}");
    }

    private static async Task Disturb(World world, double afterSeconds, bool ofDatabase)
    {
        await Pass(afterSeconds);
        if (ofDatabase)
        {
            world.Cluster.Kill();
            await world.Cluster.Restart();
        }
        else
        {
            World.Kill(world.Server);
            await world.StartServer();
        }
    }

    private static async Task Pass(double seconds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(seconds));
        await timer.WaitForNextTickAsync();
    }
}
