using System.Data;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>Reading the rows of two models together.</summary>
internal static class Snapshot
{
    /// <summary>A snapshot in which both have come equally far, as they have but for the time that one of them is made anew or has stopped.</summary>
    /// <exception cref="RefusedException">They have not.</exception>
    public static async Task<NpgsqlTransaction> Of(NpgsqlConnection connection, string one, string other, CancellationToken cancellation)
    {
        var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await using var apart = new NpgsqlCommand("select count(distinct position) > 1 from read.checkpoints where shown and name in ($1, $2)", connection);
        apart.Parameters.Add(new NpgsqlParameter { Value = one });
        apart.Parameters.Add(new NpgsqlParameter { Value = other });
        if (await apart.ExecuteScalarAsync(cancellation) is not true)
            return snapshot;
        await snapshot.DisposeAsync();
        throw new RefusedException(RefusalCode.NotYet, $"The rows of {one} and of {other} are not equally far just now; ask again.");
    }
}
