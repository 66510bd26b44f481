using System.Text.Json.Nodes;

namespace Debci.EventLog;

/// <summary>
/// From what an event was stored as to what it is today: one step for each version that was left behind, a pure function over its JSON.
/// What is stored stays as it is; only reading takes the steps. STORED CONTRACT: a step is added, never changed.
/// </summary>
/// <param name="steps">The stored name, the name of the version behind it, and how the data of the one become those of the other.</param>
public sealed class Upcasts(params (string From, string To, Func<JsonObject, JsonObject> Change)[] steps)
{
    private readonly Dictionary<string, (string To, Func<JsonObject, JsonObject> Change)> byName = steps.ToDictionary(s => s.From, s => (s.To, s.Change), StringComparer.Ordinal);

    /// <summary>Those of this version; none yet: every event is what it was first.</summary>
    public static readonly Upcasts Known = new();

    /// <summary>Every name that was left behind.</summary>
    public IEnumerable<string> LeftBehind => byName.Keys;

    /// <summary>The name of today for a stored one.</summary>
    public string Present(string name)
    {
        while (byName.TryGetValue(name, out var step))
            name = step.To;
        return name;
    }

    /// <summary>The data of today's version; null when the stored ones are that already.</summary>
    /// <exception cref="System.Text.Json.JsonException">The data are damaged.</exception>
    public byte[]? Read(string name, ReadOnlySpan<byte> stored)
    {
        if (!byName.ContainsKey(name))
            return null;
        var data = JsonNode.Parse(stored) as JsonObject ?? throw new System.Text.Json.JsonException($"{name} holds no object");
        for (; byName.TryGetValue(name, out var step); name = step.To)
            data = Take(name, step.Change, data);
        return System.Text.Encoding.UTF8.GetBytes(data.ToJsonString());
    }

    // A step meets what its version wrote. Whatever else it meets is damage, however it trips over it.
    private static JsonObject Take(string name, Func<JsonObject, JsonObject> change, JsonObject data)
    {
        try
        {
            return change(data);
        }
        catch (Exception unfit) when (unfit is InvalidOperationException or NullReferenceException or FormatException or KeyNotFoundException)
        {
            throw new System.Text.Json.JsonException($"{name} has not the fields of its version", unfit);
        }
    }
}
