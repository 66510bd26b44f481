using System.Buffers.Binary;
using System.Text;
using Npgsql;

namespace Debci.Projections;

/// <summary>Writes rows by COPY, the fastest way into a table; a row is its columns, in the order of the list.</summary>
/// <remarks>
/// The bytes are PostgreSQL's binary format (COPY, "Binary Format", and the types' receive functions), written here: a driver's general way of
/// a value took more time than PostgreSQL took for the row. The format names no types: a value must be of the column's own, and what is of another length is refused by the server.
/// </remarks>
internal sealed class RowCopy
{
    private const int PageSize = 64 * 1024;
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly byte[] Head = [.. "PGCOPY\n"u8, 0xff, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0]; // the signature, no flags, no extension

    private byte[] page = new byte[2 * PageSize];
    private int length;
    private short columns;

    private RowCopy()
    {
    }

    /// <summary>Writes all rows.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="table">The table with its columns, <c>schema.table (a, b)</c>.</param>
    /// <param name="rows">What to write.</param>
    /// <param name="write">Writes the columns of one.</param>
    public static void Write<T>(NpgsqlConnection connection, string table, IEnumerable<T> rows, Action<RowCopy, T> write)
    {
        using var into = connection.BeginRawBinaryCopy($"copy {table} from stdin (format binary)");
        try
        {
            var copy = new RowCopy();
            Head.CopyTo(copy.Place(Head.Length));
            foreach (var row in rows)
            {
                copy.Row(row, write);
                copy.Send(into, atLeast: PageSize);
            }
            BinaryPrimitives.WriteInt16BigEndian(copy.Place(2), -1);
            copy.Send(into, atLeast: 0);
        }
        catch
        {
            into.Cancel(); // half of the rows must not become all
            throw;
        }
    }

    public RowCopy Text(string? value)
    {
        if (value is null)
            return Null();
        Characters(value, []);
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
        BinaryPrimitives.WriteInt64BigEndian(Column(8), given);
        return this;
    }

    public RowCopy Int(int? value)
    {
        if (value is not { } given)
            return Null();
        BinaryPrimitives.WriteInt32BigEndian(Column(4), given);
        return this;
    }

    public RowCopy Short(int value)
    {
        BinaryPrimitives.WriteInt16BigEndian(Column(2), checked((short)value));
        return this;
    }

    public RowCopy Flag(bool? value)
    {
        if (value is not { } given)
            return Null();
        Column(1)[0] = given ? (byte)1 : (byte)0;
        return this;
    }

    public RowCopy Time(DateTime? value)
    {
        if (value is not { } given)
            return Null();
        if (given.Kind != DateTimeKind.Utc)
            throw new ArgumentException("A time that is written is in UTC.", nameof(value));
        return Long((given - Epoch).Ticks / TimeSpan.TicksPerMicrosecond);
    }

    public RowCopy Day(DateOnly value) => Int(value.DayNumber - DateOnly.FromDateTime(Epoch).DayNumber);

    public RowCopy Json(string? value)
    {
        if (value is null)
            return Null();
        Characters(value, [1]); // the version of jsonb's form
        return this;
    }

    public RowCopy Bytes(byte[] value)
    {
        value.CopyTo(Column(value.Length));
        return this;
    }

    private void Row<T>(T row, Action<RowCopy, T> write)
    {
        var start = length;
        Place(2);
        columns = 0;
        write(this, row);
        BinaryPrimitives.WriteInt16BigEndian(page.AsSpan(start), columns);
    }

    private void Send(Stream into, int atLeast)
    {
        if (length < atLeast)
            return;
        into.Write(page, 0, length);
        length = 0;
    }

    private RowCopy Null()
    {
        columns++;
        BinaryPrimitives.WriteInt32BigEndian(Place(4), -1);
        return this;
    }

    private Span<byte> Column(int size)
    {
        columns++;
        BinaryPrimitives.WriteInt32BigEndian(Place(4), size);
        return Place(size);
    }

    private void Characters(string value, ReadOnlySpan<byte> before)
    {
        columns++;
        var start = length;
        Place(4);
        before.CopyTo(Place(before.Length));
        var most = Utf8.GetMaxByteCount(value.Length);
        var written = Utf8.GetBytes(value, Place(most));
        length -= most - written;
        BinaryPrimitives.WriteInt32BigEndian(page.AsSpan(start), length - start - 4);
    }

    // The next bytes.
    private Span<byte> Place(int size)
    {
        if (page.Length - length < size)
            Array.Resize(ref page, Math.Max(page.Length * 2, length + size));
        length += size;
        return page.AsSpan(length - size, size);
    }
}
