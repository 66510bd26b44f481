using System.Text.Json;
using Debci.Domain;

namespace Debci.Projections;

/// <summary>Rows to columns, the form in which <c>unnest</c> takes them, and the few types that columns need a form for.</summary>
internal static class Columns
{
    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web);

    public static TValue[] Column<TRow, TValue>(this IReadOnlyCollection<TRow> rows, Func<TRow, TValue> value) => [.. rows.Select(value)];

    /// <summary>Words hold no blanks (triggers, names of extra sources), so a list of them is one text, as on britney's wire.</summary>
    public static string Words(IEnumerable<string> words) => string.Join(' ', words);

    /// <summary>The words of such a text.</summary>
    public static IReadOnlyList<string> Words(string text) => text.Length == 0 ? [] : text.Split(' ');

    /// <summary>A list as JSON; null, which costs nothing to keep, for an empty one.</summary>
    public static string? Json<T>(IReadOnlyList<T> list) => list.Count == 0 ? null : JsonSerializer.Serialize(list, Camel);

    /// <summary>The list behind such a column.</summary>
    public static IReadOnlyList<T> FromJson<T>(string? json) => json is null ? [] : JsonSerializer.Deserialize<List<T>>(json, Camel) ?? [];

    /// <summary>An enum's word in columns: lower case for debci's statuses, camelCase as stored for causes.</summary>
    public static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>A pattern for <c>like</c>: what contains the text, whatever signs are in it; null for null.</summary>
    public static string? Containing(string? text) =>
        text is null ? null : $"%{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";

    /// <summary>The enum value behind such a word.</summary>
    public static T Enum<T>(string word) where T : struct, Enum => System.Enum.Parse<T>(word, ignoreCase: true);

    /// <summary>The tests of a report as JSON; an enum as its word.</summary>
    public static string? Tests(IReadOnlyList<TestResult> tests) =>
        Json(tests.Select(t => new TestRow(t.Name, Word(t.Result), t.Detail)).ToList());

    /// <summary>The tests behind such a column.</summary>
    public static IReadOnlyList<TestResult> Tests(string? json) =>
        [.. FromJson<TestRow>(json).Select(t => new TestResult(t.Name, Enum<TestOutcome>(t.Result), t.Detail))];

    private sealed record TestRow(string Name, string Result, string? Detail);
}
