using System.Diagnostics;

namespace Debci.Workers.Server;

/// <summary>How long to wait before a call is made again: doubling, up to a limit, each shortened by chance so that a
/// hundred workers do not come back in the same second after the server was away.</summary>
/// <param name="first">The pause after the first failure, at most.</param>
/// <param name="longest">No pause is longer.</param>
/// <param name="journal">Where it is told that the server is away, and why.</param>
internal sealed class Pauses(TimeSpan first, TimeSpan longest, Journal journal)
{
    /// <summary>Makes the call until the server answers it, for as long as that takes. A refusal is an answer and is thrown.</summary>
    /// <param name="call">The call.</param>
    /// <param name="ct">Gives up at once.</param>
    /// <param name="atMost">Tries no more when so long has passed, and throws what the last one ended with.</param>
    public async Task<T> UntilAnsweredAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken ct, TimeSpan? atMost = null)
    {
        var began = Stopwatch.StartNew();
        for (var failures = 0; ; failures++)
        {
            try
            {
                return await call(ct);
            }
            catch (ServerAwayException away) when (!(began.Elapsed >= atMost))
            {
                var pause = After(failures);
                journal.Say($"{away.Message} Trying again in {pause.TotalSeconds:0.#} s.");
                await Task.Delay(pause, ct);
            }
        }
    }

    /// <summary>The pause after so many failures in a row (0: the first): between half of its full length and all of it.</summary>
    public TimeSpan After(int failures)
    {
        var full = Math.Min(longest.TotalSeconds, first.TotalSeconds * Math.Pow(2, Math.Min(failures, 30)));
        return TimeSpan.FromSeconds(full * (0.5 + Random.Shared.NextDouble() / 2));
    }
}
