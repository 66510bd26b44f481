using Npgsql;

namespace Debci.Projections;

/// <summary>
/// Batches whose statements are planned once for each connection, and not each time: planning them costs more than running them. Only for
/// statements that find every row by a key or an index: a table that batches pass through is empty or full, its statistics are of the other
/// time, and no plan may read it whole.
/// </summary>
public static class PlannedOnce
{
    // They end with the batch, which is one transaction.
    private const string Settings = "select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";

    /// <summary>Begins a batch; its first result is of the settings, and is passed over by who reads results.</summary>
    public static NpgsqlBatch BeginBatch(this NpgsqlConnection connection) =>
        new(connection) { BatchCommands = { new NpgsqlBatchCommand(Settings) } };
}
