using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Rest;

/// <summary>debci's calls as britney, its script and people use them.</summary>
public sealed class CallTests : Debci
{
    [Fact]
    public async Task A_key_is_told_whose_it_is_and_an_unknown_one_is_invalid()
    {
        using var answer = await Alice.GetAsync(At("/api/v1/auth"));
        Assert.Equal((200, "alice"), ((int)answer.StatusCode, answer.Headers.GetValues("Auth-User").Single()));
        Assert.Contains("Invalid key", await Refused(Server.Client().GetAsync(At("/api/v1/auth")), 403), StringComparison.Ordinal);
        Assert.Contains("not known", await Refused(WithKey("nonsense").GetAsync(At("/api/v1/auth")), 403), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tests_come_in_a_field_or_in_a_file_and_the_same_again_is_the_same_run()
    {
        var tests = """[{"package": "green", "trigger": "green/2"}, {"package": "blue", "trigger": "green/2"}]""";
        var runs = await Taken(tests, "//api/v1/test/testing/amd64");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(tests)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } }, "tests", "tests.json" } };
        using var answer = await Alice.PostAsync(At("/api/v1/test/testing/amd64"), form);
        Assert.Equal(201, (int)answer.StatusCode);
        Assert.Equal($$"""{"runs":[{{string.Join(',', runs)}}]}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_suite_may_have_a_dash_in_its_name()
    {
        var run = (await Taken("""[{"package": "green", "trigger": "green/2"}]""", "/api/v1/test/stable-backports/amd64"))[0];
        await End(run);
        Assert.Equal("stable-backports", Assert.Single((await Listing()).GetProperty("results").EnumerateArray()).GetProperty("suite").GetString());
        using var page = await Server.Client().GetAsync(At("/packages/g/green/stable-backports/amd64"));
        Assert.True(page.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_chunk_of_500_tests_with_90_triggers_each_is_taken()
    {
        var trigger = string.Join(' ', Enumerable.Range(1, 90).Select(i => $"some-source-package-{i}/1.2.3-{i}"));
        var tests = JsonSerializer.Serialize(Enumerable.Range(0, 500).Select(i => new { package = $"package-{i}", trigger }));
        Assert.Equal(500, (await Taken(tests)).Distinct().Count(r => r is not null));
    }

    [Theory]
    [InlineData("/api/v1/test/sid/amd64", "[]", "no suite \"sid\"")]
    [InlineData("/api/v1/test/testing/vax", "[]", "no architecture \"vax\"")]
    [InlineData("/api/v1/test/testing/amd64", "[{\"package\": ", "no JSON that can be read")]
    [InlineData("/api/v1/test/testing/amd64", "{}", "no list")]
    [InlineData("/api/v1/test/testing/amd64", "[3]", "tests[0] is no object")]
    [InlineData("/api/v1/test/testing/amd64", "[{}]", "tests[0].package is missing")]
    [InlineData("/api/v1/test/testing/amd64", "[{\"package\": \"ok-name\"}, {\"package\": \"../etc\"}]", "no source package name")]
    [InlineData("/api/v1/test/testing/amd64", "[{\"package\": \"green\", \"trigger\": \"green\"}]", "trigger")]
    [InlineData("/api/v1/test/testing/amd64", "[{\"package\": \"green\", \"is_private\": \"no\"}]", "neither true nor false")]
    [InlineData("/api/v1/test/testing/amd64", "[{\"package\": \"green\", \"backend\": \"vmware\"}]", "no backend")]
    [InlineData("/api/v1/test/testing/amd64", "[{\"package\": \"green\", \"autopkgtest\": \"git\"}]", "variant")]
    [InlineData("/api/v1/test/testing/amd64", "[{\"package\": \"green\", \"extra-apt-sources\": [\"nowhere\"]}]", "no extra source")]
    [InlineData("/api/v1/test/testing/amd64", "[{\"package\": \"\\ud800\"}]", "half a character")]
    [InlineData("/api/v1/test/testing/amd64", "[{\"package\": \"green\", \"pin-packages\": [[\"unstable\"]]}]", "pin")]
    public async Task What_is_wrong_with_a_chunk_is_said_and_nothing_is_taken(string address, string tests, string sentence)
    {
        Assert.Contains(sentence, await Refused(Post(Alice, tests, address), 400), StringComparison.Ordinal);
        await Passed();
        Assert.Empty((await Listing()).GetProperty("results").EnumerateArray());
    }

    [Fact]
    public async Task Priorities_extra_sources_and_scopes_have_their_bounds()
    {
        var test = """[{"package": "green", "extra-apt-sources": ["unstable"]}]""";
        foreach (var priority in new[] { "0", "11", "high" })
            Assert.Contains("1 (last) to 10 (first)", await Refused(Post(Alice, test, priority: priority), 400), StringComparison.Ordinal);
        Assert.Contains("bob may not use the extra source unstable", await Refused(Post(WithKey(Server.OtherKey), test), 400), StringComparison.Ordinal);
        Assert.Contains("scope request", await Refused(Post(WithKey(Server.ReportKey), test), 403), StringComparison.Ordinal);
        Assert.Contains("no field tests", await Refused(Alice.PostAsync(At("/api/v1/test/testing/amd64"), new StringContent("tests")), 400), StringComparison.Ordinal);
        Assert.Contains("no call", await Refused(Alice.GetAsync(At("/api/v1/nonsense")), 404), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_on_the_reject_list_is_passed_over_and_its_retry_is_refused()
    {
        var run = (await Taken("""[{"package": "linux"}]"""))[0];
        await End(run, version: "linux 6.1-1");
        await Server.Client(Server.AdminKey).Data("""mutation { rejectRequests(pattern: "linux", reason: "too large") { ... on Decided { position } } }""");
        var runs = await Taken("""[{"package": "linux"}, {"package": "hello"}]""");
        Assert.Null(runs[0]);
        Assert.NotNull(runs[1]);
        Assert.Contains("too large", await Refused(Alice.PostAsync(At($"/api/v1/retry/{run}"), null), 403), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_by_anybody_belongs_to_the_first_requester_and_needs_a_key()
    {
        var run = (await Taken("""[{"package": "green", "trigger": "green/2", "extra-apt-sources": ["unstable"]}]"""))[0];
        var address = At($"//api/v1/retry/{run}");
        Assert.Contains("still pending", await Refused(Alice.PostAsync(address, null), 400), StringComparison.Ordinal);
        await End(run, exitCode: 4, summary: "t FAIL\n");
        Assert.Contains("key", await Refused(Server.Client().PostAsync(address, null), 403), StringComparison.Ordinal);
        using (var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["key"] = Server.OtherKey })) // typed into the page
        using (var answer = await Server.Client().PostAsync(address, form))
            Assert.Equal(201, (int)answer.StatusCode);
        await Passed();
        var listed = (await Listing()).GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(["fail", null], listed.Select(r => r.GetProperty("status").GetString()));
        Assert.All(listed, r => Assert.Equal("green/2", r.GetProperty("trigger").GetString()));
        foreach (var unknown in new[] { "4711", "green" })
        {
            Assert.Contains("run", await Refused(Alice.PostAsync(At($"/api/v1/retry/{unknown}"), null), 400), StringComparison.Ordinal);
            Assert.Contains("run", await Refused(Server.Client().GetAsync(At($"/api/v1/retry/{unknown}")), 400), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_state_of_a_run_is_pending_or_completed()
    {
        var run = (await Taken("""[{"package": "green"}]"""))[0];
        var address = At($"/api/v1/job_state/{run}");
        Assert.Equal("""{"state":"pending"}""", await Server.Client().GetStringAsync(address));
        await End(run);
        Assert.Equal("""{"state":"completed"}""", await Server.Client().GetStringAsync(address));
        await Refused(Alice.GetAsync(At("/api/v1/job_state/4711")), 404);
    }

    [Fact]
    public async Task The_links_in_britneys_excuses_answer()
    {
        var run = (await Taken("""[{"package": "libpng1.6"}]"""))[0];
        var claimed = await Worker.Claim(waitSeconds: 10);
        await Worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset=0", new StringContent("first\n"));
        using (var answer = await Worker.Report(run!.Value, version: "libpng1.6 1-1", logSize: 6))
            answer.EnsureSuccessStatusCode();
        await Passed();
        foreach (var link in new[] { "packages/libp/libpng1.6/testing/amd64", "status/pending", $"api/v1/retry/{run}", $"data/autopkgtest/testing/amd64/libp/libpng1.6/{run}/log.gz" })
        {
            foreach (var slashes in new[] { "/", "//" })
            {
                using var answer = await Server.Client().GetAsync(At(slashes + link));
                Assert.True(answer.IsSuccessStatusCode, $"{slashes}{link}: {answer.StatusCode}");
            }
        }
    }
}
