using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>Questions about what packages need of a testbed.</summary>
public sealed class NeedsQueries(NpgsqlDataSource database)
{
    /// <summary>What was learnt about these packages, by package and suite.</summary>
    public async Task<IReadOnlyDictionary<(string Package, string Suite), string>> Learnt(IReadOnlyCollection<string> packages, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(string Package, string Suite, string Need)>(new CommandDefinition(
            "select package, suite, need from read.needs where package = any(@packages)", new { packages = packages.ToArray() }, cancellationToken: cancellation));
        return rows.ToDictionary(r => (r.Package, r.Suite), r => r.Need);
    }
}
