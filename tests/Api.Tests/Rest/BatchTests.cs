using System.Text.Json;
using Debci.Api.Configuration;
using Debci.Playground;

namespace Debci.Api.Tests.Rest;

/// <summary>The rest of debci's calls: batches, single tests, the reject list, packages.</summary>
public sealed class BatchTests : Debci
{
    protected override DebciConfiguration Configure(DebciConfiguration configuration) => configuration with
    {
        Rejects = new Dictionary<string, string> { ["linux*/unstable"] = "too large" },
        Needs = new Dictionary<string, IReadOnlyList<string>> { ["systemd*"] = ["fake"], ["green/testing"] = ["fake"] },
    };

    [Fact]
    public async Task A_batch_asks_for_each_test_on_each_architecture_of_each_suite_and_passes_over_what_is_rejected()
    {
        var runs = await Taken("""
            [{"arch": ["amd64", "arm64"], "suite": "testing", "tests": [{"package": "green", "trigger": "glibc/2.41-6"}, {"package": "blue"}]},
             {"arch": "amd64", "suite": "unstable", "tests": [{"package": "linux"}, {"package": "green", "extra-apt-sources": ["unstable"]}]}]
            """, "/api/v1/test/batch");
        Assert.Equal(6, runs.Count);
        Assert.Null(runs[4]);
        Assert.Equal(["amd64 testing blue", "amd64 testing green", "amd64 unstable green", "arm64 testing blue", "arm64 testing green"], (await Listing()).GetProperty("results").EnumerateArray()
            .Select(r => $"{r.GetProperty("arch")} {r.GetProperty("suite")} {r.GetProperty("package")}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{}", "no list")]
    [InlineData("[7]", "tests[0] holds no tests")]
    [InlineData("[{\"arch\": [\"amd64\"], \"suite\": \"testing\", \"tests\": [{\"package\": \"green\"}]}, {\"arch\": [\"amd64\"], \"tests\": []}]", "tests[1].suite is missing")]
    [InlineData("[{\"suite\": \"testing\", \"tests\": []}]", "tests[0].arch is missing")]
    [InlineData("[{\"suite\": \"testing\", \"arch\": [7], \"tests\": []}]", "tests[0].arch holds something that is no text")]
    [InlineData("[{\"suite\": \"testing\", \"arch\": null, \"tests\": []}]", "tests[0].arch is missing")]
    [InlineData("[{\"suite\": \"sid\", \"arch\": [\"amd64\"], \"tests\": [{\"package\": \"green\"}]}]", "no suite \"sid\"")]
    [InlineData("[{\"suite\": \"testing\", \"arch\": [\"amd64\", \"vax\"], \"tests\": [{\"package\": \"green\"}]}]", "no architecture \"vax\"")]
    [InlineData("[{\"suite\": \"testing\", \"arch\": [\"amd64\"], \"tests\": [{\"package\": \"green\"}, {}]}]", "tests[0].tests[1].package is missing")]
    [InlineData("[{\"suite\": \"testing\", \"arch\": [\"amd64\"], \"tests\": [{\"package\": \"green\", \"is_private\": 1}]}]", "neither true nor false")]
    public async Task What_is_wrong_with_a_batch_is_said_and_nothing_of_it_is_taken(string tests, string sentence)
    {
        Assert.Contains(sentence, await Refused(Post(Alice, tests, "/api/v1/test/batch"), 400), StringComparison.Ordinal);
        await Passed();
        Assert.Empty((await Listing()).GetProperty("results").EnumerateArray());
    }

    [Fact]
    public async Task A_single_test_is_taken_with_fields_in_the_body_or_in_the_address_and_refused_where_a_batch_would_pass_over_it()
    {
        using (var answer = await One(Alice, "/api/v1/test/testing/amd64/green?priority=9", ("extra_apt_sources", "unstable")))
            Assert.Equal(201, (int)answer.StatusCode);
        await Passed();
        var run = Assert.Single((await Listing()).GetProperty("results").EnumerateArray());
        Assert.Equal(("green", "[\"unstable\"]"), (run.GetProperty("package").GetString(), $"{run.GetProperty("extra_apt_sources")}"));
        Assert.Contains("too large", await Refused(One(Alice, "/api/v1/test/unstable/amd64/linux-signed"), 400), StringComparison.Ordinal);
        Assert.Contains("no source package name", await Refused(One(Alice, "/api/v1/test/testing/amd64/Green"), 400), StringComparison.Ordinal);
        Assert.Contains("no suite", await Refused(One(Alice, "/api/v1/test/sid/amd64/green"), 400), StringComparison.Ordinal);
        Assert.Contains("1 (last)", await Refused(One(Alice, "/api/v1/test/testing/amd64/green", ("priority", "11")), 400), StringComparison.Ordinal);
        Assert.Contains("neither", await Refused(One(Alice, "/api/v1/test/testing/amd64/green", ("is_private", "maybe")), 400), StringComparison.Ordinal);
        Assert.Contains("variant", await Refused(One(Alice, "/api/v1/test/testing/amd64/green", ("autopkgtest", "git")), 400), StringComparison.Ordinal);
        Assert.Contains("may not use", await Refused(One(WithKey(Server.OtherKey), "/api/v1/test/testing/amd64/green", ("extra_apt_sources", "unstable")), 400), StringComparison.Ordinal);
        Assert.Contains("key", await Refused(One(Server.Client(), "/api/v1/test/testing/amd64/green"), 403), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_reject_list_has_what_is_configured_and_what_operators_rejected_with_the_reasons()
    {
        await Server.Client(Server.AdminKey).Data("""mutation { rejectRequests(pattern: "chromium/*/arm64", reason: "no room") { ... on Decided { position } } }""");
        Assert.Equal("""{"chromium":{"*":{"arm64":{"*":"no room"}}},"linux*":{"unstable":{"*":{"*":"too large"}}}}""", await Server.Client().GetStringAsync(At("/api/v1/reject_list")));
    }

    [Fact]
    public async Task Packages_are_listed_with_what_is_known_of_them_and_filtered_by_nothing_else()
    {
        foreach (var (package, i) in new[] { "green", "systemd" }.Select((p, i) => (p, i)))
            await End((await Taken($$"""[{"package": "{{package}}"}]"""))[0], version: $"{package} 1-{i}");
        await Server.Client(Server.SystemKey).Data("""mutation { tellSources(suite: "testing", removed: ["green"]) { ... on Decided { position } } }""");

        var all = JsonDocument.Parse(await Server.Client().GetStringAsync(At("/api/v1/packages"))).RootElement.EnumerateArray().ToList();
        Assert.All(all, p => Assert.Equal(["id", "name", "backend", "removed", "storage_limit"], p.EnumerateObject().Select(f => f.Name)));
        Assert.Equal(["green  True ", "systemd fake False "], all.Select(p => $"{p.GetProperty("name")} {p.GetProperty("backend")} {p.GetProperty("removed")} {p.GetProperty("storage_limit")}"));
        Assert.Equal("systemd", await Names("?backend=fake"));
        Assert.Equal("green", await Names("?removed=true"));
        Assert.Equal("green", await Names($"?id={all[0].GetProperty("id")}&name=green"));
        Assert.Equal("", await Names("?backend=qemu"));
        Assert.Contains("no filter \"colour\"", await Refused(Server.Client().GetAsync(At("/api/v1/packages?colour=red")), 400), StringComparison.Ordinal);

        async Task<string> Names(string filter) => string.Join(' ', JsonDocument.Parse(await Server.Client().GetStringAsync(At("/api/v1/packages" + filter))).RootElement.EnumerateArray().Select(p => p.GetProperty("name").GetString()));
    }

    private Task<HttpResponseMessage> One(HttpClient client, string address, params (string Name, string Value)[] fields) =>
        client.PostAsync(At(address), new FormUrlEncodedContent(fields.ToDictionary(f => f.Name, f => f.Value)));
}
