using System.Collections.Concurrent;
using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Import;

/// <summary>
/// Whose imported runs are: debci's export has numbers for people, which a file maps to accounts here, a line <c>NUMBER ACCOUNT</c> each
/// (behind <c>#</c> a comment). Accounts that are missing are made; what no line maps goes to <c>debci-user-NUMBER</c>.
/// </summary>
internal sealed class Requesters(NpgsqlDataSource database, IReadOnlyDictionary<string, string> names, string otherwise)
{
    private readonly ConcurrentDictionary<string, string> accounts = new(StringComparer.Ordinal);

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">A line is not of that form.</exception>
    public static IReadOnlyDictionary<string, string> Read(string? path)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (line, index) in path is null ? [] : File.ReadAllLines(path).Select((l, i) => (l.Split('#')[0].Trim(), i + 1)))
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                continue;
            if (words.Length != 2 || !Names.IsWorker(words[1]))
                throw new InvalidDataException($"{path}:{index}: write debci's number for a requester and an account's name (letters, digits, '.', '_', '-'), such as: 17 britney");
            names[words[0]] = words[1];
        }
        return names;
    }

    /// <summary>The account id for debci's number (or name, where it told names); that of records without one for null.</summary>
    public async Task<string> Find(string? requester, CancellationToken cancellation)
    {
        var name = requester is null ? otherwise
            : names.TryGetValue(requester, out var mapped) ? mapped
            : requester.All(char.IsAsciiDigit) ? $"debci-user-{requester}"
            : Names.IsWorker(requester) ? requester : otherwise;
        return accounts.TryGetValue(name, out var known) ? known : accounts[name] = await Ensure(name, cancellation);
    }

    private async Task<string> Ensure(string name, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var id = await connection.QuerySingleAsync<Guid>(new CommandDefinition(
            "insert into work.accounts (id, name) values (@fresh, @name) on conflict (name) do update set name = excluded.name returning id",
            new { fresh = Guid.CreateVersion7(), name }, cancellationToken: cancellation));
        return id.ToString("D");
    }
}
