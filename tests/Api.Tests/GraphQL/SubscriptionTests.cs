using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary><c>queueChanged</c> and <c>logAppended</c>, over graphql-transport-ws.</summary>
public sealed class SubscriptionTests : IAsyncLifetime
{
    private const string Log = "subscription ($r: ID!, $a: String) { logAppended(run: $r, after: $a) { cursor attempt offset text end } }";
    private Server server = null!;
    private HttpClient britney = null!;
    private HttpClient worker = null!;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        (britney, worker) = (server.Client(server.RequestKey), server.Client(server.ReportKey));
    }

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task The_queue_tells_who_joins_starts_returns_and_leaves()
    {
        await using var talker = await Talker.Open(server);
        await talker.Subscribe("1", "subscription { queueChanged(suite: \"testing\", package: \"hello\") { cursor kind run { package attempt } } }");
        await talker.Subscribe("2", "{ server { position } }");
        await talker.Hear("next", "2"); // so the first is under way
        await talker.Hear("complete", "2");

        await britney.Request("other", "hello");
        Assert.Equal("JOINED", await Kind());
        var run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64(); // hello is the second
        Assert.Equal("STARTED", await Kind());
        await worker.Report(run, exitCode: 16, summary: "", version: "");
        Assert.Equal("RETURNED", await Kind());
        await worker.Claim(waitSeconds: 30);
        Assert.Equal("STARTED", await Kind());
        await worker.Report(run, attempt: 2);
        Assert.Equal("LEFT", await Kind());

        async Task<string?> Kind()
        {
            var change = (await talker.Hear("next", "1")).GetProperty("data").GetProperty("queueChanged");
            Assert.Equal("hello", change.GetProperty("run").GetProperty("package").GetString());
            return change.GetProperty("kind").GetString();
        }
    }

    [Fact]
    public async Task A_log_is_told_attempt_by_attempt_as_it_grows_and_never_cut_inside_a_character()
    {
        var (runs, _) = await britney.Request("hello");
        await using var talker = await Talker.Open(server);
        await talker.Subscribe("1", Log, new { r = $"{runs[0]}" }); // before there is any
        await worker.Claim(waitSeconds: 30);
        var euro = "1 €"u8.ToArray();
        await Send(1, 0, euro[..3]);
        Assert.Equal((1, "0", "1 ", false, "1:2"), await Piece(talker));
        await Send(1, 3, euro[3..]);
        Assert.Equal((1, "2", "€", false, "1:5"), await Piece(talker));
        await worker.Report(runs[0], exitCode: 16, summary: "", version: "", logSize: 5);
        Assert.Equal((1, "5", "", true, "1:5"), await Piece(talker));

        await worker.Claim(waitSeconds: 30);
        await Send(2, 0, [0xff, (byte)'x', 0xe2]);
        Assert.Equal((2, "0", "\ufffdx", false, "2:2"), await Piece(talker));
        await worker.Report(runs[0], attempt: 2, logSize: 3);
        Assert.Equal((2, "2", "\ufffd", false, "2:3"), await Piece(talker)); // nothing follows that would make it whole
        Assert.Equal((2, "3", "", true, "2:3"), await Piece(talker));
        await talker.Hear("complete", "1");

        await talker.Subscribe("3", Log, new { r = $"{runs[0]}", a = "1:2" });
        Assert.Equal((1, "2", "€", false, "1:5"), await Piece(talker, "3"));
    }

    [Fact]
    public async Task A_log_that_one_may_not_see_and_a_cursor_that_is_none_are_refused()
    {
        await britney.Data("mutation { requestRuns(input: {tests: [{package: \"secret\", suite: \"testing\", arch: \"amd64\", isPrivate: true}]}) { ... on Refused { message } } }");
        var run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        await using var talker = await Talker.Open(server);
        foreach (var (id, after, code) in new[] { ("1", "1:0", "UNKNOWN_RUN"), ("2", "x", "UNKNOWN_RUN") })
        {
            await talker.Subscribe(id, Log, new { r = $"{run}", a = after });
            Assert.Contains(code, $"{await talker.Hear("next", id)}", StringComparison.Ordinal);
            await talker.Hear("complete", id);
        }
        await using var owner = await Talker.Open(server, new { Authorization = $"Bearer {server.RequestKey}" });
        await owner.Subscribe("1", Log, new { r = $"{run}", a = "x" });
        Assert.Contains("is no cursor of a log", $"{await owner.Hear()}", StringComparison.Ordinal);
    }

    private async Task Send(int attempt, int offset, byte[] bytes)
    {
        using var answer = await worker.PostAsync($"/worker/v1/runs/1/attempts/{attempt}/log?worker=w1&offset={offset}", new ByteArrayContent(bytes));
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<(int Attempt, string? Offset, string? Text, bool End, string? Cursor)> Piece(Talker talker, string id = "1")
    {
        var piece = (await talker.Hear("next", id)).GetProperty("data").GetProperty("logAppended");
        return (piece.GetProperty("attempt").GetInt32(), piece.GetProperty("offset").GetString(), piece.GetProperty("text").GetString(),
            piece.GetProperty("end").GetBoolean(), piece.GetProperty("cursor").GetString());
    }
}
