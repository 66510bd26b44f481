using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Debci.Api.Runs;
using Debci.Projections;

namespace Debci.Api.Files;

/// <summary>A place in the logs of a run.</summary>
/// <param name="Attempt">In the log of which attempt; 0 before the first.</param>
/// <param name="Offset">Behind how many bytes of it.</param>
public readonly record struct LogPlace(int Attempt, long Offset)
{
    /// <summary>As a client keeps it: <c>attempt:offset</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Attempt}:{Offset}");

    /// <summary>Reads such a text; null when it is none.</summary>
    public static LogPlace? Read(string text) => text.Split(':') is [var attempt, var offset]
        && int.TryParse(attempt, NumberStyles.None, null, out var a) && long.TryParse(offset, NumberStyles.None, null, out var o) ? new LogPlace(a, o) : null;
}

/// <summary>A piece of a log.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="Behind">Where it ends.</param>
/// <param name="Text">Whole characters; bytes that are no UTF-8 are replaced.</param>
/// <param name="End">Whether it is the last one of the run.</param>
public sealed record LogPiece(LogPlace From, LogPlace Behind, string Text, bool End);

/// <summary>Logs, live: what is there, then what comes, attempt after attempt, until the run is over.</summary>
public sealed class LogFeed(LogStore logs, RunsQueries runs, RunFeed feed, ReadPosition position)
{
    private const int ReadBytes = 4 * LogText.PieceBytes;

    // Growth in this process is signalled; what another node writes is seen then.
    private static readonly TimeSpan OtherNodes = TimeSpan.FromSeconds(5);

    /// <summary>The log of a run behind a place (from the newest attempt's beginning, if null), in pieces, the last of which says so.</summary>
    /// <param name="known">The run, which the reader may see.</param>
    /// <param name="after">Where the reader has come to.</param>
    /// <param name="stop">Ends it.</param>
    public async IAsyncEnumerable<LogPiece> Follow(RunRow known, LogPlace? after, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var watch = await RunWatch.Begin(feed, position, known.Key.Id, stop);
        var run = await runs.Find(known.Key.Id, new Viewer(null, SeesAll: true), stop) ?? known; // after the watch began
        var place = after ?? new LogPlace(run.Attempt, 0);
        while (true)
        {
            var (closed, last) = (!Grows(run, place.Attempt), run.IsOver && run.Attempt <= place.Attempt); // before the size: nothing comes behind it then
            var size = place.Attempt == 0 ? default : await logs.Size(run.Key, place.Attempt, stop);
            foreach (var piece in Pieces(run, place, size.Stored, closed))
            {
                place = piece.Behind;
                yield return piece;
            }
            if (last)
            {
                yield return new LogPiece(place, place, "", End: true);
                yield break;
            }
            if (closed && run.Attempt > place.Attempt)
                place = new LogPlace(place.Attempt + 1, 0);
            else
                run = await News(watch, run, place.Attempt, size, stop);
        }
    }

    private IEnumerable<LogPiece> Pieces(RunRow run, LogPlace place, long stored, bool closed)
    {
        while (place.Offset < stored)
        {
            var bytes = logs.Read(run.Key, place.Attempt, place.Offset, (int)Math.Min(ReadBytes, stored - place.Offset));
            var all = place.Offset + bytes.Length >= stored;
            var told = 0;
            for (int length; (length = LogText.NextPiece(bytes.AsSpan(told), closed && all)) > 0; told += length)
            {
                if (!all && bytes.Length - told < LogText.PieceBytes)
                    break; // a whole piece is there, and the next read has it
                var behind = place with { Offset = place.Offset + length };
                yield return new LogPiece(place, behind, Encoding.UTF8.GetString(bytes, told, length), End: false);
                place = behind;
            }
            if (told == 0)
                yield break; // the beginning of a character: the rest is still to come
        }
    }

    // The run after the next change of it, or as it was when its log has grown.
    private async Task<RunRow> News(RunWatch watch, RunRow run, int attempt, LogSize seen, CancellationToken stop)
    {
        if (!Grows(run, attempt) || seen.Finished)
        {
            await watch.Changed;
            return await watch.Take() ?? run;
        }
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task growth = logs.WaitForGrowth(run.Key, attempt, seen.Stored, OtherNodes, enough.Token);
        await Task.WhenAny(growth, watch.Changed);
        await enough.CancelAsync();
        await growth.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // if it failed, so does the next look
        return await watch.Take() ?? run;
    }

    private static bool Grows(RunRow run, int attempt) => run.State == RunState.Running && run.Attempt == attempt;
}
