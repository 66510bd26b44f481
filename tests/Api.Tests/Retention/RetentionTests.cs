using System.Text.Json;
using Debci.Api.Files;
using Debci.Api.Retention;
using Debci.Api.Runs;
using Debci.Api.Tests.Import;
using Debci.Api.Tests.Pages;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Api.Tests.Retention;

/// <summary>Logs and artifacts that are kept no longer; results of runs are those of an import, which can be as old as a test likes.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private static readonly RetentionPolicy HalfAYear = new(180, 0);
    private readonly string folder = Directory.CreateTempSubdirectory("debci-retention-").FullName;
    private Server server = null!;

    public async Task InitializeAsync() => server = await Server.Start();

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private readonly DateTime today = DateTime.UtcNow.Date; // for all of a test; no limit of a test's is as near as the next day

    private DateTime DaysAgo(int days) => today.AddDays(-days);

    [Fact]
    public async Task What_is_old_goes_but_for_the_newest_pass_and_the_newest_fail()
    {
        foreach (var (run, exitCode, days) in new[] { (1, 0, 900), (2, 4, 800), (3, 0, 700), (4, 4, 600), (5, 8, 500), (6, 0, 400), (7, 16, 300), (8, 8, 10) })
            Importing.AddResult(folder, run, exitCode, DaysAgo(days));
        await server.Import([folder]);
        var before = await Listing();

        Assert.Equal(5, (await Round(HalfAYear)).Runs);

        Assert.Equal(["4", "6", "8"], Kept()); // the newest fail, the newest pass, and what is young
        Assert.Equal(before, await Listing()); // what a gate reads has not moved
        Assert.Equal(0, (await Round(HalfAYear)).Runs);
        Assert.Equal(5, (await server.Get<IEventLog>().ReadAll(0, 1000)).Count(e => e.Name == "run.files-expired.v1"));
    }

    [Fact]
    public async Task A_newer_result_that_never_had_files_does_not_drive_out_the_newest_that_has_them()
    {
        Importing.AddResult(folder, 1, 0, DaysAgo(500));
        Importing.AddResult(folder, 2, 4, DaysAgo(490));
        await server.Import([folder]);
        var bare = Path.Combine(folder, "bare.json");
        await File.WriteAllTextAsync(bare, JsonSerializer.Serialize(new[] { Importing.Record(3, at: DaysAgo(300)), Importing.Record(4, status: "fail", at: DaysAgo(290)) }));
        Assert.Equal(2, (await server.Import([bare])).Imported);

        Assert.Equal(0, (await Round(HalfAYear)).Runs);
        Assert.Equal(["1", "2"], Kept());
    }

    [Fact]
    public async Task A_run_that_is_refused_keeps_its_files_and_the_round_goes_on()
    {
        foreach (var run in new[] { 1, 2 })
            Importing.AddResult(folder, run, 8, DaysAgo(400));
        await server.Import([folder]);
        await using (var odd = server.Get<Npgsql.NpgsqlDataSource>().CreateCommand("""
            create temp table odd as select * from read.runs where run = 1; update odd set run = 99; insert into read.runs select * from odd; drop table odd
            """)) // a row of which the log knows nothing
            await odd.ExecuteNonQueryAsync();

        var done = await Round(HalfAYear);
        Assert.Equal(2, done.Runs);
        Assert.Contains("Run 99", Assert.Single(done.Refused), StringComparison.Ordinal);
        Assert.Empty(Kept());
        Assert.Empty(await server.Get<FileRemovals>().Left(default));
    }

    [Fact]
    public async Task Rounds_wait_for_each_other_and_strike_out_none_of_the_others_notes()
    {
        await using (await server.Get<IEventLog>().Lead("retention round"))
        {
            await server.Get<FileRemovals>().Add([new RunKey(1, "green", "testing", "amd64", false)], default);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.Get<RetentionRound>().Mend(patience.Token));
            Assert.Single(await server.Get<FileRemovals>().Left(default));
        }
        await server.Get<RetentionRound>().Mend(default);
        Assert.Empty(await server.Get<FileRemovals>().Left(default));
    }

    [Fact]
    public async Task A_link_to_what_has_expired_says_so()
    {
        foreach (var run in new[] { 1, 2 })
            Importing.AddResult(folder, run, 0, DaysAgo(400 - run));
        await server.Import([folder]);
        await Round(HalfAYear);
        var expired = (await server.Get<IEventLog>().ReadStream(Streams.Run(1))).Single(e => e.Is<RunEvent.FilesExpired>()).RecordedAt; // by the log's clock

        foreach (var address in new[] { "/data/autopkgtest/testing/amd64/g/green/1/log.gz", "/data/autopkgtest/testing/amd64/g/green/1/artifacts.tar.gz", "/runs/1/log", "/runs/1/attempts/1/log/outline" })
        {
            using var answer = await server.Client().GetAsync(new Uri(address, UriKind.Relative));
            Assert.Equal((410, true), ((int)answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains($"Expired on {expired:yyyy-MM-dd} by policy: logs and artifacts are kept for 180 days", StringComparison.Ordinal)));
        }
        var page = await server.Client().Visit("/runs/1");
        Assert.Contains("Expired on", page.Text("#log"), StringComparison.Ordinal);
        Assert.Null(page.Page.QuerySelector("a[href$='artifacts.tar.gz']"));
        Assert.Equal(410, (int)(await server.Client().Visit("/data/autopkgtest/testing/amd64/g/green/1/log.gz")).Status);
        var row = (await server.Client().Data("{ run(id: 1) { status logUrl artifactsUrl filesExpired filesExpiredAt } }")).GetProperty("run");
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null, "PASS"), (row.GetProperty("logUrl").ValueKind, row.GetProperty("artifactsUrl").ValueKind, row.GetProperty("status").GetString()));
        Assert.StartsWith("Expired on", row.GetProperty("filesExpired").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (int)(await server.Client().Visit("/data/autopkgtest/testing/amd64/g/green/2/log.gz")).Status);
    }

    [Fact]
    public async Task Of_a_package_that_has_too_much_the_oldest_go()
    {
        for (var run = 1; run <= 6; run++)
            Importing.AddResult(folder, run, 8, DaysAgo(100 - run), logBytes: 10_000); // neutral: none is kept for its result
        Importing.AddResult(folder, 7, 8, DaysAgo(90), package: "small", logBytes: 10_000);
        await server.Import([folder]);

        Assert.Equal(4, (await Round(new RetentionPolicy(0, 25_000))).Runs);
        Assert.Equal(["5", "6", "7"], Kept());
    }

    [Fact]
    public async Task Private_runs_and_runs_with_pins_do_not_drive_out_what_others_look_at()
    {
        Importing.AddResult(folder, 1, 0, DaysAgo(500));
        Importing.AddResult(folder, 2, 0, DaysAgo(450)); // private
        Importing.AddResult(folder, 3, 0, DaysAgo(400)); // private
        Importing.AddResult(folder, 4, 0, DaysAgo(350)); // with pins
        await File.WriteAllTextAsync(Path.Combine(folder, "some.json"), JsonSerializer.Serialize(new[]
        {
            new Dictionary<string, object?>(Importing.Record(2, at: DaysAgo(450))) { ["is_private"] = true }, new Dictionary<string, object?>(Importing.Record(3, at: DaysAgo(400))) { ["is_private"] = true },
            new Dictionary<string, object?>(Importing.Record(4, at: DaysAgo(350))) { ["pin_packages"] = new[] { new[] { "src:green", "unstable" } } },
        }));
        await server.Import([Path.Combine(folder, "some.json"), folder]);

        Assert.Equal(1, (await Round(HalfAYear)).Runs);
        Assert.Equal(["1", "3", "4"], Kept());
        var events = (await server.Client().Data("""{ events(first: 100) { nodes { type } } }""")).GetRawText();
        Assert.DoesNotContain("run.files-expired.v1", events, StringComparison.Ordinal); // that of the private run
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_crash_on_the_way_is_mended(bool behindTheEvent)
    {
        Importing.AddResult(folder, 1, 8, DaysAgo(400));
        await server.Import([folder]);
        var run = new RunKey(1, "green", "testing", "amd64", false);
        await server.Get<FileRemovals>().Add([run], default);
        if (behindTheEvent)
            await server.Get<RunCommands>().Obey(new RunCommand.ExpireFiles(run, RetentionRule.Age, 180), new CommandInfo(Guid.NewGuid(), "expireFiles", "debci", Guid.NewGuid()), default);

        await server.Get<RetentionRound>().Mend(default); // as a node does when it begins to lead

        Assert.Equal(behindTheEvent ? [] : ["1"], Kept());
        Assert.Empty(await server.Get<FileRemovals>().Left(default));
    }

    [Fact]
    public async Task Files_that_have_expired_are_not_brought_back_by_another_import()
    {
        Importing.AddResult(folder, 1, 8, DaysAgo(400));
        await server.Import([folder]);
        await Round(HalfAYear);
        Assert.Equal(1, (await server.Import([folder])).Known);
        Assert.Empty(Kept());
    }

    [Fact]
    public async Task A_run_of_here_expires_by_its_bytes_and_a_subscriber_of_outcomes_hears_of_it_once()
    {
        var worker = server.Client(server.ReportKey);
        foreach (var version in new[] { "1", "2" })
        {
            var (runs, _) = await server.Client(server.RequestKey).Request("hello");
            await worker.Claim(waitSeconds: 10);
            using var log = new ByteArrayContent(new byte[2000]);
            using var sent = await worker.PostAsync(new Uri($"/worker/v1/runs/{runs[0]}/attempts/1/log?worker=w1&offset=0", UriKind.Relative), log);
            using var told = await worker.Report(runs[0], version: $"hello {version}", logSize: sent.IsSuccessStatusCode ? 2000 : 0);
            told.EnsureSuccessStatusCode();
        }
        await server.Passed();
        Assert.Equal(1, (await Round(new RetentionPolicy(0, 1))).Runs); // the newest pass stays, whatever it has
        var outcomes = await server.Client(server.RequestKey).Data("{ outcomes(first: 10) { nodes { run } } }");
        Assert.Equal(2, outcomes.GetProperty("outcomes").GetProperty("nodes").GetArrayLength());
    }

    private async Task<RetentionRound.Done> Round(RetentionPolicy policy)
    {
        var done = await server.Get<RetentionRound>().Run(policy, default);
        await server.Passed();
        return done;
    }

    private string[] Kept() => [.. Directory.EnumerateFiles(server.Get<FileLayout>().Root, "log.gz", SearchOption.AllDirectories)
        .Select(f => Path.GetDirectoryName(f)!).Where(d => Path.GetFileName(Path.GetDirectoryName(d)) != "attempts").Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    private async Task<string> Listing()
    {
        using var client = server.Client();
        client.DefaultRequestHeaders.Add("Auth-Key", server.RequestKey);
        return await client.GetStringAsync(new Uri("/api/v1/test?since=1", UriKind.Relative));
    }
}
