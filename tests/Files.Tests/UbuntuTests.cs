using System.Formats.Tar;
using System.Net;
using System.Text.Json;
using Debci.Api.Files;
using Debci.Playground;
using Npgsql;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>A gate that reads results as Ubuntu's does, from Swift's containers: it lists what is new of a package behind the newest that it knows, and fetches each <c>result.tar</c>.</summary>
public sealed class UbuntuTests
{
    private readonly byte[] artifacts = Gzip(Noise(1_500_000));
    private readonly byte[] log = LogOf(2000);

    [Theory]
    [InlineData(FileEngine.Files)]
    [InlineData(FileEngine.Swift)]
    public async Task A_gate_finds_each_new_result_by_listing_behind_the_newest_that_it_knows_and_reads_it_from_its_tar(FileEngine engine)
    {
        await using var server = await Start(engine);
        using var gate = server.Client();
        Assert.Empty(await List(gate, ""));
        await Finish(server, exitCode: 4, "t FAIL why\n");
        var first = Assert.Single(await List(gate, ""));
        Assert.Matches(@"^testing/amd64/libs/libsigc\+\+-2\.0/20\d{6}_\d{6}@$", first);
        Assert.Equal(("4", "libsigc++-2.0 1-1", "1", "ADT_TEST_TRIGGERS=green/2 blue/1"), await Read(gate, first));
        Assert.Empty(await List(gate, first));

        await Finish(server, exitCode: 2, "t PASS\nu SKIP\n");
        await Finish(server, exitCode: 8, "t SKIP\n");
        var next = await List(gate, first);
        Assert.Equal(next.Order(StringComparer.Ordinal), next);
        Assert.Equal(("2", "8"), ((await Read(gate, next[0])).ExitCode, (await Read(gate, next[1])).ExitCode));
        var all = await List(gate, "");
        Assert.Equal([first, .. next], all);
        Assert.Equal(log, Zcat(await gate.GetByteArrayAsync($"/swift/alice/autopkgtest-testing/{first}/log.gz")));
        Assert.Equal(artifacts, await gate.GetByteArrayAsync($"/swift/alice/autopkgtest-testing/{first}/artifacts.tar.gz"));
    }

    [Fact]
    public async Task Results_that_came_in_one_second_or_with_another_systems_times_have_a_name_each_in_the_order_in_which_they_came()
    {
        await using var server = await Start(FileEngine.Files);
        using var gate = server.Client();
        foreach (var (exitCode, summary) in new[] { (4, "t FAIL why\n"), (2, "t PASS\nu SKIP\n"), (8, "t SKIP\n") })
            await Finish(server, exitCode, summary);
        await using (var times = server.Get<NpgsqlDataSource>().CreateCommand("update read.history h set finished_at = case when h.position = (select max(position) from read.history) then h.finished_at - interval '1 day' else (select min(finished_at) from read.history) end"))
            await times.ExecuteNonQueryAsync();
        var all = await List(gate, "");
        Assert.Equal(all.Order(StringComparer.Ordinal), all.Distinct());
        Assert.Equal(("4", "2", "8"), ((await Read(gate, all[0])).ExitCode, (await Read(gate, all[1])).ExitCode, (await Read(gate, all[2])).ExitCode));
    }

    [Fact]
    public async Task What_counts_for_nobody_else_is_not_listed_and_what_is_no_list_is_refused_in_a_sentence()
    {
        await using var server = await Start(FileEngine.Files);
        using var gate = server.Client();
        await Finish(server, exitCode: 0, "t PASS\n", isPrivate: true);
        await Finish(server, exitCode: 16, ""); // of the machinery's fault: tried again, and then no result
        Assert.Empty(await List(gate, ""));
        await Finish(server, exitCode: 0, "t PASS\n");
        var listed = Assert.Single(await List(gate, ""));
        Assert.Empty(await List(gate, "", account: "bob"));
        foreach (var (address, status) in new[]
        {
            ($"/swift/bob/autopkgtest-testing/{listed}/result.tar", 404), ($"/swift/alice/autopkgtest-testing/{listed[..^3]}99@/result.tar", 404), ($"/swift/nobody/autopkgtest-testing{Query("")}", 404),
            ($"/swift/alice/autopkgtest-unstable{Query("")}", 400), ("/swift/alice/autopkgtest-testing", 400), ("/swift/alice/autopkgtest-testing?delimiter=@&prefix=testing/amd64/", 400),
        })
        {
            using var answer = await gate.GetAsync(address);
            Assert.True(status == (int)answer.StatusCode, $"{address}: {answer.StatusCode}");
            Assert.NotEmpty(JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("message").GetString()!);
        }
    }

