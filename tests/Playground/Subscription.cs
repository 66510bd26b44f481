using System.Net.Http.Json;
using System.Text.Json;

namespace Debci.Playground;

/// <summary>A run that changed, as a subscriber gets it.</summary>
public sealed record Change(string Cursor, string Run, string State, string? Status);

/// <summary>A subscriber, over graphql-sse.</summary>
public sealed class Subscription : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly HttpResponseMessage answer;
    private readonly StreamReader lines;

    private Subscription(HttpResponseMessage answer, StreamReader lines) => (this.answer, this.lines) = (answer, lines);

    /// <summary>Subscribes to <c>runChanged</c>; when it returns, the server follows.</summary>
    public static Task<Subscription> Open(HttpClient client, string? after = null) =>
        To(client, "subscription ($after: String) { runChanged(after: $after) { cursor run { id state status } } }", new { after });

    /// <summary>Subscribes to anything; when it returns, the server follows.</summary>
    public static async Task<Subscription> To(HttpClient client, string query, object? variables = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/graphql") { Content = JsonContent.Create(new { query, variables }) };
        request.Headers.Accept.ParseAdd("text/event-stream");
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new Subscription(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next result's only field; null at the end. Errors come as an exception.</summary>
    public async Task<JsonElement?> Next()
    {
        using var limit = new CancellationTokenSource(Limit);
        while (await lines.ReadLineAsync(limit.Token) is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal))
                continue;
            var json = JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]);
            return json.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
                ? data.EnumerateObject().Single().Value : throw new InvalidOperationException($"{json}");
        }
        return null;
    }

    /// <summary>The next change of <c>runChanged</c> that fits, or the end of the stream as an exception.</summary>
    public async Task<Change> Next(Predicate<Change> fits)
    {
        while (await Next() is { } change)
        {
            var run = change.GetProperty("run");
            var seen = new Change(change.GetProperty("cursor").GetString()!, run.GetProperty("id").GetString()!, run.GetProperty("state").GetString()!, run.GetProperty("status").GetString());
            if (fits(seen))
                return seen;
        }
        throw new InvalidOperationException("The server ended the subscription.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        answer.Dispose();
        return ValueTask.CompletedTask;
    }
}
