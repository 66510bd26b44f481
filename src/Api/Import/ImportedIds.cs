using Dapper;
using Npgsql;

namespace Debci.Api.Import;

/// <summary>
/// Which run ids belong to imported runs: those that the sequence has jumped over. An id that it has given out, or may still be in some
/// node's block, was never jumped over, and an id that was jumped over is never given out: so no id is given twice, whoever runs meanwhile.
/// </summary>
public sealed class ImportedIds(NpgsqlDataSource database)
{
    /// <summary>The table, created by <c>debci migrate</c>.</summary>
    public const string Tables = "create table if not exists work.imported_ids (first bigint primary key, last bigint not null check (last >= first))";

    private IReadOnlyList<(long First, long Last)> ranges = [];

    /// <summary>Has the sequence jump over all ids up to this one, as far as it has not come there; new runs get higher ones.</summary>
    /// <remarks>
    /// <c>alter sequence</c> waits for those who draw numbers just now, and makes others wait until the jump is committed: without that a number
    /// drawn between the look and the jump would belong to both.
    /// </remarks>
    public async Task JumpOver(long highest, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("set local synchronous_commit = on; alter sequence work.run_ids no cycle", transaction: transaction, cancellationToken: cancellation));
        var next = await connection.QuerySingleAsync<long>(new CommandDefinition(
            "select case when is_called then last_value + 1 else last_value end from work.run_ids", transaction: transaction, cancellationToken: cancellation));
        if (next <= highest)
        {
            await connection.ExecuteAsync(new CommandDefinition($"alter sequence work.run_ids restart with {highest + 1}; insert into work.imported_ids (first, last) values ({next}, {highest})",
                transaction: transaction, cancellationToken: cancellation));
        }
        await transaction.CommitAsync(cancellation);
        ranges = [.. await connection.QueryAsync<(long, long)>(new CommandDefinition("select first, last from work.imported_ids", cancellationToken: cancellation))];
    }

    /// <summary>Whether an id is one of them, as far as the last jump knew.</summary>
    public bool Has(long run) => ranges.Any(r => run >= r.First && run <= r.Last);
}
