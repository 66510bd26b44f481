using System.Runtime.CompilerServices;
using System.Text;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Files;

/// <summary>A piece of an attempt's log.</summary>
/// <param name="Attempt">Of which attempt.</param>
/// <param name="Offset">Bytes before it.</param>
/// <param name="Bytes">How many it has.</param>
/// <param name="Text">The same as text.</param>
/// <param name="End">Whether it is the last of its attempt.</param>
public sealed record LogPiece(int Attempt, long Offset, int Bytes, string Text, bool End);

/// <summary>Follows the logs of a run's attempts, one after the other, to the end of the run.</summary>
public sealed class LogFollower(RunsQueries runs, LogStore logs, RunFeed feed, ReadPosition position)
{
    /// <summary>Most bytes of a piece.</summary>
    public const int MostBytes = 64 << 10;

    // Growth through another node is not signalled here, and is looked for so often.
    private static readonly TimeSpan MissedSignal = TimeSpan.FromSeconds(5);
    private static readonly Viewer Everything = new(null, SeesAll: true);

    /// <summary>The pieces of a run's log from an attempt and offset on, as they come. Who may see the run is for the caller to check.</summary>
    public async IAsyncEnumerable<LogPiece> Follow(RunKey run, int attempt, long offset, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var watch = await RunWatch.Begin(feed, position, run.Id, cancellation);
        if (await runs.Find(run.Id, Everything, cancellation) is not { } row) // after the watch began
            yield break;
        while (true)
        {
            row = await watch.Take() ?? row;
            if (row.Attempt < attempt)
            {
                if (row.IsOver)
                    yield break;
                await watch.Changed;
                continue;
            }
            var grows = row.State == RunState.Running && row.Attempt == attempt; // before the size: else nothing is behind that
            var size = await logs.Size(run, attempt, cancellation);
            if (await Next(run, attempt, offset, size.Stored, grows, cancellation) is { } piece)
            {
                offset += piece.Bytes;
                yield return piece;
            }
            else if (grows)
                await News(watch, run, attempt, size, cancellation);
            else
            {
                Gone.MustNotBe(row, attempt, size.Stored);
                yield return new LogPiece(attempt, offset, 0, "", End: true);
                (attempt, offset) = (attempt + 1, 0);
            }
        }
    }

    // Ends when the log has grown, or something has happened to the run. A log that is closed does not grow; only the run can go on.
    private async Task News(RunWatch watch, RunKey run, int attempt, LogSize seen, CancellationToken cancellation)
    {
        if (seen.Finished)
        {
            await watch.Changed;
            return;
        }
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task growth = logs.WaitForGrowth(run, attempt, seen.Stored, MissedSignal, enough.Token);
        await Task.WhenAny(growth, watch.Changed);
        await enough.CancelAsync();
        await growth.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // if it failed, so does the next look
    }

    // Null when there is nothing more, or only the beginning of a character that is still to come.
    private async Task<LogPiece?> Next(RunKey run, int attempt, long offset, long stored, bool grows, CancellationToken cancellation)
    {
        if (stored <= offset)
            return null;
        var bytes = await logs.Read(run, attempt, offset, (int)Math.Min(MostBytes, stored - offset), cancellation);
        var whole = offset + bytes.Length == stored && !grows ? bytes.Length : WholeCharacters(bytes);
        return whole == 0 ? null : new LogPiece(attempt, offset, whole, Encoding.UTF8.GetString(bytes, 0, whole), End: false);
    }

    private static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var first = bytes[^back];
            if ((first & 0xC0) == 0x80)
                continue; // inside a character
            var length = first switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
            return length > back ? bytes.Length - back : bytes.Length;
        }
        return bytes.Length;
    }
}
