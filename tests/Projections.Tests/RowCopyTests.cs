using Npgsql;

namespace Debci.Projections.Tests;

/// <summary>Rows that are written by COPY are what the same values are as parameters.</summary>
public sealed class RowCopyTests
{
    private const string Columns = "text text, long bigint, int int, short smallint, flag boolean, time timestamptz, day date, json jsonb, bytes bytea";

    private sealed record Row(string? Text, long? Long, int? Int, short Short, bool? Flag, DateTime? Time, DateOnly Day, string? Json, byte[] Bytes);

    private static readonly Row[] Rows =
    [
        new("", long.MinValue, int.MinValue, short.MinValue, false, new DateTime(1970, 1, 1, 0, 0, 0, 1, 7, DateTimeKind.Utc), new DateOnly(1970, 1, 1), "{}", []),
        new("é 😀 \t\"\\", long.MaxValue, int.MaxValue, short.MaxValue, true, new DateTime(2026, 11, 29, 8, 15, 0, 999, 999, DateTimeKind.Utc), new DateOnly(2400, 2, 29), """{"b": [1, "é"], "a": null}""", [0, 255, 10]),
        new(null, null, null, 0, null, null, new DateOnly(2000, 1, 1), null, [0]),
        new(new string('ü', 300_000), -1, -1, -1, true, new DateTime(1999, 12, 31, 23, 59, 59, DateTimeKind.Utc).AddTicks(9_999_990), new DateOnly(1999, 12, 31), "\"\"", new byte[200_000]), // more than a page
    ];

    [Fact]
    public async Task Each_value_is_the_same_as_by_a_parameter()
    {
        await using var side = await ReadSide.Create();
        await side.Execute($"create table copied ({Columns}); create table given ({Columns})");
        await using (var connection = await side.Database.OpenConnectionAsync())
        {
            RowCopy.Write(connection, "copied", Rows, (copy, r) => copy.Text(r.Text).Long(r.Long).Int(r.Int).Short(r.Short).Flag(r.Flag).Time(r.Time).Day(r.Day).Json(r.Json).Bytes(r.Bytes));
            foreach (var r in Rows)
            {
                await using var given = new NpgsqlCommand("insert into given values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9)", connection);
                foreach (var value in new object?[] { r.Text, r.Long, r.Int, r.Short, r.Flag, r.Time, r.Day, r.Json, r.Bytes })
                    given.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
                await given.ExecuteNonQueryAsync();
            }
        }
        Assert.Equal(Rows.Length, await side.Count("select from copied"));
        Assert.Equal(0, await side.Count("(table copied except table given) union all (table given except table copied)"));
    }

    [Fact]
    public async Task What_cannot_be_written_leaves_no_row()
    {
        await using var side = await ReadSide.Create();
        await side.Execute("create table copied (text text)");
        await using (var connection = await side.Database.OpenConnectionAsync())
        {
            Assert.ThrowsAny<ArgumentException>(() => RowCopy.Write(connection, "copied", ["a", "\ud800"], (copy, text) => copy.Text(text)));
            Assert.Throws<PostgresException>(() => RowCopy.Write(connection, "copied", ["a", "b"], (copy, text) => copy.Text(text).Text(text)));
            Assert.Throws<PostgresException>(() => RowCopy.Write(connection, "copied", ["a", "\0"], (copy, text) => copy.Text(text)));
            RowCopy.Write(connection, "copied", ["the connection is as good as before"], (copy, text) => copy.Text(text));
        }
        Assert.Equal(1, await side.Count("select from copied"));
    }
}
