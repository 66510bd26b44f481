using System.Text.Json;

namespace Debci.Api.Export;

/// <summary>How far a tree has come, kept in it.</summary>
/// <param name="Log">The log that it is of.</param>
/// <param name="Position">All that was stored up to there is in it.</param>
/// <param name="Removed">Sources that had left a suite then, <c>suite package</c> each.</param>
internal sealed record ExportState(string Log, long Position, IReadOnlyList<string> Removed)
{
    private const string Name = ".debci-export.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Reads it. Before the first export of this log, and where it cannot be read, all is to be looked at.</summary>
    public static ExportState Load(ExportTree tree, string log)
    {
        try
        {
            if (tree.Read(Name) is { } bytes && JsonSerializer.Deserialize<ExportState>(bytes, Json) is { } known && known.Log == log)
                return known;
        }
        catch (JsonException)
        {
            // somebody else's file
        }
        return new ExportState(log, 0, []);
    }

    /// <summary>Puts it in its place, behind all that it speaks of.</summary>
    public async Task Save(ExportTree tree)
    {
        tree.Settle();
        await tree.Put(Name, JsonSerializer.SerializeToUtf8Bytes(this, Json));
        tree.Settle();
    }
}
