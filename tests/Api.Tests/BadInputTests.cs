using System.Net.Http.Json;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests;

/// <summary>Bad input gets a typed error with a sentence, and changes nothing. Nothing is answered with 500.</summary>
public sealed class BadInputTests : IClassFixture<BadInputTests.OneServer>
{
    private readonly Server server;
    private readonly HttpClient britney;
    private readonly HttpClient worker;

    public BadInputTests(OneServer one)
    {
        server = one.Server;
        (britney, worker) = (server.Client(server.RequestKey), server.Client(server.ReportKey));
    }

    public sealed class OneServer : IAsyncLifetime
    {
        public Server Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await Server.Start(c => c with { ArtifactsMaxBytes = 10_000 });

        public Task DisposeAsync() => Server.DisposeAsync().AsTask();
    }

    [Theory]
    [InlineData("{package: \"hello\", suite: \"nowhere\", arch: \"amd64\"}", "UNKNOWN_SUITE", "tests[1].suite")]
    [InlineData("{package: \"hello\", suite: \"testing\", arch: \"vax\"}", "UNKNOWN_ARCH", "tests[1].arch")]
    [InlineData("{package: \"hello\", suite: \"testing\", arch: \"amd64\", backend: \"magic\"}", "UNKNOWN_BACKEND", "tests[1].backend")]
    [InlineData("{package: \"../../etc\", suite: \"testing\", arch: \"amd64\"}", "INVALID", "tests[1].package")]
    [InlineData("{package: \"Hello\", suite: \"testing\", arch: \"amd64\"}", "INVALID", "tests[1].package")]
    [InlineData("{package: \"hello\\n\", suite: \"testing\", arch: \"amd64\"}", "INVALID", "tests[1].package")]
    [InlineData("{package: \"hello\", suite: \"testing\", arch: \"amd64\", triggers: [\"glibc\"]}", "INVALID", "tests[1].triggers")]
    [InlineData("{package: \"hello\", suite: \"testing\", arch: \"amd64\", triggers: [\"glibc/$(rm)\"]}", "INVALID", "tests[1].triggers")]
    [InlineData("{package: \"hello\", suite: \"testing\", arch: \"amd64\", pins: [{packages: [], suite: \"unstable\"}]}", "INVALID", "tests[1].pins")]
    [InlineData("{package: \"hello\", suite: \"testing\", arch: \"amd64\", pins: [{packages: [\"src:--help\"], suite: \"unstable\"}]}", "INVALID", "tests[1].pins")]
    [InlineData("{package: \"hello\", suite: \"testing\", arch: \"amd64\", extraSources: [\"evil\"]}", "INVALID", "tests[1].extraSources")]
    [InlineData("{package: \"hello\", suite: \"testing\", arch: \"amd64\", priority: 11}", "INVALID", "tests[1].priority")]
    public async Task One_bad_test_refuses_the_batch_with_its_place(string bad, string code, string path)
    {
        var head = await server.Get<EventLog.IEventLog>().Head();
        var data = await britney.Data($$"""
            mutation { requestRuns(input: {tests: [{package: "good", suite: "testing", arch: "amd64"}, {{bad}}]}) { __typename ... on Refused { code message path } } }
            """);
        var refused = data.GetProperty("requestRuns");
        Assert.Equal((code, path), (refused.GetProperty("code").GetString(), refused.GetProperty("path").GetString()));
        Assert.InRange(refused.GetProperty("message").GetString()!.Length, 20, 400);
        Assert.Equal(head, await server.Get<EventLog.IEventLog>().Head());
    }

