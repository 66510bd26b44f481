using System.Security.Cryptography;
using Debci.Playground;

namespace Debci.EndToEnd.Tests;

/// <summary>Two servers on one Swift, without a folder that both see: what a worker gives to one, readers have at the other, and either may be lost in between.</summary>
[Collection("processes")]
public sealed class SwiftNodesTests
{
    private static readonly byte[] Artifacts = Gzip(RandomNumberGenerator.GetBytes(2_500_000));

    [Theory]
    [InlineData(false)] // the server that the worker talks to
    [InlineData(true)] // the one that is read from
    public async Task A_run_whose_worker_and_readers_are_at_different_servers_is_whole_when_either_is_killed_in_its_midst(bool killsTheReaders)
    {
        var swift = await SwiftCluster.Shared;
        await using var world = await World.Create(Configured(swift), leaseSeconds: 60);
        await world.StartOther(sharesFolder: false);
        var run = await Begins(world);

        World.Kill(killsTheReaders ? world.Other! : world.Server);
        using var worker = world.Worker(other: !killsTheReaders);
        using var left = killsTheReaders ? world.Requester : world.OtherRequester();
        await Ends(run, worker, left);
        await IsWhole(left, run);

        await (killsTheReaders ? world.StartOther(sharesFolder: false) : world.StartServer());
        using var back = killsTheReaders ? world.OtherRequester() : world.Requester;
        await IsWhole(back, run); // at the one that took no part in its end
        await ComesToAFolderWhileAnotherGrows(world, run, worker, back);
    }

    // At one server the worker sends the first half of the log, which is followed at the other, and the artifacts.
    private static async Task<long> Begins(World world)
    {
        using var reader = world.OtherRequester();
        using var worker = world.Worker();
        var run = await Claimed(reader, worker, "libsigc++-2.0");
        await using (var log = await Subscription.To(reader, "subscription ($id: ID!) { logAppended(run: $id) { text end } }", new { id = $"{run}" }))
        {
            await Send(worker, run, 0, "hello,");
            Assert.Equal("hello,", (await log.Next())!.Value.GetProperty("text").GetString());
        }
        using var taken = await worker.PutAsync($"/worker/v1/runs/{run}/attempts/1/artifacts?worker=w1", new ByteArrayContent(Artifacts));
        taken.EnsureSuccessStatusCode();
        return run;
    }

    // At the server that is left the worker sends the rest, and reports.
    private static async Task Ends(long run, HttpClient worker, HttpClient reader)
    {
        await Send(worker, run, 6, " end\n");
        using (var report = await worker.Report(run, logSize: 11))
            report.EnsureSuccessStatusCode();
        await Eventually.True("the run is over", async () =>
            (await reader.Data("query ($id: ID!) { run(id: $id) { state } }", new { id = $"{run}" })).GetProperty("run").GetProperty("state").GetString() == "FINISHED");
    }

    // While another is sent, all of it comes to a folder but that one's log, which has grown in the database alone.
    private static async Task ComesToAFolderWhileAnotherGrows(World world, long run, HttpClient worker, HttpClient reader)
    {
        var other = await Claimed(reader, worker, "hello");
        await Send(worker, other, 0, "it grows");
        var (code, said) = await world.Debci("copy-files", "--from", "swift", "--to", "files");
        Assert.True(code == 3 && said.Contains("1 runs: ", StringComparison.Ordinal) && said.Contains($"Left out, since its log grows: autopkgtest/testing/amd64/h/hello/{other}/attempts/1", StringComparison.Ordinal), $"{code} {said}");
        Assert.Equal(Artifacts, await File.ReadAllBytesAsync(Path.Combine(world.Files, $"autopkgtest/testing/amd64/libs/libsigc++-2.0/{run}/artifacts.tar.gz")));
    }

    private static async Task<long> Claimed(HttpClient requester, HttpClient worker, string package)
    {
        var run = (await requester.Request(package)).Runs[0];
        Assert.Equal($"{run}", (await worker.Claim("w1", waitSeconds: 10))!.Value.GetProperty("run").ToString());
        return run;
    }

    private static async Task IsWhole(HttpClient reader, long run)
    {
        var address = $"/data/autopkgtest/testing/amd64/libs/libsigc++-2.0/{run}";
        Assert.Equal("hello, end\n", await reader.GetStringAsync($"/runs/{run}/log"));
        Assert.Equal(Artifacts, await reader.GetByteArrayAsync($"{address}/artifacts.tar.gz"));
        using var log = new System.IO.Compression.GZipStream(await reader.GetStreamAsync($"{address}/log.gz"), System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal("hello, end\n", await new StreamReader(log).ReadToEndAsync());
    }

    private static async Task Send(HttpClient worker, long run, int offset, string text)
    {
        using var answer = await worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset={offset}", new StringContent(text));
        answer.EnsureSuccessStatusCode();
    }

    private static string Configured(SwiftCluster cluster)
    {
        var swift = cluster.Settings();
        return $"[files]\nengine = \"swift\"\n[files.swift]\nauth = \"{swift.Auth}\"\nuser = \"{swift.User}\"\npassword = \"{swift.Password}\"\ncontainer = \"{swift.Container}\"\n";
    }

    private static byte[] Gzip(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(plain);
        return packed.ToArray();
    }
}
