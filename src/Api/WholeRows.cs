using Dapper;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using Npgsql;

namespace Debci.Api;

/// <summary>Sees to it that nobody decides by rows that have stopped, or that lag behind what is stored: a gate, and who joins requests.</summary>
/// <remarks>
/// It asks the checkpoints themselves: rows and checkpoints of the last moment go back together when PostgreSQL is killed, and what this
/// node remembers of them does not.
/// </remarks>
public sealed class WholeRows(NpgsqlDataSource database, ReadPosition position, IEventLog log, Hosting.ReadsOnly? readsOnly = null)
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MissedSignal = TimeSpan.FromSeconds(1);
    private static readonly string[] Needed = ["runs", "queue", "history", "policies"];
    private static readonly string[] NeededForPast = ["runs", "history", "queue_past", "policies_past"];

    private sealed record Checkpoint(string Name, long Position, bool Stopped);

    /// <summary>How far the rows that decisions need have come; refuses while one of their models has stopped.</summary>
    /// <exception cref="RefusedException">One has.</exception>
    public Task<long> Position(CancellationToken cancellation)
    {
        MustNotBeBehind();
        return Position(Needed, cancellation);
    }

    private void MustNotBeBehind()
    {
        if (readsOnly is { IsBehind: true })
            throw new RefusedException(RefusalCode.NotAllowed, "This server only reads, and may not know yet what was acknowledged elsewhere; who decides by the answer asks a server on the primary of PostgreSQL.");
    }

    private async Task<long> Position(string[] needed, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var checkpoints = (await connection.QueryAsync<Checkpoint>(new CommandDefinition(
            "select name, position, stopped_at is not null as stopped from read.checkpoints where shown and name = any(@needed)", new { needed }, cancellationToken: cancellation))).ToList();
        return checkpoints.FirstOrDefault(c => c.Stopped) is { } stopped
            ? throw new RefusedException(RefusalCode.NotYet, $"The read model {stopped.Name} has stopped, and what it would say is not known; operators find the reason at /health.")
            : checkpoints.Min(c => c.Position);
    }

    /// <summary>
    /// Waits until the rows have all that is stored now. A client whose request was taken, but who never heard of it, sees its runs then,
    /// and does not ask for them again. The position up to which they have it.
    /// </summary>
    /// <exception cref="RefusedException">They do not come so far in time, or one has stopped.</exception>
    public async Task<long> MustHaveAll(CancellationToken cancellation)
    {
        MustNotBeBehind();
        var head = await log.Head(cancellation);
        await MustHave(head, Needed, cancellation);
        return head;
    }

    /// <summary>Waits until the rows of the past have all that was stored up to a position.</summary>
    /// <exception cref="RefusedException">They do not come so far in time, or one has stopped.</exception>
    public Task MustHavePast(long upTo, CancellationToken cancellation) => MustHave(upTo, NeededForPast, cancellation);

    private async Task MustHave(long upTo, string[] needed, CancellationToken cancellation)
    {
        for (var began = Environment.TickCount64; Environment.TickCount64 - began < AtMost.TotalMilliseconds;)
        {
            var next = position.NextMove; // before the look
            if (await Position(needed, cancellation) >= upTo)
                return;
            await next.WaitAsync(MissedSignal, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
        throw new RefusedException(RefusalCode.NotYet, $"The rows do not have all that is stored within {AtMost.TotalSeconds:0} seconds; ask again.");
    }
}
