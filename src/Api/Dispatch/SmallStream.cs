using Debci.EventLog;

namespace Debci.Api.Dispatch;

/// <summary>Streams of few events (a worker's standing, a policy): loaded whole, decided on, appended at the revision that was read.</summary>
public sealed class SmallStream(IEventLog log)
{
    private const int MostConflicts = 10;

    /// <summary>Obeys a command, whoever else commands at the same time.</summary>
    /// <param name="stream">Which stream.</param>
    /// <param name="first">The state before its first event.</param>
    /// <param name="evolve">The state behind an event.</param>
    /// <param name="decide">What happens now; nothing when it is so already.</param>
    /// <param name="info">The command.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The position of the event that answers the command: the newest of the stream, 0 when it has none.</returns>
    public async Task<long> Obey<TState, TEvent>(
        string stream, TState first, Func<TState, TEvent, TState> evolve, Func<TState, IReadOnlyList<TEvent>> decide, CommandInfo info,
        CancellationToken cancellation) where TEvent : class
    {
        for (var conflicts = 0; ; conflicts++)
        {
            var stored = await log.ReadStream(stream, 0, cancellation);
            var happened = decide(stored.Select(e => (TEvent)e.Decode()!).Aggregate(first, evolve));
            if (happened.Count == 0)
                return stored.Count == 0 ? 0 : stored[^1].Position;
            try
            {
                return (await log.Append(stream, stored.Count, info.Events(happened), cancellation)).Position;
            }
            catch (StreamMovedException) when (conflicts < MostConflicts)
            {
                // Somebody else decided first; decide anew on what it is now.
            }
        }
    }
}
