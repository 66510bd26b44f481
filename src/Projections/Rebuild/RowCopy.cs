using Npgsql;
using NpgsqlTypes;

namespace Debci.Projections;

/// <summary>Writes rows by COPY, the fastest way into a table; a row is its columns, in the order of the list.</summary>
internal sealed class RowCopy : IDisposable
{
    private readonly NpgsqlBinaryImporter into;

    private RowCopy(NpgsqlBinaryImporter into) => this.into = into;

    /// <summary>Writes all rows.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="table">The table with its columns, <c>schema.table (a, b)</c>.</param>
    /// <param name="rows">What to write.</param>
    /// <param name="write">Writes the columns of one.</param>
    public static void Write<T>(NpgsqlConnection connection, string table, IEnumerable<T> rows, Action<RowCopy, T> write)
    {
        using var copy = new RowCopy(connection.BeginBinaryImport($"copy {table} from stdin (format binary)"));
        foreach (var row in rows)
        {
            copy.into.StartRow();
            write(copy, row);
        }
        copy.into.Complete();
    }

    public RowCopy Text(string? value)
    {
        if (value is null)
            return Null();
        into.Write(value, NpgsqlDbType.Text);
        return this;
    }

    public RowCopy Texts(params ReadOnlySpan<string?> values)
    {
        foreach (var value in values)
            Text(value);
        return this;
    }

    public RowCopy Long(long? value)
    {
        if (value is not { } given)
            return Null();
        into.Write(given, NpgsqlDbType.Bigint);
        return this;
    }

    public RowCopy Int(int? value)
    {
        if (value is not { } given)
            return Null();
        into.Write(given, NpgsqlDbType.Integer);
        return this;
    }

    public RowCopy Short(int value)
    {
        into.Write((short)value, NpgsqlDbType.Smallint);
        return this;
    }

    public RowCopy Flag(bool? value)
    {
        if (value is not { } given)
            return Null();
        into.Write(given, NpgsqlDbType.Boolean);
        return this;
    }

    public RowCopy Time(DateTime? value)
    {
        if (value is not { } given)
            return Null();
        into.Write(given, NpgsqlDbType.TimestampTz);
        return this;
    }

    public RowCopy Day(DateOnly value)
    {
        into.Write(value, NpgsqlDbType.Date);
        return this;
    }

    public RowCopy Json(string? value)
    {
        if (value is null)
            return Null();
        into.Write(value, NpgsqlDbType.Jsonb);
        return this;
    }

    public RowCopy Bytes(byte[] value)
    {
        into.Write(value, NpgsqlDbType.Bytea);
        return this;
    }

    public void Dispose() => into.Dispose();

    private RowCopy Null()
    {
        into.WriteNull();
        return this;
    }
}
