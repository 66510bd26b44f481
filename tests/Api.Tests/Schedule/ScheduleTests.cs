using System.Net;
using System.Net.Sockets;
using Debci.Api.Cli.Client;
using Debci.Api.Schedule;
using Debci.Domain;
using Debci.Playground;

namespace Debci.Api.Tests.Schedule;

/// <summary>`debci schedule` against a signed archive and a real server.</summary>
public sealed class ScheduleTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly LocalArchive archive = new();
    private readonly string state = Directory.CreateTempSubdirectory("debci-schedule-state-").FullName;
    private Server server = null!;

    public async Task InitializeAsync() => server = await Server.Start(c => c with { Suites = ["unstable", "testing"], Arches = ["amd64", "riscv64"] });

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        archive.Dispose();
        Directory.Delete(state, recursive: true);
    }

    [Theory]
    [InlineData("xz", false)]
    [InlineData("gz", false)]
    [InlineData("plain", false)]
    [InlineData("xz", true)]
    public async Task A_new_version_is_requested_on_its_arches_and_what_was_there_is_remembered(string form, bool byHash)
    {
        archive.Source("hello", "2.10-3").Source("only", "1-1", "Testsuite: autopkgtest\nArchitecture: amd64\n").Source("untested", "1-1", "Architecture: any\n").Publish(form, byHash: byHash);
        Assert.Equal("unstable: 0 runs asked for, 0 taken, 0 refused; 3 packages seen.", await Round());
        Assert.Equal("unstable: nothing new.", await Round());

        archive.Source("hello", "2.10-4").Source("only", "1-2", "Testsuite: autopkgtest-pkg-perl\nArchitecture: amd64\n").Source("untested", "2-1", "Architecture: any\n")
            .Source("fresh", "1-1").Publish(form, byHash: byHash);
        Assert.Equal("unstable: 5 runs asked for, 5 taken, 0 refused; 4 packages seen.", await Round());
        Assert.Equal(["fresh amd64 fresh/1-1", "fresh riscv64 fresh/1-1", "hello amd64 hello/2.10-4", "hello riscv64 hello/2.10-4", "only amd64 only/1-2"], await Requested());
        Assert.Equal("unstable: nothing new.", await Round());
    }

    [Fact]
    public async Task What_left_the_archive_and_what_is_back_is_told()
    {
        archive.Source("hello", "2.10-3").Source("green", "1-1").Publish();
        await Round();
        archive.Without("green").Publish();
        Assert.Equal("unstable: 0 runs asked for, 0 taken, 0 refused; 1 packages seen, 1 gone.", await Round());
        Assert.Equal([("unstable", "green")], await server.Get<Projections.StatusesQueries>().Removed());
        archive.Source("green", "1-1").Publish();
        await Round();
        Assert.Empty(await server.Get<Projections.StatusesQueries>().Removed());
    }

    [Fact]
    public async Task A_source_is_not_hidden_for_ever_when_the_state_is_lost_before_it_is_back()
    {
        archive.Source("hello", "2.10-3").Source("green", "1-1").Publish();
        await Round();
        archive.Without("green").Publish();
        await Round();
        Assert.Single(await server.Get<Projections.StatusesQueries>().Removed());
        File.Delete(Path.Combine(state, "unstable.json"));
        archive.Source("green", "1-1").Publish();

        await Round();

        Assert.Empty(await server.Get<Projections.StatusesQueries>().Removed());
    }

    [Fact]
    public async Task The_news_of_what_somebody_maintains_are_a_feed_as_long_as_the_archive_names_them()
    {
        archive.Source("green", "1-1", "Maintainer: Debian Perl Group <pkg-perl@Lists.example.org>\nUploaders: Ann, the Elder <ann+deb@example.org>,\n Bob <bob@example.org>\nTestsuite: autopkgtest\n")
            .Source("blue", "1-1", "Maintainer: Ann <ann+deb@example.org>\nUploaders: nobody, <no address>, <a/b@c>\n").Source("red", "1-1").Publish();
        await Round();
        await End("green", 0, 4);
        await End("blue", 4, 0);
        await End("red", 0, 4);

        Assert.Equal(["blue 1-1: fail → pass in unstable on amd64", "green 1-1: pass → fail in unstable on amd64"], await Feed("ann+deb@example.org"));
        Assert.Equal(["green 1-1: pass → fail in unstable on amd64"], await Feed("pkg-perl@lists.example.org"));
        Assert.Equal(["green 1-1: pass → fail in unstable on amd64"], await Feed("PKG-perl@lists.example.org"));
        Assert.Null(await Feed("carol@example.org"));
        Assert.Null(await Feed("a/b@c"));
        Assert.DoesNotContain("example.org", string.Concat((await server.Get<EventLog.IEventLog>().ReadAll(0, 1000)).Select(e => System.Text.Encoding.UTF8.GetString(e.Data.Span))), StringComparison.Ordinal);

        archive.Source("green", "1-2", "Maintainer: Bob <bob@example.org>\nTestsuite: autopkgtest\n").Without("blue").Publish();
        await Round();
        Assert.Null(await Feed("ann+deb@example.org"));
        Assert.Single((await Feed("bob@example.org"))!);
    }

    [Fact]
    public async Task Who_maintains_what_is_told_by_who_may_and_in_addresses()
    {
        const string tell = "mutation ($who: String!) { tellMaintainers(suite: \"unstable\", sources: [{package: \"green\", addresses: [$who]}]) { __typename ... on Refused { message } } }";
        Assert.Contains("Refused", $"{await server.Client(server.RequestKey).Data(tell, new { who = "a@b" })}", StringComparison.Ordinal);
        Assert.Contains("no mail address", $"{await server.Client(server.SystemKey).Data(tell, new { who = "Ann <a@b>" })}", StringComparison.Ordinal);
        Assert.Null(await Feed("a@b"));
        Assert.Contains("MaintainersTold", $"{await server.Client(server.SystemKey).Data(tell, new { who = "a@b" })}", StringComparison.Ordinal);
        Assert.Empty((await Feed("a@b"))!);
    }

    // Titles; null when there is no such feed.
    private async Task<IReadOnlyList<string>?> Feed(string address)
    {
        using var answer = await server.Client().GetAsync($"/data/feeds/maintainer/{Uri.EscapeDataString(address)}.xml");
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        var feed = System.Xml.Linq.XDocument.Parse(await answer.Content.ReadAsStringAsync()).Root!;
        return [.. feed.Elements(feed.Name.Namespace + "entry").Select(e => e.Element(feed.Name.Namespace + "title")!.Value)];
    }

    private async Task End(string package, params int[] exitCodes)
    {
        foreach (var code in exitCodes)
        {
            await server.Client(server.RequestKey).Data("mutation ($p: String!) { requestRuns(input: {tests: [{package: $p, suite: \"unstable\", arch: \"amd64\"}]}) { __typename } }", new { p = package });
            var claimed = await server.Client(server.ReportKey).Claim(waitSeconds: 10);
            using var answer = await server.Client(server.ReportKey).Report(claimed!.Value.GetProperty("run").GetInt64(), exitCode: code, summary: code == 0 ? "t PASS\n" : "t FAIL why\n", version: $"{package} 1-1");
            answer.EnsureSuccessStatusCode();
        }
        Assert.True(await server.Get<Projections.ReadPosition>().WaitFor(await server.Get<EventLog.IEventLog>().Head(), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task What_depends_on_it_and_what_names_it_as_a_trigger_is_requested_where_configured()
    {
        archive.Source("green", "1-1").Source("user", "1-1").Source("other", "1-1").Source("watcher", "1-1", "Testsuite: autopkgtest\nArchitecture: any\nTestsuite-Triggers: x, green-bin\n")
            .Binary("user-bin", "user", "libc6 (>= 2.36), libgreen1 (>= 1) | libblue1").Binary("other-bin", "other", "libc6").Publish();
        await Round();
        archive.Source("green", "1-2").Publish();
        await Round(s => s with { ReverseDependencies = true, TestsuiteTriggers = true, Arches = ["amd64"] });
        Assert.Equal(["green amd64 green/1-2", "user amd64 green/1-2", "watcher amd64 green/1-2"], await Requested());
    }

    [Fact]
    public async Task The_first_look_asks_for_each_package_once_where_that_is_wanted()
    {
        archive.Source("green", "1-1").Source("user", "1-1").Source("untested", "1-1", "Architecture: any\n").Binary("user-bin", "user", "libgreen1").Publish();
        await Round(s => s with { ReverseDependencies = true, TestsuiteTriggers = true, Arches = ["amd64"] }, first: true);
        Assert.Equal(["green amd64 green/1-1", "user amd64 user/1-1"], await Requested());
    }

    [Fact]
    public async Task A_package_is_tested_again_after_some_days()
    {
        archive.Source("hello", "2.10-3").Publish();
        await Round();
        Assert.StartsWith("unstable: 0 runs", await Round(s => s with { RetestDays = 30 }, Now.AddDays(29)), StringComparison.Ordinal);
        Assert.StartsWith("unstable: 2 runs", await Round(s => s with { RetestDays = 30 }, Now.AddDays(31)), StringComparison.Ordinal);
        Assert.StartsWith("unstable: 0 runs", await Round(s => s with { RetestDays = 30 }, Now.AddDays(32)), StringComparison.Ordinal);
        Assert.Equal(["hello amd64 ", "hello riscv64 "], await Requested());
    }

    [Fact]
    public async Task What_is_due_later_on_the_same_day_is_another_batch()
    {
        archive.Source("hello", "2.10-3").Publish();
        await Round();
        archive.Source("gzip", "1-1").Publish();
        await Round(now: Now.AddHours(1)); // requests gzip
        static ScheduleSettings Retest(ScheduleSettings s) => s with { RetestDays = 30 };
        Assert.StartsWith("unstable: 2 runs asked for, 2 taken", await Round(Retest, Now.AddDays(30).AddHours(0.5)), StringComparison.Ordinal);
        Assert.StartsWith("unstable: 2 runs asked for, 2 taken", await Round(Retest, Now.AddDays(30).AddHours(1.5)), StringComparison.Ordinal);
        Assert.Contains("hello amd64 ", await Requested());
    }

    [Fact]
    public async Task What_the_server_did_not_take_is_asked_for_again()
    {
        archive.Source("hello", "1-1").Publish();
        await Round();
        archive.Source("hello", "1-2").Publish();
        using (var nobody = new DebciClient("http://127.0.0.1:1", server.RequestKey))
            await Assert.ThrowsAsync<HttpRequestException>(() => Round(client: nobody));
        Assert.StartsWith("unstable: 2 runs asked for, 2 taken", await Round(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_on_the_reject_list_keeps_no_other_from_being_requested()
    {
        archive.Source("hello", "1-1").Source("linux", "1-1").Publish();
        await Round();
        archive.Source("hello", "1-2").Source("linux", "1-2").Publish();
        await server.Client(server.AdminKey).Data("mutation { rejectRequests(pattern: \"linux\", reason: \"no\") { __typename } }");
        Assert.Equal("unstable: 4 runs asked for, 2 taken, 2 refused; 2 packages seen.", await Round());
    }

    [Fact]
    public async Task Bad_signatures_old_releases_other_suites_and_changed_indexes_are_refused_and_change_nothing()
    {
        archive.Source("hello", "1-1").Publish();
        File.WriteAllText(archive.InRelease, File.ReadAllText(archive.InRelease).Replace("Origin: test", "Origin: else", StringComparison.Ordinal));
        await Refused("has no good signature");
        File.WriteAllText(archive.InRelease, "Suite: unstable\nSHA256:\n");
        await Refused("has no good signature");
        await Refused("of \"stable\" and not of sid", fields: "Suite: stable\nCodename: trixie\n");
        await Refused("was valid until", fields: "Suite: unstable\nCodename: sid\nValid-Until: Sun, 22 Nov 2026 12:00:00 UTC\n");
        await Refused("is not what its signed Release says", damage: true);
        Assert.Empty(Directory.GetFiles(state));

        async Task Refused(string words, string? fields = null, bool damage = false)
        {
            if (fields is not null || damage)
                archive.Publish(fields: fields ?? "Suite: unstable\nCodename: sid\n", damage: damage);
            var refused = await Assert.ThrowsAsync<RefusedException>(() => Round());
            Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_component_whose_index_is_missing_is_told_and_changes_nothing()
    {
        archive.Source("hello", "1-1").Publish();
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Round(s => s with { Components = ["main", "contrib"] })); // else it would all be new when it is back
        Assert.StartsWith("The Release of sid names no contrib/source/Sources", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(state));
    }

    [Fact]
    public async Task A_mirror_is_followed_by_http_and_through_a_proxy()
    {
        archive.Source("hello", "1-1").Publish();
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var serving = Serve(proxy, calls: 2);
        Assert.StartsWith("unstable: 0 runs", await Round(s => s with { Mirror = "http://deb.example.org/debian", Proxy = $"http://{proxy.LocalEndpoint}" }), StringComparison.Ordinal);
        Assert.Equal(["GET http://deb.example.org/debian/dists/sid/InRelease HTTP/1.1", "GET http://deb.example.org/debian/dists/sid/main/source/Sources.xz HTTP/1.1"], await serving);
    }

    // A proxy is asked for whole addresses; this one answers from the archive's folder.
    private async Task<IReadOnlyList<string>> Serve(TcpListener proxy, int calls)
    {
        var asked = new List<string>();
        while (asked.Count < calls)
        {
            using var call = await proxy.AcceptTcpClientAsync();
            await using var stream = call.GetStream();
            using var lines = new StreamReader(stream, leaveOpen: true);
            asked.Add((await lines.ReadLineAsync())!);
            while (await lines.ReadLineAsync() is { Length: > 0 }) { }
            var file = await File.ReadAllBytesAsync(archive.Root + new Uri(asked[^1].Split(' ')[1]).AbsolutePath["/debian".Length..]);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {file.Length}\r\nConnection: close\r\n\r\n"));
            await stream.WriteAsync(file);
        }
        return asked;
    }

    private async Task<string> Round(Func<ScheduleSettings, ScheduleSettings>? change = null, DateTimeOffset? now = null, DebciClient? client = null, bool first = false)
    {
        using var own = new DebciClient($"{server.Address}", server.SystemKey);
        var settings = new ScheduleSettings { Mirror = archive.Address, Suite = "sid", Keyring = archive.Keyring };
        var configuration = server.Configuration with { Schedules = new Dictionary<string, ScheduleSettings> { ["unstable"] = change?.Invoke(settings) ?? settings } };
        return await new ScheduleRound(client ?? own, configuration, state, requestFirst: first).Run("unstable", now ?? Now, default);
    }

    private async Task<IReadOnlyList<string>> Requested()
    {
        Assert.True(await server.Get<Projections.ReadPosition>().WaitFor(await server.Get<EventLog.IEventLog>().Head(), TimeSpan.FromSeconds(10)));
        var data = await server.Client().Data("{ runs(first: 500) { nodes { package suite arch priority triggers } } }");
        var nodes = data.GetProperty("runs").GetProperty("nodes").EnumerateArray().ToList();
        Assert.All(nodes, n => Assert.Equal(("unstable", 2), (n.GetProperty("suite").GetString(), n.GetProperty("priority").GetInt32())));
        return [.. nodes.Select(n => $"{n.GetProperty("package").GetString()} {n.GetProperty("arch").GetString()} {string.Join(' ', n.GetProperty("triggers").EnumerateArray().Select(t => t.GetString()))}").Order(StringComparer.Ordinal)];
    }
}
