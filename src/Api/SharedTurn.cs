using System.Collections.Concurrent;
using Debci.EventLog;

namespace Debci.Api;

/// <summary>
/// Lets concurrent callers share round trips: they take turns, and whoever has the turn asks for all that wait. Nobody waits for a timer,
/// and a caller alone is served at once.
/// </summary>
/// <param name="most">Most that are served in one round trip.</param>
/// <param name="serve">Serves some, and answers in their order. Its failure is the failure of each of them.</param>
public sealed class SharedTurn<TAsked, TAnswer>(int most, Func<IReadOnlyList<TAsked>, Task<IReadOnlyList<TAnswer>>> serve)
{
    private readonly ConcurrentQueue<Asked> waiting = new();
    private readonly Turns turns = new();

    private sealed record Asked(TAsked What)
    {
        public TaskCompletionSource<TAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Asks, alone or with others. Not cancelled when its caller leaves: it may be serving others.</summary>
    public async Task<TAnswer> Ask(TAsked what)
    {
        var asked = new Asked(what);
        waiting.Enqueue(asked);
        using (await turns.Take())
        {
            while (!asked.Answer.Task.IsCompleted)
                await ServeSome();
        }
        return await asked.Answer.Task;
    }

    private async Task ServeSome()
    {
        var some = new List<Asked>();
        while (some.Count < most && waiting.TryDequeue(out var asked))
            some.Add(asked);
        try
        {
            var answers = await serve([.. some.Select(a => a.What)]);
            foreach (var (asked, answer) in some.Zip(answers))
                asked.Answer.TrySetResult(answer);
        }
        catch (Exception failure)
        {
            some.ForEach(a => a.Answer.TrySetException(failure)); // each caller answers for it
        }
    }
}
