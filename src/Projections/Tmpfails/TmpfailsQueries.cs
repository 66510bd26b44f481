using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>A public run that ended in a tmpfail, or was given up. <paramref name="Position"/> is its end's place in the log, or its publication's; without a cause nobody says what went wrong.</summary>
public sealed record TmpfailRow(
    long Position, long Run, string Suite, string Arch, string Package, Cause? Cause, string Message, string? Worker, string? Version, DateTimeOffset EndedAt);

/// <summary>How many of them a cause has.</summary>
public sealed record CauseCount(Cause? Cause, long Runs);

/// <summary>Which tmpfails: those that ended on one of these days (UTC), and what else is given.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="Suite">Of this suite only.</param>
/// <param name="Arch">On this architecture only.</param>
/// <param name="Cause">With this cause only.</param>
/// <param name="AsOf">As was known at this position; null for now.</param>
public sealed record TmpfailQuestion(DateOnly From, DateOnly To, string? Suite = null, string? Arch = null, Cause? Cause = null, long? AsOf = null);

/// <summary>Where a page of tmpfails ends: when the last one ended, in microseconds as the rows have it, and its position.</summary>
public sealed record TmpfailCursor(DateTime EndedAt, long Position)
{
    /// <summary>The cursor behind a row, as text that a client keeps.</summary>
    public static string Show(TmpfailRow row) => $"{row.EndedAt.UtcTicks}~{row.Position}";

    /// <summary>Reads such a text; null when it is none.</summary>
    public static TmpfailCursor? Read(string text) => text.Split('~') is [var at, var position]
        && long.TryParse(at, System.Globalization.NumberStyles.None, null, out var ticks) && ticks <= DateTime.MaxValue.Ticks
        && long.TryParse(position, System.Globalization.NumberStyles.None, null, out var number)
            ? new TmpfailCursor(new DateTime(ticks, DateTimeKind.Utc), number) : null;
}

/// <summary>Questions about runs that came to nothing. All of it is public.</summary>
public sealed class TmpfailsQueries(NpgsqlDataSource database)
{
    /// <summary>How many each cause has, the most frequent first; the question's own cause narrows nothing here.</summary>
    public async Task<IReadOnlyList<CauseCount>> Causes(TmpfailQuestion question, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        // Days are sums of today; rows are only ever added, and what was not there yet has a later position.
        var rows = await connection.QueryAsync<(string Cause, long Runs)>(new CommandDefinition(question.AsOf is null ? $"""
            select cause, sum(runs)::bigint from read.tmpfail_days where day between @From and @To {Of(question)} group by cause order by 2 desc, 1
            """ : $"""
            select coalesce(cause, ''), count(*) from read.tmpfails where ended_at between @Begin and @End and position <= @AsOf {Of(question)} group by cause order by 2 desc, 1
            """, Parameters(question, null, 0), cancellationToken: cancellation));
        return [.. rows.Select(r => new CauseCount(r.Cause.Length == 0 ? null : Columns.Enum<Cause>(r.Cause), r.Runs))];
    }

    /// <summary>The runs, the newest end first; those behind <paramref name="after"/> if given, at most <paramref name="most"/>.</summary>
    public async Task<IReadOnlyList<TmpfailRow>> List(TmpfailQuestion question, TmpfailCursor? after, int most, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition($"""
            select position, run, suite, arch, package, cause, message, worker, version, ended_at from read.tmpfails
            where ended_at between @Begin and @End {Of(question)} {(question.Cause is null ? "" : "and cause = @Cause")}
                {(question.AsOf is null ? "" : "and position <= @AsOf")} {(after is null ? "" : "and (ended_at, position) < (@EndedAt, @Position)")}
            order by ended_at desc, position desc limit @Most
            """, Parameters(question, after, most), cancellationToken: cancellation));
        return [.. rows.Select(r => new TmpfailRow(r.Position, r.Run, r.Suite, r.Arch, r.Package, r.Cause is null ? null : Columns.Enum<Cause>(r.Cause), r.Message, r.Worker, r.Version, r.Ended_At))];
    }

    private static string Of(TmpfailQuestion question) => $"{(question.Suite is null ? "" : "and suite = @Suite")} {(question.Arch is null ? "" : "and arch = @Arch")}";

    private static object Parameters(TmpfailQuestion question, TmpfailCursor? after, int most) => new
    {
        question.From, question.To, question.Suite, question.Arch, question.AsOf, Cause = question.Cause is { } cause ? Columns.Word(cause) : null,
        Begin = question.From.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc), End = question.To.ToDateTime(TimeOnly.MaxValue, DateTimeKind.Utc),
        after?.EndedAt, after?.Position, Most = most,
    };

    private sealed record Row(
        long Position, long Run, string Suite, string Arch, string Package, string? Cause, string Message, string? Worker, string? Version, DateTime Ended_At);
}
