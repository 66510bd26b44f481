using System.Security.Cryptography;
using System.Text;
using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Dispatch;

/// <summary>
/// What people write freely (reasons): kept beside the log, where it can be erased; events hold its hash. So a text is stored before the
/// event that speaks of it, and a text that no event speaks of harms nobody.
/// </summary>
public sealed class Texts(NpgsqlDataSource database)
{
    /// <summary>The table, created by <c>debci migrate</c>.</summary>
    public const string Tables = "create table if not exists work.texts (hash text primary key, text text not null, stored_at timestamptz not null default now())";

    /// <summary>The longest text taken, in characters.</summary>
    public const int Longest = 1000;

    /// <summary>Keeps a text and gives its hash; null for none.</summary>
    /// <exception cref="RefusedException">It is too long.</exception>
    public async Task<string?> Keep(string? text, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (text.Length > Longest)
            throw new RefusedException(RefusalCode.TooLarge, $"A reason takes at most {Longest} characters.", "reason");
        var clean = StoredText.Clean(text.Trim(), Longest);
        var hash = HashOf(clean);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("insert into work.texts (hash, text) values (@hash, @clean) on conflict do nothing", new { hash, clean }, cancellationToken: cancellation));
        return hash;
    }

    /// <summary>What stands in the place of a text that was erased: it was there, since a text is stored before the event that speaks of it.</summary>
    public const string Erased = "(erased)";

    /// <summary>What stands in the place of a text that is not the one that was hashed: somebody changed it in PostgreSQL.</summary>
    public const string Altered = "(altered: this is not what was written)";

    /// <summary>The texts behind hashes; for an erased or altered one, that it was.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Find(IEnumerable<string?> hashes, CancellationToken cancellation)
    {
        var wanted = hashes.OfType<string>().Distinct().ToArray();
        if (wanted.Length == 0)
            return new Dictionary<string, string>();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(string, string)>(new CommandDefinition("select hash, text from work.texts where hash = any(@wanted)", new { wanted }, cancellationToken: cancellation));
        var found = rows.ToDictionary(r => r.Item1, r => HashOf(r.Item2) == r.Item1 ? r.Item2 : Altered);
        return wanted.ToDictionary(hash => hash, hash => found.GetValueOrDefault(hash, Erased));
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
