using System.Diagnostics;
using Debci.Workers.Server;

namespace Debci.Workers.Attempts;

/// <summary>Keeps the lease of one attempt, beside whatever the attempt is doing.</summary>
internal sealed class Heartbeat(ServerCalls server, AttemptId id, Journal journal)
{
    /// <summary>
    /// Beats every third of the lease until <paramref name="ct"/> ends it, or until the server says that the run is not
    /// ours any more: then it calls <paramref name="lost"/> and returns. A beat that gets no answer is not repeated at
    /// once: the next one comes soon enough twice, and if the lease does run out the server says so to a later one.
    /// When no beat was answered for <paramref name="giveUp"/> by this machine's steady clock, it calls <paramref name="alone"/>:
    /// others can reach the server by now, and somebody else may long have the run.
    /// </summary>
    public async Task BeatAsync(TimeSpan lease, TimeSpan giveUp, Action lost, Action alone, CancellationToken ct)
    {
        var silence = Stopwatch.StartNew();
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(lease / 3, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                var answer = await server.HeartbeatAsync(id, lease / 3, ct);
                lease = TimeSpan.FromSeconds(Math.Clamp(answer.LeaseSeconds, 1, 24 * 3600));
                silence.Restart();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ServerAwayException away)
            {
                journal.Say(away.Message);
                if (silence.Elapsed >= giveUp && silence.Elapsed >= lease)
                    alone();
            }
            catch (ServerRefusedException refused)
            {
                journal.Say(refused.Message);
                if (refused.NotOurs)
                {
                    lost();
                    return;
                }
            }
        }
    }
}
