using System.Text.Json;
using Debci.Domain;

namespace Debci.Api.Rest;

/// <summary>One test as debci's clients write it, in JSON.</summary>
internal static class TestItem
{
    /// <summary>What is said of <c>autopkgtest</c> to who asks for a variant.</summary>
    public const string NoVariants = "names a variant of autopkgtest, of which there is none here; leave it out";

    /// <summary>The request behind it, not yet checked against the archive.</summary>
    /// <param name="item">An object with <c>package</c>, and perhaps <c>trigger</c>, <c>pin-packages</c>, <c>extra-apt-sources</c>, <c>backend</c>, <c>is_private</c>.</param>
    /// <param name="suite">Suite of the call.</param>
    /// <param name="arch">Architecture of the call.</param>
    /// <param name="priority">Priority of the call.</param>
    /// <param name="path">Where it stands, such as <c>tests[3]</c>.</param>
    /// <exception cref="RefusedException">It is of another shape, or asks for what there is not.</exception>
    public static TestRequest Read(JsonElement item, string suite, string arch, int priority, string path)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw Wrong(path, "is no object; write {\"package\": \"green\", \"trigger\": \"green/2\"}");
        if (Value(item, "is_private") is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) })
            throw Wrong($"{path}.is_private", "is neither true nor false");
        if (Value(item, "autopkgtest") is not null)
            throw Wrong($"{path}.autopkgtest", NoVariants);
        return new TestRequest(
            Text(item, "package", path) ?? throw Wrong($"{path}.package", "is missing"), suite, arch,
            (Text(item, "trigger", path) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
            Value(item, "pin-packages") is { } pins ? [.. Elements(pins, $"{path}.pin-packages").Select(p => ReadPin(p, $"{path}.pin-packages"))] : [],
            Value(item, "extra-apt-sources") is { } sources ? Words(sources, $"{path}.extra-apt-sources") : [],
            Text(item, "backend", path), priority, Private: Value(item, "is_private") is { ValueKind: JsonValueKind.True });
    }

    // ["src:foo,bar", "unstable"]: packages, in as many elements as one likes, and the suite last.
    private static Pin ReadPin(JsonElement pin, string path) => Words(pin, path) is [.. var packages, var suite] && packages.Count > 0
        ? new Pin([.. packages.SelectMany(p => p.Split(',', StringSplitOptions.TrimEntries))], suite)
        : throw Wrong(path, "holds a pin without packages or suite; write [[\"src:green\", \"unstable\"]]");

    /// <summary>A list of texts.</summary>
    public static List<string> Words(JsonElement list, string path) =>
        [.. Elements(list, path).Select(w => w.ValueKind == JsonValueKind.String ? Read(w, path) : throw Wrong(path, "holds something that is no text"))];

    private static JsonElement.ArrayEnumerator Elements(JsonElement list, string path) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : throw Wrong(path, "is no list");

    /// <summary>A text of an object; null when it has none of that name.</summary>
    public static string? Text(JsonElement item, string name, string path) => Value(item, name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? Read(value, $"{path}.{name}") : throw Wrong($"{path}.{name}", "is no text");

    private static string Read(JsonElement text, string path)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(path, "holds half a character (a lone surrogate)");
        }
    }

    private static JsonElement? Value(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static RefusedException Wrong(string path, string what) => new(RefusalCode.Invalid, $"{path} {what}.", path);
}
