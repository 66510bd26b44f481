using System.Globalization;
using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Files.Copy;

/// <summary>Logs in a store of files that are not whole yet. Those whose attempt no worker holds any more are made whole.</summary>
/// <param name="keeper">Where logs grow.</param>
/// <param name="store">Where they are.</param>
/// <param name="database">Knows the leases.</param>
internal sealed class GrowingLogs(ILogKeeper keeper, IFileStore store, NpgsqlDataSource database)
{
    private const int RunPart = 5;
    private const int AttemptPart = 7;

    /// <summary>The folders of attempts in a run's folder whose log grows: a worker has it, and sends all of it again wherever it is sent to.</summary>
    public async Task<List<string>> In(string folder, CancellationToken stop)
    {
        var logs = await store.List($"{folder}/attempts", stop).Where(f => Path.GetFileName(f.Path).StartsWith("log.", StringComparison.Ordinal))
            .Select(f => f.Path[..f.Path.LastIndexOf('/')]).ToListAsync(stop);
        var growing = new List<string>();
        foreach (var attempt in logs.Distinct())
        {
            if (Key(attempt) is not var (run, number) || (await keeper.Size(run, number, stop)).Finished)
                continue;
            if (await IsHeld(run.Id, number, stop))
                growing.Add(attempt);
            else
                await keeper.Finish(run, number, stop);
        }
        return growing;
    }

    private async Task<bool> IsHeld(long run, int attempt, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select from work.leases where run = @run and attempt = @attempt)", new { run, attempt }, cancellationToken: stop));
    }

    // Null for what is no address of ours.
    private static (RunKey Run, int Attempt)? Key(string folder) =>
        folder.Split('/') is { Length: AttemptPart + 1 } parts && long.TryParse(parts[RunPart], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && int.TryParse(parts[AttemptPart], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            ? (new RunKey(id, parts[4], parts[1], parts[2], Private: false), attempt) : null;
}