    [Fact]
    public async Task What_is_published_late_stands_behind_what_was_there()
    {
        await using var server = await Start(FileEngine.Files);
        using var gate = server.Client();
        var hidden = await Finish(server, exitCode: 4, "t FAIL why\n", isPrivate: true);
        await Finish(server, exitCode: 8, "t SKIP\n");
        var known = Assert.Single(await List(gate, ""));
        using (var client = server.Client(server.RequestKey))
            await client.Data("mutation ($r: [ID!]!) { publishRuns(runs: $r) { __typename } }", new { r = new[] { hidden } });
        await Eventually.True("it is listed", async () => (await List(gate, "")).Length == 2);

        var late = Assert.Single(await List(gate, known));
        Assert.Equal("4", (await Read(gate, late)).ExitCode);
        await Finish(server, exitCode: 2, "t PASS\nu SKIP\n");
        Assert.Equal("2", (await Read(gate, Assert.Single(await List(gate, late)))).ExitCode);
    }

    private static async Task<Server> Start(FileEngine engine)
    {
        var swift = engine == FileEngine.Swift ? (await SwiftCluster.Shared).Settings() : new();
        return await Server.Start(c => c with { Store = FileSettings.OnDisk with { Engine = engine, Swift = swift } });
    }

    private async Task<string> Finish(Server server, int exitCode, string summary, bool isPrivate = false)
    {
        using var client = server.Client(server.RequestKey);
        using var worker = server.Client(server.ReportKey);
        var data = await client.Data("mutation ($t: [TestInput!]!) { requestRuns(input: {tests: $t}) { ... on BatchAccepted { runs } ... on Refused { message } } }",
            new { t = new[] { new { package = "libsigc++-2.0", suite = "testing", arch = "amd64", triggers = new[] { "green/2", "blue/1" }, isPrivate } } });
        var run = data.GetProperty("requestRuns").GetProperty("runs")[0].GetString()!;
        for (var state = ""; state is not ("FINISHED" or "ABANDONED");)
        {
            if (await worker.Claim(waitSeconds: 10) is { } claimed)
                await Deliver(worker, long.Parse(run), claimed.GetProperty("attempt").GetInt32(), exitCode, summary);
            await Eventually.True("the run goes on", async () =>
                (state = (await client.Data("query ($id: ID!) { run(id: $id) { state } }", new { id = run })).GetProperty("run").GetProperty("state").GetString()!) != "RUNNING");
        }
        return run;
    }

    private async Task Deliver(HttpClient worker, long run, int attempt, int exitCode, string summary)
    {
        (await worker.PostAsync($"/worker/v1/runs/{run}/attempts/{attempt}/log?worker=w1&offset=0", new ByteArrayContent(log))).EnsureSuccessStatusCode();
        (await worker.PutAsync($"/worker/v1/runs/{run}/attempts/{attempt}/artifacts?worker=w1", new ByteArrayContent(artifacts))).EnsureSuccessStatusCode();
        (await worker.Report(run, attempt, exitCode: exitCode, summary: summary, version: "libsigc++-2.0 1-1", logSize: log.Length)).EnsureSuccessStatusCode();
    }

    private static string Query(string marker) =>
        $"?delimiter=%40&prefix={Uri.EscapeDataString("testing/amd64/libs/libsigc++-2.0/")}{(marker.Length == 0 ? "" : $"&marker={Uri.EscapeDataString(marker)}")}";

    private static async Task<string[]> List(HttpClient gate, string marker, string account = "alice")
    {
        using var answer = await gate.GetAsync($"/swift/{account}/autopkgtest-testing{Query(marker)}");
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Length == 0 ? HttpStatusCode.NoContent : HttpStatusCode.OK, answer.StatusCode);
        return lines;
    }

    private static async Task<(string ExitCode, string Version, string Duration, string Triggers)> Read(HttpClient gate, string result)
    {
        var members = new Dictionary<string, string>();
        await using var tar = new TarReader(await gate.GetStreamAsync($"/swift/alice/autopkgtest-testing/{result}/result.tar"));
        while (await tar.GetNextEntryAsync() is { } entry)
            members[entry.Name] = (await new StreamReader(entry.DataStream!).ReadToEndAsync()).Trim();
        return (members["exitcode"], members["testpkg-version"], members["duration"], JsonSerializer.Deserialize<JsonElement>(members["testinfo.json"]).GetProperty("custom_environment")[0].GetString()!);
    }
}