    [Fact]
    public async Task Mutations_without_a_key_or_without_the_scope_are_refused_and_a_wrong_key_is_401()
    {
        const string mutation = "mutation { requestRuns(input: {tests: [{package: \"hello\", suite: \"testing\", arch: \"amd64\"}]}) { ... on Refused { code } } }";
        Assert.Equal("KEY_REQUIRED", (await server.Client().Data(mutation)).GetProperty("requestRuns").GetProperty("code").GetString());
        Assert.Equal("NOT_ALLOWED", (await worker.Data(mutation)).GetProperty("requestRuns").GetProperty("code").GetString());
        using var wrong = await server.Client("debci_0000000000000000_" + new string('0', 64)).PostAsJsonAsync("/graphql", new { query = "{ server { position } }" });
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using var claim = await britney.PostAsJsonAsync("/worker/v1/claim", new { claim = Guid.NewGuid(), worker = "w", arches = new[] { "amd64" }, backends = new[] { "fake" } });
        Assert.Equal(HttpStatusCode.Forbidden, claim.StatusCode);
    }

    [Theory]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData("null", HttpStatusCode.BadRequest)]
    [InlineData("{\"query\": 5}", HttpStatusCode.BadRequest)]
    [InlineData("{\"query\": \"\"}", HttpStatusCode.BadRequest)]
    [InlineData("{\"query\": \"{\"}", HttpStatusCode.BadRequest)]
    [InlineData("{\"query\": \"{ nothing }\"}", HttpStatusCode.BadRequest)]
    [InlineData("{\"query\": \"query A { server { position } } query B { server { position } }\", \"operationName\": \"C\"}", HttpStatusCode.BadRequest)]
    [InlineData("{\"query\": \"query ($x: Int!) { runs(first: $x) { nodes { id } } }\"}", HttpStatusCode.BadRequest)]
    [InlineData("{\"query\": \"{ run(id: \\\"x\\\") { id } }\"}", HttpStatusCode.OK)]
    [InlineData("{\"query\": \"{ runs(first: 0) { nodes { id } } }\"}", HttpStatusCode.OK)]
    [InlineData("{\"query\": \"{ runs(after: \\\"?\\\") { nodes { id } } }\"}", HttpStatusCode.OK)]
    [InlineData("{\"query\": \"{ queue(after: \\\"1-2-3\\\") { nodes { run } } }\"}", HttpStatusCode.OK)]
    [InlineData("{\"query\": \"{ index(suite: \\\"x\\\", arch: \\\"amd64\\\") { nodes { runId } } }\"}", HttpStatusCode.OK)]
    [InlineData("{\"query\": \"{ history(package: \\\"a\\\", after: \\\"other.1\\\") { nodes { run } } }\"}", HttpStatusCode.OK)]
    [InlineData("{\"query\": \"{ history(package: \\\"a\\\\u0000b\\\") { nodes { run } } }\"}", HttpStatusCode.OK)]
    public async Task GraphQL_that_is_wrong_gets_errors_with_sentences(string body, HttpStatusCode status)
    {
        using var answer = await Post(body);
        Assert.Equal(status, answer.StatusCode);
        var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors");
        Assert.All(errors.EnumerateArray(), e =>
        {
            Assert.InRange(e.GetProperty("message").GetString()!.Length, 10, 500);
            Assert.NotEqual("UNAVAILABLE", e.GetProperty("extensions").GetProperty("code").GetString());
        });
    }

    [Fact]
    public async Task GraphQL_that_is_too_deep_too_dear_or_too_long_is_refused()
    {
        var deep = "{ __schema { types " + string.Concat(Enumerable.Repeat("{ fields { type ", 20)) + "{ name }" + string.Concat(Enumerable.Repeat(" } }", 20)) + " } }";
        var dear = "{ " + string.Concat(Enumerable.Range(0, 200).Select(i => $"a{i}: runs(first: 500) {{ nodes {{ tests {{ name }} }} }} ")) + "}";
        foreach (var query in new[] { deep, dear, "{ server { position } }" + new string(' ', 100_001) })
        {
            using var answer = await Post(JsonSerializer.Serialize(new { query }));
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Bodies_over_their_limit_are_413_and_other_content_types_415()
    {
        using var large = await worker.PostAsync("/worker/v1/claim", new StringContent($"{{\"software\": \"{new string('x', 2_000_000)}\"}}", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        using var text = await britney.PostAsync("/graphql", new StringContent("{ server { position } }", Encoding.UTF8, "text/plain"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, text.StatusCode);
    }

    [Fact]
    public async Task Reports_by_the_wrong_hand_change_nothing()
    {
        var (runs, _) = await britney.Request("reported");
        var run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        var head = await server.Get<EventLog.IEventLog>().Head();

        await Refused(HttpStatusCode.NotFound, worker.Report(999_999_999));
        await Refused(HttpStatusCode.Conflict, worker.Report(run, worker: "w2"));
        await Refused(HttpStatusCode.Conflict, worker.Report(run, attempt: 2));
        await Refused(HttpStatusCode.Conflict, worker.Report(run, logSize: 5)); // of which nothing has arrived
        Assert.Equal(head, await server.Get<EventLog.IEventLog>().Head());

        using var right = await worker.Report(run);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        using var again = await worker.Report(run);
        Assert.Equal(await right.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        await Refused(HttpStatusCode.Conflict, worker.Report(run, exitCode: 4, summary: "t FAIL\n"));
    }

    [Fact]
    public async Task Broken_and_oversized_artifacts_are_refused_and_a_hole_in_a_log_is_named()
    {
        await britney.Request("uploads");
        var run = (await worker.Claim("uploader", waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        var attempt = $"/worker/v1/runs/{run}/attempts/1";

        await Refused(HttpStatusCode.BadRequest, worker.PutAsync($"{attempt}/artifacts?worker=uploader", new ByteArrayContent("not gzip at all, but long enough"u8.ToArray())));
        await Refused(HttpStatusCode.RequestEntityTooLarge, worker.PutAsync($"{attempt}/artifacts?worker=uploader", new ByteArrayContent(new byte[10_001])));
        await Refused(HttpStatusCode.Conflict, worker.PostAsync($"{attempt}/log?worker=uploader&offset=10", new ByteArrayContent("x"u8.ToArray())));
        await Refused(HttpStatusCode.BadRequest, worker.PostAsync($"{attempt}/log?worker=uploader&offset=-1", new ByteArrayContent("x"u8.ToArray())));
        await Refused(HttpStatusCode.BadRequest, worker.PostAsync($"{attempt}/log?worker=uploader", new ByteArrayContent("x"u8.ToArray())));
        await Refused(HttpStatusCode.Conflict, worker.PostAsync($"{attempt}/log?worker=other&offset=0", new ByteArrayContent("x"u8.ToArray())));
    }

    [Theory]
    [InlineData("{\"claim\": \"x\"}")]
    [InlineData("{\"claim\": \"00000000-0000-0000-0000-000000000001\", \"worker\": \"../x\", \"arches\": [\"amd64\"], \"backends\": [\"fake\"]}")]
    [InlineData("{\"claim\": \"00000000-0000-0000-0000-000000000001\", \"worker\": \"w\", \"arches\": [], \"backends\": [\"fake\"]}")]
    [InlineData("{\"claim\": \"00000000-0000-0000-0000-000000000001\", \"worker\": \"w\", \"arches\": [null], \"backends\": [\"fake\"]}")]
    [InlineData("{\"claim\": \"00000000-0000-0000-0000-000000000001\", \"worker\": \"w\", \"arches\": [\"amd64\"], \"backends\": [\"magic\"]}")]
    [InlineData("{\"claim\": \"00000000-0000-0000-0000-000000000001\", \"worker\": null, \"arches\": null, \"backends\": null}")]
    [InlineData("")]
    public async Task Claims_that_make_no_sense_are_400(string body) =>
        await Refused(HttpStatusCode.BadRequest, worker.PostAsync("/worker/v1/claim", new StringContent(body, Encoding.UTF8, "application/json")));

    private async Task<HttpResponseMessage> Post(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return await britney.PostAsync("/graphql", content);
    }

    private static async Task Refused(HttpStatusCode status, Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        Assert.Equal(status, answer.StatusCode);
        Assert.InRange((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("message").GetString()!.Length, 10, 500);
    }
}
