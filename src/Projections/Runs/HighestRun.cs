using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>The highest number that the log has given to a run.</summary>
public static class HighestRun
{
    private const int PageSize = 5_000;

    /// <summary>From the rows, also of batches that are not complete, and from the log behind them; 0 for none.</summary>
    public static async Task<long> Find(IEventLog log, NpgsqlDataSource database, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var (version, position) = connection.Ask("select version, position from read.checkpoints where name = $1 and shown", r => (r.GetInt32(0), r.GetInt64(1)), RunsModel.RunsName).FirstOrDefault();
        var schema = $"read_{RunsModel.RunsName}_v{version}";
        var highest = version == 0 ? 0 : connection.Ask(
            $"select greatest(0, (select max(run) from {schema}.runs), (select max(run) from {schema}.runs_open))", r => r.GetInt64(0))[0];
        while (await log.ReadAll(position, PageSize, [StoredNames.Of<BatchEvent.Requested>(), StoredNames.Of<RunEvent.Imported>()], cancellation) is { Count: > 0 } page)
        {
            position = page[^1].Position;
            highest = page.Where(e => e.Is<BatchEvent.Requested>() || e.Is<RunEvent.Imported>()).Select(e => LogEvent.KeyOf(e.Decode())!.Id).Append(highest).Max();
        }
        return highest;
    }
}
