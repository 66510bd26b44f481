using System.Net;
using Debci.Api.GraphQL;
using Debci.Api.Hosting;
using Debci.Api.Runs;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Webhooks;

/// <summary>
/// Tells webhooks what happens to runs, on one node at a time: each from its own cursor, one change after the other, so that nothing is left out, nothing
/// overtakes, and one that does not answer holds up nobody else. A crash between telling and keeping that tells it again, with the same delivery id.
/// </summary>
internal sealed class WebhookTeller(IEventLog log, WebhookStore store, WebhookSender sender, RunFeed feed, TimeProvider clock, ILogger<WebhookTeller> logger)
    : LeadingService(log, "webhooks", clock, logger)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>One that fails for so long is told nothing more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>How long is waited behind so many failures in a row: a second, twice as long each time, an hour at most.</summary>
    public static TimeSpan PauseBehind(int failures) => TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(failures - 1, 20))));

    protected override async Task Lead(CancellationToken stop)
    {
        var told = new Dictionary<Guid, (CancellationTokenSource Stop, Task Telling)>();
        try
        {
            while (true)
            {
                foreach (var (id, _) in told.Where(t => t.Value.Telling.IsCompleted).ToList()) // before the look: what they kept at their ends is in it
                    await Forget(told, id);
                var enabled = (await store.Enabled(stop)).ToDictionary(h => h.Id);
                foreach (var gone in told.Keys.Except(enabled.Keys).ToList())
                    await Forget(told, gone);
                foreach (var (id, hook) in enabled.Where(h => !told.ContainsKey(h.Key) && !(h.Value.NextAt > DateTime.UtcNow)))
                {
                    var own = CancellationTokenSource.CreateLinkedTokenSource(stop);
                    told[id] = (own, Task.Run(() => Tell(hook, own.Token), CancellationToken.None));
                }
                await Task.Delay(LookAgain, stop);
            }
        }
        finally
        {
            await Task.WhenAll(told.Select(t => End(t.Key, t.Value)));
        }
    }

    private async Task Forget(Dictionary<Guid, (CancellationTokenSource Stop, Task Telling)> told, Guid id)
    {
        if (told.Remove(id, out var one))
            await End(id, one);
    }

    private async Task End(Guid id, (CancellationTokenSource Stop, Task Telling) one)
    {
        await one.Stop.CancelAsync();
        await one.Telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (one.Telling.Exception?.GetBaseException() is { } failure)
            logger.LogWarning("The webhook {Id} was interrupted and goes on: {Reason}", id, failure.Message);
        one.Stop.Dispose();
    }

    // Until it cannot be told; then it is begun again behind a pause.
    private async Task Tell(Webhook hook, CancellationToken stop)
    {
        if (await store.SecretOf(hook.Id, stop) is not { } secret)
            return;
        var viewer = new Viewer(hook.Account.ToString("D"), SeesAll: false);
        await OutgoingFeed.Follow(feed.Follow, hook.Cursor, c => hook.Filter.Holds(c.Run) && viewer.MaySeeRun(c.Run) && !(c.IsPublication && c.Run.Requester == viewer.Account), // who saw it before
            change => TellOne(hook, secret, change, stop), cursor => store.Passed(hook.Id, cursor, stop), stop);
    }

    private async Task<bool> TellOne(Webhook hook, string secret, RunChange change, CancellationToken stop)
    {
        var (delivery, status) = await sender.Send(hook, secret, change, stop);
        if (delivery.Succeeded)
        {
            await store.Told(hook.Id, change.Cursor, delivery, stop);
            return true;
        }
        var failing = await store.Failed(hook.Id, PauseBehind, delivery, stop); // what the hook was when this began says nothing of it any more
        if (status == HttpStatusCode.Gone)
            await Disable(hook, "It answered 410, that it is gone.", stop);
        else if (failing > Patience)
            await Disable(hook, $"It could not be told for {Patience.TotalDays:0} days; the last time: {delivery.Outcome}.", stop);
        return false;
    }

    private async Task Disable(Webhook hook, string why, CancellationToken stop)
    {
        await store.Disable(hook.Id, why, stop);
        logger.LogWarning("The webhook {Id} is disabled: {Why}", hook.Id, why);
    }
}
