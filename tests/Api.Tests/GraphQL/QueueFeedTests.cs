using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary><c>queueChanged</c>: what joins the queue, starts, goes back, leaves.</summary>
public sealed class QueueFeedTests : IAsyncLifetime
{
    private const string Follow = "subscription ($f: QueueFilter, $a: String) { queueChanged(filter: $f, after: $a) { cursor kind run entry { run package state attempts worker startedAt } } }";
    private Server server = null!;
    private HttpClient anybody = null!;
    private HttpClient alice = null!;
    private HttpClient worker = null!;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        (anybody, alice, worker) = (server.Client(), server.Client(server.RequestKey), server.Client(server.ReportKey));
    }

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task A_run_joins_starts_goes_back_starts_again_and_leaves()
    {
        await using var feed = await Subscription.To(anybody, Follow);
        var run = (await alice.Request("hello")).Runs[0];
        Assert.Equal(("JOINED", "PENDING", null), Shown((await feed.Next())!.Value));
        await worker.Claim(waitSeconds: 30);
        Assert.Equal(("STARTED", "RUNNING", "w1"), Shown((await feed.Next())!.Value));
        await worker.Report(run, exitCode: 16, summary: "", version: "");
        Assert.Equal(("WENT_BACK", "PENDING", null), Shown((await feed.Next())!.Value));
        await worker.Claim(waitSeconds: 30);
        Assert.Equal(("STARTED", "RUNNING", "w1"), Shown((await feed.Next())!.Value));
        await worker.Report(run, attempt: 2);
        var left = (await feed.Next())!.Value;
        Assert.Equal(("LEFT", null, null), Shown(left));
        Assert.Equal($"{run}", left.GetProperty("run").GetString());
    }

    [Fact]
    public async Task Who_resumes_behind_a_cursor_gets_the_rest_and_what_has_left_since_has_no_entry()
    {
        await using var first = await Subscription.To(anybody, Follow);
        var run = (await alice.Request("hello")).Runs[0];
        var cursor = (await first.Next())!.Value.GetProperty("cursor").GetString();
        await worker.Claim(waitSeconds: 30);
        await worker.Report(run);
        await first.Next();
        await first.Next();

        await using var again = await Subscription.To(anybody, Follow, new { a = cursor });
        Assert.Equal(("STARTED", null, null), Shown((await again.Next())!.Value));
        Assert.Equal(("LEFT", null, null), Shown((await again.Next())!.Value));
    }

    [Theory]
    [InlineData("package", "wanted")]
    [InlineData("arch", "arm64")]
    [InlineData("suite", "unstable")]
    public async Task Only_what_fits_is_told_and_nothing_private(string field, string value)
    {
        await using var feed = await Subscription.To(anybody, Follow, new { f = new Dictionary<string, string> { [field] = value } });
        var data = await alice.Data("""
            mutation { requestRuns(input: {tests: [{package: "hello", suite: "testing", arch: "amd64"}, {package: "wanted", suite: "unstable", arch: "arm64", isPrivate: true},
                {package: "wanted", suite: "unstable", arch: "arm64"}]}) { ... on BatchAccepted { runs } ... on Refused { message } } }
            """);
        Assert.Equal(data.GetProperty("requestRuns").GetProperty("runs")[2].GetString(), (await feed.Next())!.Value.GetProperty("run").GetString());
    }

    private static (string? Kind, string? State, string? Worker) Shown(JsonElement change) => change.GetProperty("entry") is { ValueKind: JsonValueKind.Object } entry
        ? (change.GetProperty("kind").GetString(), entry.GetProperty("state").GetString(), entry.GetProperty("worker").GetString())
        : (change.GetProperty("kind").GetString(), null, null);
}
