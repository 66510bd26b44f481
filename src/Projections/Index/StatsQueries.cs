using Dapper;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>How a suite and architecture stands: how many packages have which status now, and how many public runs wait or run.</summary>
public sealed record StatsRow(string Suite, string Arch, long Pass, long Fail, long Neutral, long Tmpfail, long Pending, long Running)
{
    /// <summary>How many packages have a result.</summary>
    public long Packages => Pass + Fail + Neutral + Tmpfail;
}

/// <summary>
/// Questions about numbers. Asked by every viewer of the first page, so that the answer is kept for half a second: whoever asks
/// meanwhile gets the same.
/// </summary>
public sealed class StatsQueries(NpgsqlDataSource database, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(0.5);
    private readonly Turns turns = new();
    private volatile Answer? last;

    private sealed record Answer(IReadOnlyList<StatsRow> Rows, long At);

    /// <summary>Every suite and architecture that has a result or a run, by name; half a second old at most.</summary>
    public async Task<IReadOnlyList<StatsRow>> All(CancellationToken cancellation = default)
    {
        if (IsFresh(last))
            return last!.Rows;
        using var turn = await turns.Take(cancellation);
        if (!IsFresh(last))
        {
            var asked = clock.GetTimestamp(); // before the question: what is answered is at least as new
            last = new Answer(await Ask(cancellation), asked);
        }
        return last!.Rows;
    }

    private bool IsFresh(Answer? answer) => answer is not null && clock.GetElapsedTime(answer.At) < Fresh;

    private async Task<IReadOnlyList<StatsRow>> Ask(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<StatsRow>(new CommandDefinition("""
            select suite, arch,
                coalesce(sum(packages) filter (where what = 'pass'), 0)::bigint as Pass, coalesce(sum(packages) filter (where what = 'fail'), 0)::bigint as Fail,
                coalesce(sum(packages) filter (where what = 'neutral'), 0)::bigint as Neutral, coalesce(sum(packages) filter (where what = 'tmpfail'), 0)::bigint as Tmpfail,
                coalesce(sum(packages) filter (where what = 'pending'), 0)::bigint as Pending, coalesce(sum(packages) filter (where what = 'running'), 0)::bigint as Running
            from (select suite, arch, status as what, packages from read.index_counts union all
                select suite, arch, 'pending', pending from read.queue_lanes where not private union all
                select suite, arch, 'running', running from read.queue_lanes where not private) as numbers
            group by suite, arch having sum(packages) > 0 order by suite, arch
            """, cancellationToken: cancellation));
        return [.. rows];
    }
}
