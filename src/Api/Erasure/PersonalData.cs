using Dapper;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Erasure;

/// <summary>What was erased.</summary>
/// <param name="Name">Whether a name was there to erase.</param>
/// <param name="Keys">How many keys.</param>
/// <param name="Texts">How many texts.</param>
/// <param name="Webhooks">How many webhooks.</param>
public sealed record Erased(bool Name, int Keys, int Texts, int Webhooks = 0);

/// <summary>
/// Erases what is known of a person, and leaves the log as it is: events hold the account's id, which says nothing by itself, and hashes of
/// texts. The name, the keys, the webhooks and the texts stand beside the log, and are what goes. Again: nothing is left to erase.
/// </summary>
/// <param name="log">Says who wrote what.</param>
/// <param name="database">Where names, keys and texts are.</param>
/// <param name="settled">Comes back when no server takes a key any more that is gone: what was written until then is erased too.</param>
public sealed class PersonalData(IEventLog log, NpgsqlDataSource database, Func<CancellationToken, Task> settled)
{
    private const int PageSize = 5000;

    /// <summary>What comes in the place of a name.</summary>
    public static string NameOf(Guid account) => $"erased-{account:D}";

    /// <summary>The account of a name or an id; null when there is none (any more).</summary>
    public async Task<Guid?> Find(string account, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<Guid?>(new CommandDefinition(
            "select id from work.accounts where name = @account or id::text = lower(@account)", new { account }, cancellationToken: cancellation));
    }

    /// <summary>Erases an account: its name, its keys, its webhooks, and the texts that it wrote. The keys first: nobody writes another text with them.</summary>
    /// <param name="account">Its id.</param>
    /// <param name="scanned">Told how far the log was looked through for texts.</param>
    /// <param name="cancellation">Gives up; again, it goes on.</param>
    public async Task<Erased> Erase(Guid account, IProgress<long>? scanned, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var keys = await connection.ExecuteAsync(new CommandDefinition("delete from work.keys where account = @account", new { account }, cancellationToken: cancellation));
        await settled(cancellation);
        var hooks = await connection.ExecuteAsync(new CommandDefinition("delete from work.webhooks where account = @account", new { account }, cancellationToken: cancellation));
        var texts = await EraseTexts(await TextsOf(account, scanned, cancellation), cancellation);
        var names = await connection.ExecuteAsync(new CommandDefinition("update work.accounts set name = @name where id = @account and name <> @name",
            new { account, name = NameOf(account) }, cancellationToken: cancellation));
        return new Erased(names > 0, keys, texts, hooks);
    }

    /// <summary>Erases texts by their hashes, wherever they are spoken of; tells how many were there.</summary>
    public async Task<int> EraseTexts(IReadOnlyCollection<string> hashes, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteAsync(new CommandDefinition("delete from work.texts where hash = any(@hashes)", new { hashes = hashes.ToArray() }, cancellationToken: cancellation));
    }

    // Nothing but the log says who wrote what.
    private async Task<IReadOnlyCollection<string>> TextsOf(Guid account, IProgress<long>? scanned, CancellationToken cancellation)
    {
        var (hashes, actor, requester) = (new HashSet<string>(StringComparer.Ordinal), $"account:{account:D}", account.ToString("D"));
        for (var page = await log.ReadAll(0, PageSize, cancellation); page.Count > 0; page = await log.ReadAll(page[^1].Position, PageSize, cancellation))
        {
            foreach (var e in page.Where(e => StoredTexts.MayHold(e)))
            {
                if (StoredTexts.In(e) is { } hash && (e.Command().Actor == actor || (e.Decode() is RunEvent.Imported run && run.Result.Requester == requester)))
                    hashes.Add(hash);
            }
            scanned?.Report(page[^1].Position);
        }
        return hashes;
    }
}
