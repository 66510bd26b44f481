using System.CommandLine;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary>A server, by its GraphQL API.</summary>
internal sealed class DebciClient : IDisposable
{
    private readonly HttpClient http;

    public DebciClient(string server, string? key)
    {
        http = new HttpClient { BaseAddress = new Uri(server.TrimEnd('/') + "/"), Timeout = Timeout.InfiniteTimeSpan };
        if (key is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public HttpClient Http => http;

    /// <summary>The data of an answer; its errors, or a refusal, become an exception with their sentence.</summary>
    public async Task<JsonElement> Ask(string document, object variables, CancellationToken cancellation)
    {
        using var answer = await http.PostAsJsonAsync("graphql", new { query = document, variables }, cancellation);
        return Data(await ReadJson(answer, cancellation));
    }

    /// <summary>The results of a subscription, until it ends.</summary>
    public async IAsyncEnumerable<JsonElement> Follow(string document, object variables, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "graphql") { Content = JsonContent.Create(new { query = document, variables }) };
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!answer.IsSuccessStatusCode)
            Data(await ReadJson(answer, cancellation));
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("data: {", StringComparison.Ordinal))
                yield return Data(JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]));
        }
    }

    public void Dispose() => http.Dispose();

    private static async Task<JsonElement> ReadJson(HttpResponseMessage answer, CancellationToken cancellation)
    {
        try
        {
            var json = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation);
            return IsAway(answer) && json.ValueKind == JsonValueKind.Object && json.TryGetProperty("message", out var message)
                ? throw new HttpRequestException(message.GetString(), null, answer.StatusCode) : json;
        }
        catch (JsonException)
        {
            var sentence = $"The server answered {(int)answer.StatusCode}, and nothing that this program can read. Is --server (DEBCI_URL) right?";
            throw IsAway(answer) ? new HttpRequestException(sentence, null, answer.StatusCode) : new InvalidOperationException(sentence);
        }
    }

    // It, or a proxy before it; who can wait tries again.
    private static bool IsAway(HttpResponseMessage answer) => (int)answer.StatusCode >= 500;

    private static JsonElement Data(JsonElement answer)
    {
        if (answer.TryGetProperty("errors", out var errors))
        {
            var sentences = string.Join('\n', errors.EnumerateArray().Select(e => e.GetProperty("message").GetString()));
            // Who read too slowly subscribes again: to them it is as if the connection had broken.
            throw errors.EnumerateArray().Any(e => e.TryGetProperty("extensions", out var more) && more.TryGetProperty("code", out var code) && code.GetString() == "RESYNC")
                ? new IOException(sentences) : new InvalidOperationException(sentences);
        }
        if (answer.TryGetProperty("data", out var data))
            return data;
        throw new InvalidOperationException(answer.TryGetProperty("message", out var message) ? message.GetString() : $"The server answered {answer}");
    }
}

/// <summary>The options that say which server, with which key.</summary>
internal sealed class ServerOptions
{
    private readonly Option<string> server = new("--server")
    {
        Description = "The server; DEBCI_URL if left out.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("DEBCI_URL") ?? "http://127.0.0.1:8080",
    };

    private readonly Option<string?> keyFile = new("--key-file")
    {
        Description = "A file that holds your key; DEBCI_KEY_FILE if left out.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("DEBCI_KEY_FILE"),
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Prints JSON, for programs." };

    public void AddTo(Command command, bool json = true)
    {
        command.Options.Add(server);
        command.Options.Add(keyFile);
        if (json)
            command.Options.Add(Json);
    }

    public DebciClient Connect(ParseResult arguments) => new(
        arguments.GetRequiredValue(server), arguments.GetValue(keyFile) is { } file ? File.ReadAllText(file).Trim() : null);
}
