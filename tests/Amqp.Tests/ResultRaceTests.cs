using Debci.Api.Amqp;
using Debci.Playground;

namespace Debci.Amqp.Tests;

/// <summary>Two results of one run at the same moment, as after the broker was away: a run may have been delivered twice.</summary>
public sealed class ResultRaceTests
{
    [Fact]
    public async Task Of_two_results_at_once_one_counts_whole_and_the_other_is_kept_as_a_file()
    {
        const int runs = 12;
        await using var world = await Bridged.Start(limits: new FleetLimits(InFlight: runs));
        var asked = await world.Ask([.. Enumerable.Range(0, runs).Select(i => $"package{i}")]);
        for (var i = 0; i < runs; i++)
            await world.Next(world.Fleet);

        await Task.WhenAll(asked.SelectMany((run, i) => new[] { Good(world, i, run), Bad(world, i, run) }).Select(result => world.Send(world.Results, result)));

        for (var i = 0; i < runs; i++)
        {
            await world.Reaches(asked[i], "FINISHED");
            var late = Path.Combine(world.Server.Configuration.Files, "autopkgtest", "testing", world.Name, "p", $"package{i}", $"{asked[i]}", "late");
            await Eventually.True("the other is kept", () => Task.FromResult(Directory.Exists(late) && Directory.GetFiles(late).Length == 1));
            var passed = (await world.Run(asked[i])).Status == "PASS";
            Assert.Equal(passed ? "it went well\n" : Log, await world.Anybody.GetStringAsync($"/runs/{asked[i]}/log"));
            using var artifacts = await world.Anybody.GetAsync($"/data/autopkgtest/testing/{world.Name}/p/package{i}/{asked[i]}/artifacts.tar.gz");
            Assert.Equal(passed ? "good" : "bad", Assert.Single(await ResultTar.Names(artifacts), n => n is "good" or "bad"));
        }
        Assert.Equal(0u, await world.Waiting(world.DeadLetters));
    }

    private static readonly string Log = string.Concat(Enumerable.Repeat("it broke here, and says so at length\n", 1000));

    private static byte[] Good(Bridged world, int i, long run) =>
        ResultTar.Of("testing", world.Name, $"package{i}", run, more: (tar, f) => ResultTar.File(tar, $"{f}/good", ""));

    private static byte[] Bad(Bridged world, int i, long run) =>
        ResultTar.Of("testing", world.Name, $"package{i}", run, exitCode: 4, summary: "smoke FAIL\n", log: Log, more: (tar, f) => ResultTar.File(tar, $"{f}/bad", ""));
}
