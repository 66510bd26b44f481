using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Keys;

/// <summary>
/// Keys, <c>debci_&lt;id&gt;_&lt;secret&gt;</c>: looked up by their id, compared by the hash of their secret in constant time. The secret
/// itself (256 random bits) is shown once and stored nowhere.
/// </summary>
public sealed class AccessKeys(NpgsqlDataSource database)
{
    /// <summary>The tables, created by <c>debci migrate</c>.</summary>
    public const string Tables = """
        create table if not exists work.accounts (id uuid primary key, name text not null unique, created_at timestamptz not null default now());
        create table if not exists work.keys (
            id text primary key, account uuid not null references work.accounts, hash bytea not null, scopes text not null,
            created_at timestamptz not null default now())
        """;

    private const int MostCached = 10_000;

    /// <summary>For how long a server takes a key that is gone.</summary>
    internal static readonly TimeSpan CachedFor = TimeSpan.FromSeconds(30);

    // Thousands of calls a second need no query each; a key that was taken away works for half a minute longer.
    private readonly ConcurrentDictionary<string, (Stored? Key, long Until)> cache = new(StringComparer.Ordinal);

    private sealed record Stored(Guid Account, string Name, byte[] Hash, string Scopes);

    /// <summary>A key, as it is kept.</summary>
    /// <param name="Id">Its public part, between the two underscores.</param>
    /// <param name="Account">Whose it is.</param>
    /// <param name="Scopes">What it may do: words between blanks.</param>
    /// <param name="CreatedAt">Since when.</param>
    public sealed record KeptKey(string Id, string Account, string Scopes, DateTime CreatedAt);

    /// <summary>Makes a key for an account, which is made when it is new. Gives the key's text, once.</summary>
    public async Task<string> Create(string account, IReadOnlyCollection<Scope> scopes, CancellationToken cancellation = default)
    {
        if (!Names.IsWorker(account))
            throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(account)} is no account name: letters, digits, '.', '_', '-', at most 128.");
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("""
            with account as (
                insert into work.accounts (id, name) values (@fresh, @account)
                on conflict (name) do update set name = excluded.name returning id)
            insert into work.keys (id, account, hash, scopes) select @id, account.id, @hash, @scopes from account
            """, new
        {
            fresh = Guid.CreateVersion7(), account, id, hash = SHA256.HashData(Encoding.ASCII.GetBytes(secret)),
            scopes = string.Join(' ', scopes).ToLowerInvariant(),
        }, cancellationToken: cancellation));
        return $"debci_{id}_{secret}";
    }

    /// <summary>All keys, by account and age; what they are made of is not known here.</summary>
    public async Task<IReadOnlyList<KeptKey>> List(CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<KeptKey>(new CommandDefinition(
            "select k.id, a.name as account, k.scopes, k.created_at as CreatedAt from work.keys k join work.accounts a on a.id = k.account order by a.name, k.created_at, k.id",
            cancellationToken: cancellation))];
    }

    /// <summary>Takes a key away, and the sessions of browsers that have shown it; other nodes may take it for half a minute longer.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> Revoke(string id, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var gone = await connection.ExecuteAsync(new CommandDefinition("delete from work.keys where id = @id", new { id }, cancellationToken: cancellation));
        cache.TryRemove(id, out _);
        return gone > 0;
    }

    /// <summary>An account by its name, with one scope, for what comes in by other doors than HTTP; null when there is none.</summary>
    public async Task<Caller?> OfAccount(string name, Scope scope, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var id = await connection.QuerySingleOrDefaultAsync<Guid?>(new CommandDefinition("select id from work.accounts where name = @name", new { name }, cancellationToken: cancellation));
        return id is { } known ? new Caller(known, name, new HashSet<Scope> { scope }) : null;
    }

    /// <summary>Who holds the key; null for one that is not known.</summary>
    public async Task<Caller?> Find(string text, CancellationToken cancellation = default)
    {
        var parts = text.Split('_');
        if (parts is not ["debci", { Length: 16 } id, { Length: 64 } secret])
            return null;
        var stored = await Load(id, cancellation);
        // The same work for an unknown id, so that the time tells nothing.
        var right = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.ASCII.GetBytes(secret)), stored?.Hash ?? new byte[32]);
        return stored is not null && right
            ? new Caller(stored.Account, stored.Name, ScopesIn(stored.Scopes))
            : null;
    }

    /// <summary>The id of an account; null when there is none of this name.</summary>
    public async Task<Guid?> IdOf(string account, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<Guid?>(new CommandDefinition("select id from work.accounts where name = @account", new { account }, cancellationToken: cancellation));
    }

    /// <summary>The names of accounts, by their ids; one that is gone is missing.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> NamesOf(IReadOnlyCollection<Guid> accounts, CancellationToken cancellation = default)
    {
        if (accounts.Count == 0)
            return new Dictionary<Guid, string>();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(Guid Id, string Name)>(new CommandDefinition("select id, name from work.accounts where id = any(@ids)", new { ids = accounts.ToArray() }, cancellationToken: cancellation));
        return rows.ToDictionary(r => r.Id, r => r.Name);
    }

    /// <summary>Scopes as they are stored.</summary>
    internal static HashSet<Scope> ScopesIn(string stored) => [.. stored.Split(' ').Select(s => Enum.Parse<Scope>(s, ignoreCase: true))];

    private async Task<Stored?> Load(string id, CancellationToken cancellation)
    {
        if (cache.TryGetValue(id, out var known) && known.Until > Environment.TickCount64)
            return known.Key;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var stored = await connection.QuerySingleOrDefaultAsync<Stored>(new CommandDefinition(
            "select k.account, a.name, k.hash, k.scopes from work.keys k join work.accounts a on a.id = k.account where k.id = @id",
            new { id }, cancellationToken: cancellation));
        if (cache.Count >= MostCached)
            cache.Clear(); // guesses fill it; it fills again with what is used
        if (stored is not null)
            cache[id] = (stored, Environment.TickCount64 + (long)CachedFor.TotalMilliseconds);
        return stored;
    }
}
