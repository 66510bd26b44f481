using System.Runtime.CompilerServices;
using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>What of the public results is newer than a copy of them.</summary>
public sealed class ExportQueries(NpgsqlDataSource database)
{
    /// <summary>How far the rows have come that the copies are made of.</summary>
    public async Task<long> Position(CancellationToken cancellation = default) =>
        (await Ask<long>("select min(position) from read.checkpoints where shown and name in ('statuses', 'history', 'index', 'runs')", new { }, cancellation)).Single();

    /// <summary>Every suite and architecture with a public result without pins.</summary>
    public Task<IReadOnlyList<(string Suite, string Arch)>> Places(CancellationToken cancellation = default) =>
        Ask<(string, string)>("select suite, arch from read.status_places", new { }, cancellation);

    /// <summary>Packages with a result that is public since something behind a position, and where.</summary>
    public async IAsyncEnumerable<(string Package, string Suite, string Arch)> Packages(long behind, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("""
            select package, suite, arch from read.history where position > $1 and not private
            union select package, suite, arch from read.history where published is not null and published > $1
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = behind });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            yield return (rows.GetString(0), rows.GetString(1), rows.GetString(2));
    }

    /// <summary>Where packages of suites have current results.</summary>
    /// <param name="packages">By suite.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<(string Package, string Suite, string Arch)>> PlacesOf(ILookup<string, string> packages, CancellationToken cancellation = default)
    {
        var all = new List<(string, string, string)>();
        foreach (var suite in packages)
            all.AddRange(await Ask<(string, string, string)>("select package, suite, arch from read.index where package = any(@packages) and suite = @suite", new { packages = suite.ToArray(), suite = suite.Key }, cancellation));
        return all;
    }

    private async Task<IReadOnlyList<T>> Ask<T>(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellation))];
    }
}
