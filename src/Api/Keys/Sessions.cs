using System.Security.Cryptography;
using System.Text;
using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Keys;

/// <summary>
/// Browsers that have shown an operator's key: each holds 256 random bits in a cookie, which no script can read and no other site can
/// have sent, and which stand for the key until they expire or the key is taken away. They are good for reading pages alone: no command
/// takes them. Their hash is kept.
/// </summary>
public sealed class Sessions(NpgsqlDataSource database, AccessKeys keys)
{
    /// <summary>The table, created by <c>debci migrate</c>.</summary>
    public const string Tables = """
        create table if not exists work.sessions (hash bytea primary key, key text not null references work.keys on delete cascade, until timestamptz not null)
        """;

    /// <summary>How long one lasts.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromHours(8);

    private sealed record Stored(Guid Account, string Name, string Scopes);

    /// <summary>Begins a session for an operator's key; gives what the browser keeps.</summary>
    /// <exception cref="RefusedException">The key is not known, or is no operator's.</exception>
    public async Task<string> Begin(string key, CancellationToken cancellation)
    {
        var caller = await keys.Find(key, cancellation)
            ?? throw new RefusedException(RefusalCode.KeyRequired, "This key is not known here; ask an operator for one (`debci key create`).", "key");
        if (ScopeCheck.Refuse(caller, Scope.Admin) is { } refusal)
            throw new RefusedException(refusal);
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("delete from work.sessions where until < now()", cancellationToken: cancellation));
        var begun = await connection.ExecuteAsync(new CommandDefinition("insert into work.sessions (hash, key, until) select @hash, id, now() + @Length from work.keys where id = @key",
            new { hash = Hash(token), key = key.Split('_')[1], Length }, cancellationToken: cancellation));
        return begun == 1 ? token : throw new RefusedException(RefusalCode.KeyRequired, "This key was taken away; ask an operator for another (`debci key create`).", "key");
    }

    /// <summary>Whose session it is; null for one that is over, or never was.</summary>
    public async Task<Caller?> Of(string token, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var stored = await connection.QuerySingleOrDefaultAsync<Stored>(new CommandDefinition("""
            select k.account, a.name, k.scopes from work.sessions s join work.keys k on k.id = s.key join work.accounts a on a.id = k.account
            where s.hash = @hash and s.until > now()
            """, new { hash = Hash(token) }, cancellationToken: cancellation));
        return stored is null ? null : new Caller(stored.Account, stored.Name, AccessKeys.ScopesIn(stored.Scopes));
    }

    /// <summary>Ends a session.</summary>
    public async Task End(string token, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("delete from work.sessions where hash = @hash", new { hash = Hash(token) }, cancellationToken: cancellation));
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
