using System.Collections.Concurrent;
using Dapper;
using Debci.Api.Files;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Retention;

/// <summary>
/// Gives up logs and artifacts: written down, then told by an event, then, when readers are told so, deleted. What a crash leaves between any
/// two of these, the next round finds and brings to its end. Rounds wait for each other, the server's and those of <c>debci retention</c>:
/// none strikes out what another has just written down.
/// </summary>
public sealed class RetentionRound(IEventLog log, NpgsqlDataSource database, RunCommands runs, IFileStore store, LogStore logs, ExpiringRuns expiring, FileRemovals removals)
{
    private const string Role = "retention round";
    private const int AtOnce = 16;
    private const int Piece = 500;
    private static readonly TimeSpan RowsAtMost = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>What came of a round.</summary>
    /// <param name="Runs">How many runs' files went.</param>
    /// <param name="Bytes">How many bytes of log and artifacts these had by their events.</param>
    /// <param name="Refused">Why some kept theirs, a sentence each.</param>
    public sealed record Done(int Runs, long Bytes, IReadOnlyCollection<string> Refused);

    /// <summary>One round, when no other is under way.</summary>
    public Task<Done> Run(RetentionPolicy policy, CancellationToken cancellation) => Alone(async stop =>
    {
        await MendLeft(stop);
        var (count, bytes, refused) = (0, 0L, new ConcurrentDictionary<long, string>());
        await foreach (var some in expiring.Find(policy, stop))
        {
            foreach (var piece in some.Chunk(Piece))
            {
                await Expire(piece, policy, refused, stop);
                var gone = piece.Where(r => !refused.ContainsKey(r.Run.Id)).ToList();
                (count, bytes) = (count + gone.Count, bytes + gone.Sum(r => r.Bytes));
            }
        }
        return new Done(count, bytes, [.. refused.OrderBy(r => r.Key).Select(r => r.Value)]);
    }, cancellation);

    /// <summary>Ends what a crash has cut short, when no round is under way: where the event is stored the files go, and where it is not nothing was decided.</summary>
    public Task Mend(CancellationToken cancellation) => Alone(async stop =>
    {
        await MendLeft(stop);
        return true;
    }, cancellation);

    private async Task<T> Alone<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellation)
    {
        await using var leadership = await log.Lead(Role, cancellation);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, leadership.Lost);
        return await act(either.Token);
    }

    private async Task MendLeft(CancellationToken cancellation)
    {
        foreach (var run in await removals.Left(cancellation))
        {
            if ((await log.ReadStream(Streams.Run(run.Id), 0, cancellation)).Any(e => e.Is<RunEvent.FilesExpired>()))
                await Delete(run, cancellation);
            await removals.Remove([run.Id], cancellation);
        }
    }

    private async Task Expire(IReadOnlyList<ExpiringRun> piece, RetentionPolicy policy, ConcurrentDictionary<long, string> refused, CancellationToken cancellation)
    {
        await removals.Add([.. piece.Select(r => r.Run)], cancellation);
        var stored = 0L;
        await Parallel.ForEachAsync(piece, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (r, stop) =>
        {
            var id = Uuid5.Create(Guid.Empty, $"expire files {r.Run.Id}");
            try
            {
                var obeyed = await runs.Obey(new RunCommand.ExpireFiles(r.Run, r.Rule, policy.LimitOf(r.Rule)), new CommandInfo(id, "expireFiles", "debci", Correlation: id), stop);
                InterlockedMax(ref stored, obeyed.Position);
            }
            catch (RefusedException why) // a row that the log does not bear out: its files stay, and the others go
            {
                refused[r.Run.Id] = why.Message;
            }
        });
        await WaitForRows(stored, cancellation);
        foreach (var r in piece.Where(r => !refused.ContainsKey(r.Run.Id)))
            await Delete(r.Run, cancellation);
        await removals.Remove([.. piece.Select(r => r.Run.Id)], cancellation);
    }

    private async Task Delete(RunKey run, CancellationToken cancellation)
    {
        await store.DeleteFolder(StorePath.OfRun(run), cancellation);
        await logs.Forget(run, cancellation);
    }

    // A link says that the files have expired as soon as the rows do: so they go behind that. Where no server moves the rows, they go all the same.
    private async Task WaitForRows(long position, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        for (var until = Environment.TickCount64 + (long)RowsAtMost.TotalMilliseconds; Environment.TickCount64 < until; await Task.Delay(Look, cancellation))
        {
            if (await connection.ExecuteScalarAsync<long?>(new CommandDefinition("select position from read.checkpoints where name = 'runs' and shown", cancellationToken: cancellation)) >= position)
                return;
        }
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (var seen = Interlocked.Read(ref most); seen < value; seen = Interlocked.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
