using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>
/// Which events a viewer may see: those of a run, as the run; the end of a batch, when none of its runs is hidden; what no run belongs
/// to, all but its free text. The row of a run says whether it is private, since it may have been published behind the event. What cannot be read may be about anything, and shows to operators only.
/// </summary>
public sealed class EventVisibility(NpgsqlDataSource database)
{
    /// <summary>Those that the viewer may see, which the rows of runs must have passed.</summary>
    public async Task<IReadOnlyList<LogEvent>> Of(IReadOnlyList<LogEvent> events, Viewer viewer, CancellationToken cancellation = default)
    {
        if (viewer.SeesAll)
            return events;
        var shown = await Shown([.. events.Where(e => e.Run is { Private: true }).Select(e => e.Run!.Id)], viewer, cancellation);
        var hidden = await BatchesWithHiddenRuns([.. events.Where(e => e.Happened is BatchEvent.Accepted).Select(e => e.Stored.Stream)], viewer, cancellation);
        return [.. events.Where(e => IsOpen(e, shown, hidden)).Select(e => e.WithoutFreeText())];
    }

    private static bool IsOpen(LogEvent e, HashSet<long> shown, HashSet<string> hidden) => e switch
    {
        { Happened: null } or { Command: null } => false,
        { Run: { } run } => !run.Private || shown.Contains(run.Id),
        // What was refused or is in quarantine may be private; nothing says so any more.
        { Happened: BatchEvent.ItemRefused or PolicyEvent.Quarantined or PolicyEvent.QuarantineLifted } => false,
        { Happened: BatchEvent.Accepted } => !hidden.Contains(e.Stored.Stream),
        _ => true,
    };

    private Task<HashSet<long>> Shown(long[] runs, Viewer viewer, CancellationToken cancellation) =>
        runs.Length == 0 ? Task.FromResult(new HashSet<long>())
            : Ask<long>($"select run from read.runs where run = any(@runs) and {Viewer.MaySee}", new { runs, viewer.Account, viewer.SeesAll }, cancellation);

    // "is not true": without an account the comparison says neither.
    private Task<HashSet<string>> BatchesWithHiddenRuns(string[] streams, Viewer viewer, CancellationToken cancellation) =>
        streams.Length == 0 ? Task.FromResult(new HashSet<string>())
            : Ask<string>($"select distinct stream from read.runs where private and stream = any(@streams) and {Viewer.MaySee} is not true",
                new { streams, viewer.Account, viewer.SeesAll }, cancellation);

    private async Task<HashSet<T>> Ask<T>(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellation))];
    }
}
