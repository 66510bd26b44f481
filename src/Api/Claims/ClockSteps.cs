using Dapper;
using Debci.Api.Configuration;
using Npgsql;

namespace Debci.Api.Claims;

/// <summary>
/// Leases end at times of the database's clock, and that clock can be set: when it moves otherwise than this node's steady one, all leases
/// begin anew, so that nobody loses a run by it, and nobody keeps one for longer than a lease.
/// </summary>
/// <remarks>Each node sees the step. The first one to say so renews the leases; the others find its word since their last look.</remarks>
public sealed class ClockSteps(NpgsqlDataSource database, LiveConfiguration live, TimeProvider clock, ILogger<ClockSteps> logger)
{
    // Less may be a busy machine between two looks.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(2);
    // A look that takes longer has two times of different moments.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private sealed record Look(DateTime Now, long LastStep, long Steady);

    private Look? last;

    /// <summary>Looks at both clocks, and renews the leases when the database's was set since the last look.</summary>
    /// <returns>
    /// The database's time at the look: whoever goes by it is not misled by a step that comes a moment later. Null when the look cannot tell.
    /// </returns>
    public async Task<DateTime?> Mend(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var asked = clock.GetTimestamp();
        var (now, lastStep) = await connection.QuerySingleAsync<(DateTime, long)>(new CommandDefinition(
            "select now(), coalesce((select max(id) from work.clock_steps), 0)", cancellationToken: cancellation));
        if (clock.GetElapsedTime(asked) > Longest)
            return null; // this process or the database stood still meanwhile
        var (before, seen) = (last, new Look(now, lastStep, asked));
        last = seen;
        var step = before is null || before.LastStep != seen.LastStep ? TimeSpan.Zero : seen.Now - before.Now - clock.GetElapsedTime(before.Steady, seen.Steady);
        if (step.Duration() >= Least)
            await Move(connection, step, seen.LastStep, cancellation);
        return seen.Now;
    }

    private async Task Move(NpgsqlConnection connection, TimeSpan step, long lastStep, CancellationToken cancellation)
    {
        // One statement, so that two nodes cannot both do it: the second one waits for the lock, and then finds the first one's word.
        await connection.ExecuteAsync(new CommandDefinition("""
            begin;
            lock table work.clock_steps in share row exclusive mode;
            with said as (
                insert into work.clock_steps (seconds) select @seconds where coalesce((select max(id) from work.clock_steps), 0) = @lastStep returning id)
            update work.leases set until = now() + make_interval(secs => @lease), since = now() where not lost and exists (select from said); -- some were prolonged by the new time already
            commit
            """, new { seconds = step.TotalSeconds, lastStep, lease = live.Current.LeaseSeconds }, cancellationToken: cancellation));
        logger.LogWarning("The database's clock was set by {Step} s; every lease begins anew.", step.TotalSeconds);
        last = null; // what was just said is not seen yet
    }
}
