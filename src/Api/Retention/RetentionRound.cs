using Dapper;
using Debci.Api.Files;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Retention;

/// <summary>
/// Gives up logs and artifacts: written down, then told by an event, then, when readers are told so, deleted. What a crash leaves between any
/// two of these, the next round finds and brings to its end. Two rounds at once do no harm.
/// </summary>
public sealed class RetentionRound(IEventLog log, NpgsqlDataSource database, RunCommands runs, FileLayout layout, ExpiringRuns expiring, FileRemovals removals)
{
    private const int AtOnce = 16;
    private const int Piece = 500;
    private static readonly TimeSpan RowsAtMost = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>One round. Tells how many runs' files went, and how many bytes of log and artifacts these had by their events.</summary>
    public async Task<(int Runs, long Bytes)> Run(RetentionPolicy policy, CancellationToken cancellation)
    {
        await Mend(cancellation);
        var (count, bytes) = (0, 0L);
        await foreach (var some in expiring.Find(policy, cancellation))
        {
            foreach (var piece in some.Chunk(Piece))
            {
                await Expire(piece, policy, cancellation);
                (count, bytes) = (count + piece.Length, bytes + piece.Sum(r => r.Bytes));
            }
        }
        return (count, bytes);
    }

    /// <summary>Ends what a crash has cut short: where the event is stored the files go, and where it is not nothing was decided.</summary>
    public async Task Mend(CancellationToken cancellation)
    {
        foreach (var run in await removals.Left(cancellation))
        {
            if ((await log.ReadStream(Streams.Run(run.Id), 0, cancellation)).Any(e => e.Is<RunEvent.FilesExpired>()))
                Delete(run);
            await removals.Remove([run.Id], cancellation);
        }
    }

    private async Task Expire(IReadOnlyList<ExpiringRun> piece, RetentionPolicy policy, CancellationToken cancellation)
    {
        await removals.Add([.. piece.Select(r => r.Run)], cancellation);
        var stored = 0L;
        await Parallel.ForEachAsync(piece, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (r, stop) =>
        {
            var id = Uuid5.Create(Guid.Empty, $"expire files {r.Run.Id}");
            var obeyed = await runs.Obey(new RunCommand.ExpireFiles(r.Run, r.Rule, policy.LimitOf(r.Rule)), new CommandInfo(id, "expireFiles", "debci", Correlation: id), stop);
            InterlockedMax(ref stored, obeyed.Position);
        });
        await WaitForRows(stored, cancellation);
        foreach (var r in piece)
            Delete(r.Run);
        await removals.Remove([.. piece.Select(r => r.Run.Id)], cancellation);
    }

    private void Delete(RunKey run)
    {
        var folder = layout.OfRun(run);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
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
