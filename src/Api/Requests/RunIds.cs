using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Requests;

/// <summary>Fresh run ids, the numbers that people quote: from a sequence, fetched in blocks. A block that a crash loses leaves a gap.</summary>
public sealed class RunIds(NpgsqlDataSource database)
{
    private const int Block = 100;
    private readonly Turns turns = new();
    private readonly Queue<long> left = [];

    /// <summary>Takes that many ids, rising.</summary>
    public async Task<IReadOnlyList<long>> Take(int count, CancellationToken cancellation = default)
    {
        using var turn = await turns.Take(cancellation);
        if (left.Count < count)
            await Fetch(Math.Max(count - left.Count, Block), cancellation);
        var ids = new long[count];
        for (var i = 0; i < count; i++)
            ids[i] = left.Dequeue();
        return ids;
    }

    private async Task Fetch(int count, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            // Durable at once: a sequence that a crash takes back would give the same ids again.
            "select nextval('work.run_ids') from generate_series(1, $1), set_config('synchronous_commit', 'on', true)");
        command.Parameters.Add(new NpgsqlParameter { Value = count });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            left.Enqueue(rows.GetInt64(0));
    }
}
