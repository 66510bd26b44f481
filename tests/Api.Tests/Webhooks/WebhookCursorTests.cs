using System.Globalization;
using Dapper;
using Debci.Api.Erasure;
using Debci.Api.Keys;
using Debci.Api.Recovery;
using Debci.Api.Runs;
using Debci.Api.Webhooks;
using Debci.EventLog;
using Debci.Playground;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Tests.Webhooks;

/// <summary>Where a webhook is, how long it has failed, and when it is told nothing: by what is stored, whatever this node remembers.</summary>
public sealed class WebhookCursorTests : IAsyncLifetime
{
    private Server server = null!;
    private Receiver receiver = null!;
    private HttpClient alice = null!;

    private NpgsqlDataSource Database => server.Get<NpgsqlDataSource>();

    public async Task InitializeAsync()
    {
        server = await Server.Start(c => c with { WebhooksAllowPrivate = true });
        receiver = await Receiver.Start();
        alice = server.Client(server.RequestKey);
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task Each_run_is_told_once_as_it_stands_wherever_who_tells_is_killed()
    {
        await Finish("hello", "gzip", "sed");
        await HaveAll();
        for (var killedAfter = 1; killedAfter <= 4; killedAfter++)
        {
            var told = new List<(long Run, FeedCursor Cursor)>();
            for (var cursor = new FeedCursor(0); told.Count < 3;)
            {
                using var stop = new CancellationTokenSource();
                var left = killedAfter;
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OutgoingFeed.Follow(server.Get<RunFeed>().Follow, cursor, _ => true, async change =>
                {
                    told.Add((change.Run.Key.Id, change.Cursor));
                    cursor = change.Cursor;
                    if (--left == 0 || told.Count == 3)
                        await stop.CancelAsync();
                    return true;
                }, _ => Task.CompletedTask, stop.Token));
            }
            Assert.Equal(3, told.Select(t => t.Run).Distinct().Count());
            Assert.Equal(told.OrderBy(t => t.Cursor.Position), told);
        }
    }

    [Fact]
    public async Task What_the_feed_gives_twice_to_whoever_joins_it_in_a_round_is_told_once()
    {
        await Finish("hello", "gzip");
        await HaveAll();
        var all = new List<RunChange>();
        await foreach (var change in server.Get<RunFeed>().Follow(new FeedCursor(0), c => c.IsNewest, CancellationToken.None))
        {
            all.Add(change);
            if (all.Count == 2)
                break;
        }
        var told = new List<FeedCursor>();
        await OutgoingFeed.Follow((_, _, _) => all.Concat(all).ToAsyncEnumerable(), new FeedCursor(0), _ => true, change =>
        {
            told.Add(change.Cursor);
            return Task.FromResult(true);
        }, _ => Task.CompletedTask, CancellationToken.None);
        Assert.Equal(all.Select(c => c.Cursor), told);
    }

    [Fact]
    public async Task Old_failures_do_not_count_behind_a_success()
    {
        var id = await Added();
        await HasFailed();
        await Finish("hello");
        await Eventually.True("it is told", async () => (await Stored(id)).Failures == 0 && receiver.Got.Any(d => d.Body.Contains("FINISHED", StringComparison.Ordinal)));
        receiver.Status = 500;
        await Finish("gzip");
        await Eventually.True("it fails", async () => (await Stored(id)).Failures > 0);

        var hook = await Stored(id);
        Assert.Null(hook.DisabledWhy);
        Assert.InRange(hook.NextAt!.Value, DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow.AddMinutes(2)); // and not in nine hours
    }

    [Fact]
    public async Task One_that_has_failed_for_days_is_disabled()
    {
        receiver.Status = 500;
        var id = await Added();
        await HasFailed();
        await alice.Request("hello");
        await Eventually.True("it is disabled", async () => (await Stored(id)).DisabledWhy is { } why && why.Contains("3 days", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_account_without_keys_is_told_nothing_and_an_erased_one_has_no_webhook()
    {
        var id = await Added();
        foreach (var key in (await server.Get<AccessKeys>().List()).Where(k => k.Account == "alice"))
            await server.Get<AccessKeys>().Revoke(key.Id);
        Assert.Empty(await server.Get<WebhookStore>().Enabled(default));
        Assert.Equal($"{id}", $"{(await Stored(id)).Id}"); // kept, for when there is a key again

        var data = new PersonalData(server.Get<IEventLog>(), Database, _ => Task.CompletedTask);
        Assert.Equal(1, (await data.Erase((await data.Find("alice", default))!.Value, null, default)).Webhooks);
        Assert.Empty(await server.Get<WebhookStore>().List(null, default));
    }

    [Fact]
    public async Task A_cursor_goes_back_behind_a_restore_alone()
    {
        var id = await Added();
        var store = server.Get<WebhookStore>();
        await store.Passed(id, new FeedCursor(1_000_000, 3), default);
        await store.Passed(id, new FeedCursor(999_999, 9), default); // of a node that led before
        Assert.Equal(new FeedCursor(1_000_000, 3), (await Stored(id)).Cursor);

        await AfterRestore.Mend(server.Get<IEventLog>(), Database, default);

        Assert.Equal(new FeedCursor(await server.Get<IEventLog>().Head()), (await Stored(id)).Cursor);
    }

    private async Task HasFailed()
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync("update work.webhooks set failures = 15, failing_since = now() - interval '4 days'");
    }

    private async Task<Webhook> Stored(Guid id) => (await server.Get<WebhookStore>().List(null, default)).Single(h => h.Id == id);

    private async Task<Guid> Added() => Guid.Parse((await alice.Data("mutation ($url: String!) { addWebhook(url: $url) { ... on WebhookAdded { id } } }", new { url = receiver.Url }))
        .GetProperty("addWebhook").GetProperty("id").GetString()!);

    private async Task Finish(params string[] packages)
    {
        var (runs, _) = await alice.Request(packages);
        var worker = server.Client(server.ReportKey);
        foreach (var _ in runs)
        {
            var claimed = (await worker.Claim(waitSeconds: 30))!.Value;
            using var report = await worker.Report(long.Parse($"{claimed.GetProperty("run")}", CultureInfo.InvariantCulture));
            report.EnsureSuccessStatusCode();
        }
    }

    private async Task HaveAll() => Assert.True(await server.Get<ReadPosition>().WaitFor(await server.Get<IEventLog>().Head(), TimeSpan.FromSeconds(20)));
}
