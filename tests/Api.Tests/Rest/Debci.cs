using System.Text.Json;
using Debci.Api.Configuration;
using Debci.Playground;

namespace Debci.Api.Tests.Rest;

/// <summary>Talking to a server of one's own as debci's clients do.</summary>
public abstract class Debci : IAsyncLifetime
{
    protected Server Server { get; private set; } = null!;

    protected HttpClient Alice { get; private set; } = null!;

    protected HttpClient Worker { get; private set; } = null!;

    /// <summary>A client with a key in debci's header.</summary>
    protected HttpClient WithKey(string key)
    {
        var client = Server.Client();
        client.DefaultRequestHeaders.Add("Auth-Key", key);
        return client;
    }

    public async Task InitializeAsync()
    {
        Server = await Server.Start(c => Configure(c with { ExtraSources = Sources, Suites = [.. c.Suites, "stable-backports"] }));
        (Alice, Worker) = (WithKey(Server.RequestKey), Server.Client(Server.ReportKey));
    }

    protected virtual DebciConfiguration Configure(DebciConfiguration configuration) => configuration;

    private static readonly Dictionary<string, ExtraSource> Sources = new()
    {
        ["unstable"] = new ExtraSource { Entry = "deb http://deb.example.org/debian unstable main", Allow = ["alice"] },
    };

    public async Task DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Server.DisposeAsync();
    }

    /// <summary>An address as britney makes it: a base that ends in a slash, and a path that may begin with another.</summary>
    protected Uri At(string path) => new(Server.Address.AbsoluteUri + path.TrimStart('/').Insert(0, path.StartsWith("//", StringComparison.Ordinal) ? "/" : ""));

    /// <summary>Posts tests as britney's script does; the answer.</summary>
    protected Task<HttpResponseMessage> Post(HttpClient client, string tests, string address = "/api/v1/test/testing/amd64", string priority = "5") =>
        client.PostAsync(At(address), new FormUrlEncodedContent(new Dictionary<string, string> { ["tests"] = tests, ["priority"] = priority }));

    /// <summary>Posts tests that must be taken; the ids of their runs.</summary>
    protected async Task<List<long?>> Taken(string tests, string address = "/api/v1/test/testing/amd64")
    {
        using var answer = await Post(Alice, tests, address);
        Assert.Equal(201, (int)answer.StatusCode);
        var runs = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("runs");
        await Passed();
        return [.. runs.EnumerateArray().Select(r => r.ValueKind == JsonValueKind.Null ? (long?)null : r.GetInt64())];
    }

    /// <summary>Claims the next run, which is expected to be this, and ends it.</summary>
    protected async Task End(long? run, int exitCode = 0, string summary = "t PASS\n", string version = "green 2")
    {
        var claimed = await Worker.Claim(waitSeconds: 10);
        Assert.Equal(run, claimed?.GetProperty("run").GetInt64());
        using var answer = await Worker.Report(run!.Value, exitCode: exitCode, summary: summary, version: version);
        answer.EnsureSuccessStatusCode();
        await Passed();
    }

    /// <summary>The listing since a time.</summary>
    protected async Task<JsonElement> Listing(HttpClient? client = null, long since = 1) =>
        JsonDocument.Parse(await (client ?? Alice).GetStringAsync(At($"//api/v1/test?since={since}"))).RootElement;

    /// <summary>Waits until the rows have what was stored.</summary>
    protected async Task Passed() => Assert.True(await Server.Get<Projections.ReadPosition>().WaitFor(await Server.Get<EventLog.IEventLog>().Head(), TimeSpan.FromSeconds(20)));

    protected static async Task<string> Refused(Task<HttpResponseMessage> call, int status)
    {
        using var answer = await call;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode} {text}");
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        return text;
    }
}
