using System.Text.Json;
using System.Text.Json.Nodes;
using Debci.Api.Import;
using Debci.Api.Requests;
using Debci.Api.Tests.Pages;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Api.Tests.Import;

/// <summary>Results of a real debci, brought here.</summary>
public sealed class ImportTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-import-").FullName;
    private Server server = null!;
    private HttpClient alice = null!;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        alice = server.Client();
        alice.DefaultRequestHeaders.Add("Auth-Key", server.RequestKey);
        await File.WriteAllTextAsync(Map, "1 alice # as she is called there\n\n2\tbob\n");
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private string Map => Path.Combine(folder, "requesters");

    [Fact]
    public async Task An_export_comes_with_its_run_ids_times_requesters_and_files()
    {
        var report = await server.Import([Importing.Samples], Map);
        Assert.Equal((3, 0, 1, 0, 0), (report.Imported, report.Known, report.Pending, report.LeftOut, report.Lines.Count));

        // alice's listing is the one that debci itself gave her
        var debci = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Importing.Samples, "listing.json")))!["results"]!.AsArray();
        var here = JsonNode.Parse(await alice.GetStringAsync("/api/v1/test?since=1"))!["results"]!.AsArray();
        Assert.Equal(debci.Count, here.Count);
        Assert.All(debci.Zip(here), pair => Assert.All(pair.Second!.AsObject(), field => Assert.Equal($"{field.Key} {pair.First![field.Key]?.ToJsonString()}", $"{field.Key} {field.Value?.ToJsonString()}")));

        var run = (await server.Client().Data("{ run(id: 1) { requestedAt endedAt importedAt worker exitCode version logUrl artifactsUrl pins { suite packages } tests { name result } } }")).GetProperty("run");
        Assert.Equal(("2026-11-28T18:45:08.218Z", "2026-11-28T18:45:08.213Z"), (Time(run, "endedAt"), Time(run, "requestedAt")));
        Assert.Equal(("ci-worker01", 0, "2", "smoke"), (Text(run, "worker"), run.GetProperty("exitCode").GetInt32(), Text(run, "version"), Text(run.GetProperty("tests")[0], "name")));
        Assert.Equal("autopkgtest [11:00:00]: hello\nthe end\n", await server.Client().GetStringAsync(Text(run, "logUrl")));
        Assert.Equal(new FileInfo(Path.Combine(Importing.Samples, "autopkgtest/testing/amd64/g/green/1/artifacts.tar.gz")).Length, (await server.Client().GetByteArrayAsync(Text(run, "artifactsUrl"))).Length);
        Assert.Contains("the end", (await server.Client().Visit("/runs/1")).Text("#log"), StringComparison.Ordinal);
        var history = (await server.Client().Data("""{ history(package: "green", suite: "testing", arch: "amd64") { nodes { run finishedAt } } }""")).GetProperty("history").GetProperty("nodes");
        Assert.Equal("2026-11-28T18:45:08.826Z", Time(history[0], "finishedAt"));
    }

    [Fact]
    public async Task What_is_private_there_is_private_here_and_words_in_the_place_of_triggers_stand_where_they_can_be_erased()
    {
        await server.Import([Importing.Samples], Map);
        Assert.Equal(404, (int)(await server.Client().Visit("/runs/3")).Status);
        var page = await server.Client(server.OtherKey).Visit("/runs/3"); // bob's
        Assert.Contains("jdoe testing a fix", page.Text("#verdict"), StringComparison.Ordinal);
        Assert.DoesNotContain(await server.Get<IEventLog>().ReadAll(0, 1000), e => System.Text.Encoding.UTF8.GetString(e.Data.Span).Contains("jdoe", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_imported_run_is_found_in_the_log_by_its_worker_and_its_requester()
    {
        await server.Import([Importing.Samples], Map);
        var run = (await server.Get<IEventLog>().ReadStream("run-1", 0)).Select(Projections.LogEvent.Of).Single();
        Assert.Equal("ci-worker01", run.Worker);
        Assert.Equal($"{await server.Get<Debci.Api.Keys.AccessKeys>().IdOf("alice")}", run.Requester);
        var found = (await server.Client().Data("""{ events(filter: {worker: "ci-worker01"}, first: 10) { nodes { type } } }""")).GetRawText();
        Assert.Contains("run.imported.v1", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_duration_that_nobody_knows_is_no_duration()
    {
        var record = Importing.Record(1);
        record.Remove("duration_seconds");
        await server.Import([await Write(record)]);
        var data = await server.Client(server.RequestKey).Data("""
            { run(id: 1) { durationSeconds } history(package: "green", suite: "testing", arch: "amd64") { nodes { durationSeconds } }
              index(suite: "testing", arch: "amd64", orderBy: DURATION) { nodes { durationSeconds } } }
            """);
        Assert.Equal(JsonValueKind.Null, data.GetProperty("run").GetProperty("durationSeconds").ValueKind);
        foreach (var list in new[] { "history", "index" })
            Assert.Equal(JsonValueKind.Null, data.GetProperty(list).GetProperty("nodes")[0].GetProperty("durationSeconds").ValueKind);
        foreach (var page in new[] { "/runs/1", "/packages/green/testing/amd64", "/suites/testing/amd64" })
        {
            var text = (await server.Client().Visit(page)).Page.Body!.TextContent;
            Assert.DoesNotContain("0 s", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_same_again_stores_nothing_and_what_finished_meanwhile_comes_behind()
    {
        await server.Import([Importing.Samples], Map);
        var head = await server.Get<IEventLog>().Head();
        var again = await server.Import([Importing.Samples], Map);
        Assert.Equal((0, 3, head), (again.Imported, again.Known, await server.Get<IEventLog>().Head()));

        var later = await server.Import([await Write(Importing.Record(4), Importing.Record(1))], Map);
        Assert.Equal((1, 1, 0), (later.Imported, later.Known, later.LeftOut));
    }

    [Fact]
    public async Task An_import_that_was_interrupted_goes_on()
    {
        var file = await Write([.. Enumerable.Range(1, 5000).Select(i => Importing.Record(i))]);
        using var stop = new CancellationTokenSource();
        var begun = server.Import([file], cancellation: stop.Token);
        await Eventually.True("some are there", async () => await server.Get<IEventLog>().Head() > 100);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => begun);

        var report = await server.Import([file]);
        Assert.Equal((5000, 0), (report.Imported + report.Known, report.LeftOut));
        Assert.Equal(5000, (await server.Get<IEventLog>().ReadAll(0, 10_000)).Select(e => e.Stream).Distinct().Count());
        Assert.Equal(5000, await server.Get<IEventLog>().Head());
    }

    [Theory]
    [InlineData("run_id", "\"x\"", "it has no run_id")]
    [InlineData("run_id", "0", "it has no run_id")]
    [InlineData("run_id", "9000000000000000000", "it has no run_id")]
    [InlineData("package", "\"../etc\"", "is no source package")]
    [InlineData("suite", "null", "is no suite and architecture")]
    [InlineData("status", "\"banana\"", "is no status")]
    [InlineData("updated_at", "\"yesterday\"", "updated_at")]
    public async Task What_is_not_understood_is_left_out_and_said_and_the_rest_comes(string field, string value, string why)
    {
        var bad = JsonSerializer.SerializeToNode(Importing.Record(2))!.AsObject();
        bad[field] = JsonNode.Parse(value);
        var file = Path.Combine(folder, "some.json");
        await File.WriteAllTextAsync(file, new JsonObject { ["until"] = 1, ["results"] = new JsonArray(JsonSerializer.SerializeToNode(Importing.Record(1)), bad, JsonValue.Create(7)) }.ToJsonString());

        var report = await server.Import([file]);

        Assert.Equal((1, 2), (report.Imported, report.LeftOut));
        Assert.Contains(report.Lines, l => l.StartsWith(file, StringComparison.Ordinal) && l.Contains(why, StringComparison.Ordinal));
        Assert.Contains(report.Lines, l => l.Contains("it is no object", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""[{"run_id": 1, "package": "gre""", "not whole JSON")]
    [InlineData("""{"jobs": []}""", "neither an array of jobs")]
    [InlineData("", "not whole JSON")]
    public async Task A_file_that_is_cut_or_of_another_kind_imports_nothing(string text, string why)
    {
        var file = Path.Combine(folder, "cut.json");
        await File.WriteAllTextAsync(file, text);
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => server.Import([file]));
        Assert.Contains(why, failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, await server.Get<IEventLog>().Head());
    }

    [Fact]
    public async Task Another_result_under_an_id_that_was_imported_does_not_count()
    {
        await server.Import([await Write(Importing.Record(1))]);
        var report = await server.Import([await Write(Importing.Record(1, status: "fail"))]);
        Assert.Equal((0, 0, 1), (report.Imported, report.Known, report.LeftOut));
        Assert.Contains("another result stands here", Assert.Single(report.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_records_of_one_run_in_one_import_are_one_run()
    {
        var same = Importing.Record(1);
        var report = await server.Import([await Write(same, same, Importing.Record(1, trigger: "jdoe testing a fix"), Importing.Record(1, status: "fail"))]);
        Assert.Equal((1, 2, 1), (report.Imported, report.Known, report.LeftOut));
        await using var texts = server.Get<Npgsql.NpgsqlDataSource>().CreateCommand("select count(*) from work.texts");
        Assert.Equal(0L, await texts.ExecuteScalarAsync()); // what does not count leaves nothing
    }

    [Fact]
    public async Task Of_two_records_of_one_run_the_second_comes_where_the_first_cannot_be_read()
    {
        var report = await server.Import([await Write(Importing.Record(1, status: "banana"), Importing.Record(1))]);
        Assert.Equal((1, 1), (report.Imported, report.LeftOut));
    }

    [Fact]
    public async Task A_folder_that_nobody_may_see_comes_as_private_runs()
    {
        Importing.AddResult(folder, 1, 0, DateTime.UtcNow);
        Assert.Equal(1, (await server.Import([folder], hidden: true)).Imported);
        Assert.Equal(404, (int)(await server.Client().Visit("/runs/1")).Status);
        Assert.Equal(404, (int)(await server.Client().GetAsync("/data/autopkgtest/testing/amd64/g/green/1/log.gz")).StatusCode);
        Assert.Equal(200, (int)(await server.Client(server.RequestKey).Visit("/runs/1")).Status); // alice's
        Assert.Equal(1, (await server.Import([folder])).LeftOut); // not to be made public by the same without
    }

    [Fact]
    public async Task A_folder_of_results_comes_as_second_names_of_its_files()
    {
        Importing.AddResult(folder, 71_831_181, 4, new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc));
        Directory.CreateDirectory(Path.Combine(folder, "autopkgtest/testing/amd64/g/green/20260304_050607_abc@"));
        var report = await server.Import([folder]);
        Assert.Equal((1, 1), (report.Imported, report.LeftOut)); // the latter of Ubuntu's kind

        var (run, _) = await server.Client(server.RequestKey).Request("hello");
        Assert.Equal(71_831_182, run[0]);
        var log = await server.Client().GetByteArrayAsync("/data/autopkgtest/testing/amd64/g/green/71831181/log.gz");
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder, "autopkgtest/testing/amd64/g/green/71831181/log.gz")), log);
        Assert.EndsWith("log of run 71831181\n", await server.Client().GetStringAsync("/runs/71831181/log"), StringComparison.Ordinal);
        var row = (await server.Client().Data("{ run(id: 71831181) { status worker endedAt durationSeconds testCount } }")).GetProperty("run");
        Assert.Equal(("FAIL", "ci-worker01", "2026-03-04T05:06:07.000Z", 7), (Text(row, "status"), Text(row, "worker"), Time(row, "endedAt"), row.GetProperty("durationSeconds").GetInt32()));
    }

    [Fact]
    public async Task No_id_is_given_twice_whatever_blocks_are_under_way()
    {
        var ids = server.Get<RunIds>();
        var first = await ids.Take(3); // and has a block of a hundred
        var report = await server.Import([await Write([.. Enumerable.Range(1, 300).Select(i => Importing.Record(i))])]);
        Assert.Equal((200, 100), (report.Imported, report.LeftOut)); // 1 to 100 may be given to anybody
        var next = await ids.Take(200);
        Assert.Equal(Enumerable.Range(4, 97).Select(i => (long)i), next.Take(97));
        Assert.All(next.Skip(97), id => Assert.True(id > 300));
        Assert.Equal(203, first.Concat(next).Distinct().Count());
    }

    [Fact]
    public async Task Ids_are_drawn_while_the_sequence_jumps_and_none_is_of_both()
    {
        var drawn = new System.Collections.Concurrent.ConcurrentBag<long>();
        var database = server.Get<Npgsql.NpgsqlDataSource>();
        var nodes = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var ids = new RunIds(database);
            for (var i = 0; i < 100; i++)
                foreach (var id in await ids.Take(70))
                    drawn.Add(id);
        })).ToList();
        var imported = new ImportedIds(database);
        for (var highest = 1000; highest <= 20_000; highest += 1000)
            await imported.JumpOver(highest, default);
        await Task.WhenAll(nodes);
        Assert.Equal(drawn.Count, drawn.Distinct().Count());
        Assert.DoesNotContain(drawn, imported.Has);
        Assert.Contains(Enumerable.Range(1, 20_000), id => imported.Has(id));
    }

    [Fact]
    public async Task Results_that_are_older_than_those_of_here_change_nothing_that_counts()
    {
        await server.Import([await Write(Importing.Record(500, trigger: "migration-reference/0", status: "fail"))]);
        await server.Import([await Write(Importing.Record(400, trigger: "migration-reference/0", at: new DateTime(2025, 1, 1)))]);
        var data = await server.Client(server.RequestKey).Data("""{ index(suite: "testing", arch: "amd64") { nodes { run { id } status finishedAt } } }""");
        var row = Assert.Single(data.GetProperty("index").GetProperty("nodes").EnumerateArray());
        Assert.Equal(("500", "FAIL", "2026-01-02T03:04:05.000Z"), (Text(row.GetProperty("run"), "id"), Text(row, "status"), Time(row, "finishedAt")));
        // the newest reference is the one whose outcome is newest, not the one that came last; and it is old by now
        var verdict = (await server.Client(server.RequestKey).Data("""{ bestResults(suite: "testing", keys: [{package: "green", arch: "amd64", trigger: "green/2"}]) { reference { run result } } }""")).GetProperty("bestResults")[0];
        Assert.Contains("500", verdict.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("OLD_FAIL", verdict.GetRawText(), StringComparison.Ordinal);
    }

    private async Task<string> Write(params Dictionary<string, object?>[] records)
    {
        var file = Path.Combine(folder, $"{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { until = 1, results = records }));
        return file;
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static string Time(JsonElement of, string name) => DateTimeOffset.Parse(Text(of, name), null).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null);
}
