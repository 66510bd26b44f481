using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Debci.Api.Rest;
using Debci.Domain;

namespace Debci.Api.Amqp;

/// <summary>
/// A request as britney and Ubuntu's tools write it: the package on the first line, then a JSON object. What it may say is known; a request that says
/// more is refused, for without it something else would be tested.
/// </summary>
internal static class RequestBody
{
    private const int MostBytes = 1 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly string[] Known = ["triggers", "submit-time", "suite", "pin-packages", "extra-apt-sources", "backend", "priority", "requester"];

    /// <summary>A request, and whether it says when it was sent, so that the same one sent later is another.</summary>
    public sealed record Parsed(TestRequest Request, bool HasTime);

    /// <summary>Reads one.</summary>
    /// <exception cref="RefusedException">It cannot be read; the sentence says why.</exception>
    public static Parsed Read(ReadOnlySpan<byte> body, NamedQueue queue)
    {
        var text = Text(body);
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        var (package, rest) = line < 0 ? (text.Trim(), "{}") : (text[..line].Trim(), text[(line + 1)..]);
        var said = Object(string.IsNullOrWhiteSpace(rest) ? "{}" : rest);
        if (said.Select(p => p.Key).FirstOrDefault(k => !Known.Contains(k)) is { } unknown)
            throw Wrong($"The request says {StoredText.Quote(unknown)}, which is not known here: it may say {string.Join(", ", Known)}.");
        var triggers = Triggers(said["triggers"]);
        var suite = queue.Suite ?? Word(said["suite"], "suite") ?? throw Wrong("Neither the queue nor the request says a suite; write {\"suite\": \"testing\"}.");
        if (queue.Suite is not null && Word(said["suite"], "suite") is { } other && other != queue.Suite)
            throw Wrong($"The request is for {StoredText.Quote(other)}, and its queue for {queue.Suite}.");
        var item = new JsonObject
        {
            ["package"] = package, ["trigger"] = string.Join(' ', triggers), ["pin-packages"] = said["pin-packages"]?.DeepClone(),
            ["extra-apt-sources"] = said["extra-apt-sources"]?.DeepClone(), ["backend"] = said["backend"]?.DeepClone(),
        };
        var request = TestItem.Read(JsonSerializer.SerializeToElement(item), suite, queue.Arch, Priority(said["priority"]) ?? queue.Kind.Priority, "request");
        return new Parsed(WithPins(request, said, queue.Kind), said["submit-time"] is not null);
    }

    // What britney's own script adds for debci: the triggers' sources from the suite that they want to leave. A reference runs in the pure suite.
    private static TestRequest WithPins(TestRequest request, JsonObject said, RequestQueue kind)
    {
        if (kind.PinTriggersFrom is not { } from || said["pin-packages"] is not null)
            return request;
        string[] sources = [.. request.Triggers.Where(t => t != Trigger.Reference).Select(Trigger.TryParse).Where(t => t is not null).Select(t => $"src:{t!.Source}").Distinct()];
        return sources.Length == 0 ? request
            : request with { Pins = [new Pin(sources, from)], ExtraSources = said["extra-apt-sources"] is null ? kind.ExtraSources : request.ExtraSources };
    }

    private static string Text(ReadOnlySpan<byte> body)
    {
        if (body.Length > MostBytes)
            throw new RefusedException(RefusalCode.TooLarge, $"A request has at most {MostBytes} bytes; this one has {body.Length}.");
        try
        {
            return Strict.GetString(body);
        }
        catch (ArgumentException)
        {
            throw Wrong("The request is no UTF-8.");
        }
    }

    private static JsonObject Object(string json)
    {
        try
        {
            // Read as a document first, which refuses what an object of nodes would find out about later.
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.EnumerateObject().Select(p => p.Name).Distinct().Count() == document.RootElement.EnumerateObject().Count()
                ? JsonObject.Create(document.RootElement.Clone())! : throw Wrong("Behind the package stands no JSON object with each name once; write {\"triggers\": [\"green/2\"]}.");
        }
        catch (JsonException bad)
        {
            throw Wrong($"What stands behind the package is no JSON that can be read: {bad.Message}");
        }
        catch (InvalidOperationException)
        {
            throw Wrong("A text in the request holds half a character (a lone surrogate).");
        }
    }

    // britney's list has one text with blanks in it, others have a text for each.
    private static List<string> Triggers(JsonNode? list) => list switch
    {
        null => [],
        JsonArray texts => [.. texts.SelectMany(t => (Word(t, "triggers") ?? throw Wrong("The list triggers holds null.")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))],
        _ => throw Wrong("triggers is no list; write {\"triggers\": [\"green/2\"]}."),
    };

    private static string? Word(JsonNode? node, string name)
    {
        try
        {
            return node is null ? null : node is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Wrong($"{name} holds something that is no text.");
        }
        catch (InvalidOperationException)
        {
            throw Wrong($"{name} holds half a character (a lone surrogate).");
        }
    }

    private static int? Priority(JsonNode? node) => node is null ? null
        : node is JsonValue value && value.TryGetValue<int>(out var priority) ? priority : throw Wrong("priority is no number from 1 (last) to 10 (first).");

    private static RefusedException Wrong(string sentence) => new(RefusalCode.Invalid, sentence);
}
