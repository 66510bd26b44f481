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
public sealed class WebhookCursorTests : WebhookWorld
{
    private NpgsqlDataSource Database => Server.Get<NpgsqlDataSource>();

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
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OutgoingFeed.Follow(Server.Get<RunFeed>().Follow, cursor, _ => true, async change =>
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
        await foreach (var change in Server.Get<RunFeed>().Follow(new FeedCursor(0), c => c.IsNewest, CancellationToken.None))
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
        await Eventually.True("it is told", async () => (await Stored(id)).Failures == 0 && Receiver.Got.Any(d => d.Body.Contains("FINISHED", StringComparison.Ordinal)));
        Receiver.Status = 500;
        await Finish("gzip");
        await Eventually.True("it fails", async () => (await Stored(id)).Failures > 0);

        var hook = await Stored(id);
        Assert.Null(hook.DisabledWhy);
        Assert.InRange(hook.NextAt!.Value, DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow.AddMinutes(2)); // and not in nine hours
    }

    [Fact]
    public async Task One_that_has_failed_for_days_is_disabled()
    {
        Receiver.Status = 500;
        var id = await Added();
        await HasFailed();
        await Alice.Request("hello");
        await Eventually.True("it is disabled", async () => (await Stored(id)).DisabledWhy is { } why && why.Contains("3 days", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_account_without_keys_is_told_nothing_and_an_erased_one_has_no_webhook()
    {
        var id = await Added();
        foreach (var key in (await Server.Get<AccessKeys>().List()).Where(k => k.Account == "alice"))
            await Server.Get<AccessKeys>().Revoke(key.Id);
        Assert.Empty(await Server.Get<WebhookStore>().Enabled(default));
        Assert.Equal($"{id}", $"{(await Stored(id)).Id}"); // kept, for when there is a key again

        var data = new PersonalData(Server.Get<IEventLog>(), Database, _ => Task.CompletedTask);
        Assert.Equal(1, (await data.Erase((await data.Find("alice", default))!.Value, null, default)).Webhooks);
        Assert.Empty(await Server.Get<WebhookStore>().List(null, default));
    }

    [Fact]
    public async Task A_cursor_goes_back_behind_a_restore_alone()
    {
        var id = await Added();
        var store = Server.Get<WebhookStore>();
        await store.Passed(id, new FeedCursor(1_000_000, 3), default);
        await store.Passed(id, new FeedCursor(999_999, 9), default); // of a node that led before
        Assert.Equal(new FeedCursor(1_000_000, 3), (await Stored(id)).Cursor);

        await AfterRestore.Mend(Server.Get<IEventLog>(), Database, default);

        Assert.Equal(new FeedCursor(await Server.Get<IEventLog>().Head()), (await Stored(id)).Cursor);
    }

    private async Task HasFailed()
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync("update work.webhooks set failures = 15, failing_since = now() - interval '4 days'");
    }

    private async Task<Webhook> Stored(Guid id) => (await Server.Get<WebhookStore>().List(null, default)).Single(h => h.Id == id);

    private async Task<Guid> Added() => Guid.Parse((await Alice.Data("mutation ($url: String!) { addWebhook(url: $url) { ... on WebhookAdded { id } } }", new { url = Receiver.Url }))
        .GetProperty("addWebhook").GetProperty("id").GetString()!);

    private async Task HaveAll() => Assert.True(await Server.Get<ReadPosition>().WaitFor(await Server.Get<IEventLog>().Head(), TimeSpan.FromSeconds(20)));
}
