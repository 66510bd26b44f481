using System.Diagnostics;
using Debci.Domain;
using Debci.EventLog;
using Debci.EventLog.Marten;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.EndToEnd.Tests;

/// <summary><c>debci copy-log</c> as an operator runs it: killed, started again, and compared.</summary>
public sealed class CopyLogTests
{
    private const int Events = 1_500;

    [Fact]
    public async Task A_copy_that_is_killed_again_and_again_is_whole_in_the_end_and_comes_back_alike()
    {
        var postgres = await PostgresCluster.Shared;
        var source = await postgres.NewDatabase("log", c => MartenLogSchema.Migrate(c));
        var home = await postgres.NewDatabase("empty", _ => Task.CompletedTask);
        await using var cluster = await EventStoreDouble.Start();
        await Fill(source);

        foreach (var stored in new[] { 200, 600, 1_100 })
        {
            using var doomed = Start(source, cluster.Connection());
            await Eventually.True($"{stored} events are there", () => Task.FromResult(cluster.Count > stored || doomed.HasExited));
            Assert.False(doomed.HasExited);
            World.Kill(doomed);
        }
        var (code, said) = await Run(source, cluster.Connection());
        Assert.Equal(0, code);
        Assert.Contains($"both logs hold {Events}, in the same order", said, StringComparison.Ordinal);
        Assert.Contains("The copy is whole", said, StringComparison.Ordinal);
        var (_, back) = await Run(cluster.Connection(), home);
        Assert.Equal(Head(said), Head(back));
        Assert.Empty(cluster.Mistakes);

        var (refused, why) = await Run(home, source + ";Application Name=other");
        Assert.Equal((0, true), (refused, why.StartsWith("0 events were stored", StringComparison.Ordinal))); // the same log holds all of it already
        Assert.Equal((1, true), await Run(source, "nonsense") is var (wrong, sentence) ? (wrong, sentence.StartsWith("--to is no connection", StringComparison.Ordinal)) : default);
    }

    private static string Head(string said) => said[said.IndexOf("Their head is", StringComparison.Ordinal)..].Split('\n')[0];

    private static async Task Fill(string connection)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var log = new MartenEventLog(database);
        var command = new CommandInfo(Guid.NewGuid(), "fill", "debci", Guid.NewGuid());
        await Parallel.ForEachAsync(Enumerable.Range(0, Events), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, cancellation) =>
            await log.Append($"run-{i}", 0, [.. command.Events([new RunEvent.Lost(new RunKey(i, "hello", "testing", "amd64", false), 1, "w1")], before: i)], cancellation));
    }

    private static Process Start(string from, string to) =>
        Process.Start(new ProcessStartInfo(World.Built("src/Api", "debci"), ["copy-log", "--from", from, "--to", to]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<(int Code, string Said)> Run(string from, string to)
    {
        using var verb = Start(from, to);
        var (said, complaints) = (verb.StandardOutput.ReadToEndAsync(), verb.StandardError.ReadToEndAsync());
        await verb.WaitForExitAsync();
        return (verb.ExitCode, await said is { Length: > 0 } words ? words : await complaints);
    }
}
