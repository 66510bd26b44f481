using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary>Columns for people: each as wide as its widest word, the last one as it is.</summary>
internal static class Table
{
    /// <summary>Prints rows; text from outside cannot steer the terminal.</summary>
    public static void Print(IEnumerable<string[]> rows)
    {
        var all = rows.Select(r => r.Select(Terminal.Safe).ToArray()).ToList();
        var widths = all.Count == 0 ? [] : Enumerable.Range(0, all[0].Length).Select(i => all.Max(r => r[i].Length)).ToArray();
        foreach (var row in all)
            Console.WriteLine(string.Join("  ", row.Select((word, i) => i == row.Length - 1 ? word : word.PadRight(widths[i]))).TrimEnd());
    }

    /// <summary>A field as a word; empty where there is none.</summary>
    public static string Word(this JsonElement row, string field) => row.GetProperty(field) switch
    {
        { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.Array } list => string.Join(' ', list.EnumerateArray()),
        var value => $"{value}",
    };

    /// <summary>A number of seconds as a word.</summary>
    public static string Seconds(this JsonElement row, string field) => row.Word(field) is { Length: > 0 } seconds ? $"{seconds} s" : "";
}
