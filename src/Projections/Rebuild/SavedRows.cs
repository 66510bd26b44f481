using Npgsql;

namespace Debci.Projections;

/// <summary>Small statements of rebuilds, and rows read back.</summary>
internal static class SavedRows
{
    /// <summary>Runs one or more statements; how many rows the last one changed.</summary>
    public static int Run(this NpgsqlConnection connection, string sql, params object[] parameters)
    {
        using var command = Command(connection, sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The rows of a query.</summary>
    public static List<T> Ask<T>(this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        using var command = Command(connection, sql, parameters);
        using var rows = command.ExecuteReader();
        var list = new List<T>();
        while (rows.Read())
            list.Add(read(rows));
        return list;
    }

    public static string? TextAt(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static int? IntAt(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    public static long? LongAt(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    public static DateTime? TimeAt(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDateTime(column);

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 }; // an index of a hundred million rows takes its time
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
