using System.Text;
using System.Text.Json;
using Debci.Api.Files;
using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary><c>logAppended</c>: a log as it arrives, attempt after attempt.</summary>
public sealed class LogFeedTests : IAsyncLifetime
{
    private const string Follow = "subscription ($r: ID!, $a: String) { logAppended(run: $r, after: $a) { cursor attempt offset text end } }";
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

    private sealed record Piece(string Cursor, int Attempt, long Offset, string Text, bool End);

    [Fact]
    public async Task A_log_is_told_as_it_grows_from_before_its_run_starts_until_it_is_over()
    {
        var run = (await alice.Request("hello")).Runs[0];
        await using var feed = await Open(run);
        await worker.Claim(waitSeconds: 30);
        await Send(run, 0, "first\n"u8);
        Assert.Equal(new Piece("1:6", 1, 0, "first\n", false), await Next(feed));
        await Send(run, 6, "second\n"u8);
        Assert.Equal(new Piece("1:13", 1, 6, "second\n", false), await Next(feed));
        await worker.Report(run, logSize: 13);
        Assert.Equal(new Piece("1:13", 1, 13, "", true), await Next(feed));
        Assert.Null(await feed.Next());
    }

    [Fact]
    public async Task The_next_attempt_begins_at_0_behind_all_of_the_one_before()
    {
        var run = await Claimed("hello");
        await using var feed = await Open(run);
        await Send(run, 0, "one \u00e9"u8[..5]); // ends in the midst of a character, for ever
        Assert.Equal("one ", (await Next(feed)).Text);
        await worker.Report(run, exitCode: 16, summary: "", version: "", logSize: 5);
        Assert.Equal(new Piece("1:5", 1, 4, "\ufffd", false), await Next(feed));
        await worker.Claim(waitSeconds: 30);
        await Send(run, 0, "two"u8, attempt: 2);
        Assert.Equal(new Piece("2:3", 2, 0, "two", false), await Next(feed));
        await worker.Report(run, attempt: 2, logSize: 3);
        Assert.Equal(new Piece("2:3", 2, 3, "", true), await Next(feed));

        Assert.Equal(["two", ""], (await All(run)).Select(p => p.Text)); // who comes now gets the newest attempt
        Assert.Equal(["\ufffd", "two", ""], (await All(run, "1:4")).Select(p => p.Text)); // and who resumes, what was missing
    }

    [Fact]
    public async Task Characters_are_never_cut_however_the_bytes_arrive()
    {
        var run = await Claimed("hello");
        await using var feed = await Open(run);
        var (text, sent, seen) = ("a\u00e9\u20ac\U0001f600z", 0L, "");
        foreach (var one in Encoding.UTF8.GetBytes(text))
            await Send(run, sent++, [one]);
        await worker.Report(run, logSize: sent);
        for (Piece piece; !(piece = await Next(feed)).End;)
            seen += piece.Text;
        Assert.Equal(text, seen);
    }

