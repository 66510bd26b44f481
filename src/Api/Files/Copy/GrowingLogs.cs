using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Files.Copy;

/// <summary>
/// Logs that are not whole yet. Those whose attempt no worker holds any more are made whole; the others are for the copy to leave out, since
/// a worker has them, and sends all of them again wherever it is sent to.
/// </summary>
/// <param name="keeper">Where logs grow.</param>
/// <param name="store">Where they are.</param>
/// <param name="database">Knows the leases.</param>
internal sealed class GrowingLogs(ILogKeeper keeper, IFileStore store, NpgsqlDataSource database)
{
    /// <summary>The folders of attempts whose log grows beside the store, so that no list of its files tells of them.</summary>
    public async Task<List<string>> Beside(CancellationToken stop) =>
        await Growing((await keeper.GrowingBeside(stop)).Select(log => (StorePath.OfAttempt(log.Run, log.Attempt), log.Run, log.Attempt)), stop);

    /// <summary>The folders of attempts in a run's folder whose log grows.</summary>
    public async Task<List<string>> In(string folder, CancellationToken stop)
    {
        var logs = await store.List($"{folder}/attempts", stop).Where(f => Path.GetFileName(f.Path).StartsWith("log.", StringComparison.Ordinal))
            .Select(f => f.Path[..f.Path.LastIndexOf('/')]).ToListAsync(stop);
        return await Growing(logs.Distinct().Select(attempt => RunFolder.Key(attempt) is var (run, number) ? (attempt, run, number) : default).Where(log => log != default), stop);
    }

    private async Task<List<string>> Growing(IEnumerable<(string Folder, RunKey Run, int Attempt)> logs, CancellationToken stop)
    {
        var growing = new List<string>();
        foreach (var (folder, run, attempt) in logs)
        {
            if ((await keeper.Size(run, attempt, stop)).Finished)
                continue;
            if (await IsHeld(run.Id, attempt, stop))
                growing.Add(folder);
            else
                await keeper.Finish(run, attempt, stop);
        }
        return growing;
    }

    private async Task<bool> IsHeld(long run, int attempt, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select from work.leases where run = @run and attempt = @attempt)", new { run, attempt }, cancellationToken: stop));
    }
}
