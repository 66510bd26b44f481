using Dapper;
using Npgsql;

namespace Debci.Api.Claims;

/// <summary>
/// Leases end at times of the database's clock, and that clock can be set: when it moves otherwise than this node's steady one, all leases
/// are moved by the difference, so that nobody loses a run by it, and nobody keeps one for longer.
/// </summary>
/// <remarks>Each node sees the step. The first one to say so moves the leases; the others find its word since their last look.</remarks>
public sealed class ClockSteps(NpgsqlDataSource database, TimeProvider clock, ILogger<ClockSteps> logger)
{
    // Less may be a busy machine between two looks.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    private sealed record Look(DateTime Now, long LastStep, long Steady);

    private Look? last;

    /// <summary>Looks at both clocks, and moves the leases when the database's was set since the last look.</summary>
    public async Task Mend(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var (now, lastStep) = await connection.QuerySingleAsync<(DateTime, long)>(new CommandDefinition(
            "select now(), coalesce((select max(id) from work.clock_steps), 0)", cancellationToken: cancellation));
        var (before, seen) = (last, new Look(now, lastStep, clock.GetTimestamp()));
        last = seen;
        if (before is null || before.LastStep != seen.LastStep)
            return;
        var step = seen.Now - before.Now - clock.GetElapsedTime(before.Steady, seen.Steady);
        if (step.Duration() >= Least)
            await Move(connection, step, seen.LastStep, cancellation);
    }

    private async Task Move(NpgsqlConnection connection, TimeSpan step, long lastStep, CancellationToken cancellation)
    {
        // One statement, so that two nodes cannot both do it: the second one waits for the lock, and then finds the first one's word.
        await connection.ExecuteAsync(new CommandDefinition("""
            begin;
            lock table work.clock_steps in share row exclusive mode;
            with said as (
                insert into work.clock_steps (seconds) select @seconds where coalesce((select max(id) from work.clock_steps), 0) = @lastStep returning id)
            update work.leases set until = until + make_interval(secs => @seconds) where exists (select from said);
            commit
            """, new { seconds = step.TotalSeconds, lastStep }, cancellationToken: cancellation));
        logger.LogWarning("The database's clock was set by {Step} s; leases were moved with it.", step.TotalSeconds);
        last = null; // what was just said is not seen yet
    }
}