    [Fact]
    public async Task A_large_log_comes_in_pieces_of_64_KiB_and_goes_on_at_any_cursor()
    {
        var run = await Claimed("hello");
        var log = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 90_000).Select(i => $"line {i} \u20ac\U0001f600\n")));
        await Send(run, 0, log);
        await worker.Report(run, logSize: log.Length);

        var pieces = await All(run);
        Assert.Equal(log, Encoding.UTF8.GetBytes(string.Concat(pieces.Select(p => p.Text))));
        Assert.All(pieces, p => Assert.InRange(Encoding.UTF8.GetByteCount(p.Text), 0, 64 << 10));
        Assert.InRange(pieces.Count, log.Length / (64 << 10), (log.Length / (64 << 10)) + 12);
        var middle = pieces[pieces.Count / 2];
        Assert.Equal(pieces.SkipWhile(p => p != middle).Skip(1), await All(run, middle.Cursor));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_replaced()
    {
        var run = await Claimed("hello");
        await Send(run, 0, [0x61, 0xff, 0x00, 0xc3, 0x62, 0xe2, 0x82]);
        await worker.Report(run, logSize: 7);
        Assert.Equal("a\ufffd\0\ufffdb\ufffd", string.Concat((await All(run)).Select(p => p.Text)));
    }

    [Fact]
    public async Task A_run_that_ends_before_it_starts_has_an_end_and_no_log()
    {
        var run = (await alice.Request("hello")).Runs[0];
        await using var feed = await Open(run);
        await alice.Data("mutation ($r: ID!) { cancelRun(run: $r) { ... on RunCancelled { position } } }", new { r = $"{run}" });
        Assert.Equal(new Piece("0:0", 0, 0, "", true), await Next(feed));
    }

    [Fact]
    public async Task Many_follow_one_log_and_leave_nothing_behind()
    {
        var run = await Claimed("hello");
        var feeds = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Open(run)));
        await Send(run, 0, "all of you\n"u8);
        foreach (var feed in feeds)
            Assert.Equal("all of you\n", (await Next(feed)).Text);
        foreach (var feed in feeds)
            await feed.DisposeAsync();
        await Eventually.True("nobody holds the log", () => Task.FromResult(server.Get<LogGates>().Count == 0));
    }

    [Fact]
    public async Task A_private_log_is_followed_by_its_requester_only()
    {
        var data = await alice.Data("mutation { requestRuns(input: {tests: [{package: \"dash\", suite: \"testing\", arch: \"amd64\", isPrivate: true}]}) { ... on BatchAccepted { runs } } }");
        var run = long.Parse(data.GetProperty("requestRuns").GetProperty("runs")[0].GetString()!);
        await worker.Claim(waitSeconds: 30);
        await Send(run, 0, "secret\n"u8);
        Assert.Contains("UNKNOWN_RUN", await Refused(anybody, run), StringComparison.Ordinal);
        await using var feed = await Subscription.To(alice, Follow, new { r = $"{run}" });
        Assert.Equal("secret\n", (await Next(feed)).Text);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1")]
    [InlineData("2:0")]
    [InlineData("1:-1")]
    [InlineData("99999999999:0")]
    public async Task A_place_that_the_log_has_not_is_refused(string after) =>
        Assert.Contains("is no place in the log", await Refused(anybody, await Claimed("hello"), after), StringComparison.Ordinal);

    private async Task<long> Claimed(string package)
    {
        await alice.Request(package);
        return (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
    }

    private Task<Subscription> Open(long run, string? after = null) => Subscription.To(anybody, Follow, new { r = $"{run}", a = after });

    private async Task<List<Piece>> All(long run, string? after = null)
    {
        await using var feed = await Open(run, after);
        var pieces = new List<Piece> { await Next(feed) };
        while (!pieces[^1].End)
            pieces.Add(await Next(feed));
        return pieces;
    }

    private static async Task<Piece> Next(Subscription feed) =>
        (await feed.Next())!.Value.Deserialize<Piece>(JsonSerializerOptions.Web)!;

    private static async Task<string> Refused(HttpClient who, long run, string? after = null)
    {
        await using var feed = await Subscription.To(who, Follow, new { r = $"{run}", a = after });
        return (await Assert.ThrowsAsync<InvalidOperationException>(() => feed.Next())).Message;
    }

    private async Task Send(long run, long offset, ReadOnlyMemory<byte> bytes, int attempt)
    {
        using var answer = await worker.PostAsync($"/worker/v1/runs/{run}/attempts/{attempt}/log?worker=w1&offset={offset}", new ReadOnlyMemoryContent(bytes));
        answer.EnsureSuccessStatusCode();
    }

    private Task Send(long run, long offset, ReadOnlySpan<byte> bytes, int attempt = 1) => Send(run, offset, bytes.ToArray().AsMemory(), attempt);
}
