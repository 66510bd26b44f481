using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary>GraphQL by GET: what reads is answered, also as events; what changes something is not.</summary>
public sealed class ReadingTests(OneServer one) : IClassFixture<OneServer>
{
    private const string Mutation = "mutation { cancelRun(run: \"1\") { __typename } }";
    private readonly HttpClient anybody = one.Server.Client();

    [Fact]
    public async Task A_query_goes_by_GET_with_variables_operation_name_and_extensions()
    {
        var json = await anybody.GetFromJsonAsync<JsonElement>(Address(
            ("query", "query A($p: String!) { package(name: $p) { name } } query B { server { position } }"),
            ("operationName", "A"), ("variables", "{\"p\": \"hello\"}"), ("extensions", "{\"a\": 1}")));
        Assert.True(json.GetProperty("data").TryGetProperty("package", out _));
    }

    [Theory]
    [InlineData(Mutation, null)]
    [InlineData("query A { server { position } } " + "mutation B { cancelRun(run: \"1\") { __typename } }", "B")]
    [InlineData("mutation B { cancelRun(run: \"1\") { __typename } } query A { server { position } }", null)]
    public async Task A_mutation_by_GET_is_refused_with_405_however_it_is_asked(string query, string? operation)
    {
        foreach (var accept in new[] { "application/json", "text/event-stream", "*/*" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Address(("query", query), ("operationName", operation ?? "")));
            request.Headers.Accept.ParseAdd(accept);
            using var answer = await anybody.SendAsync(request);
            Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (answer.StatusCode, answer.Content.Headers.Allow.Single()));
            Assert.Contains("by POST", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("variables", "[]")]
    [InlineData("variables", "{")]
    [InlineData("extensions", "5")]
    [InlineData("query", "{")]
    [InlineData("query", "")]
    [InlineData("query", "{ nothing }")]
    [InlineData("query", "subscription { runChanged { cursor } }")]
    public async Task What_is_wrong_gets_400_and_a_sentence(string parameter, string value)
    {
        var parameters = new Dictionary<string, string> { ["query"] = "{ server { position } }", [parameter] = value };
        using var answer = await anybody.GetAsync(Address([.. parameters.Select(p => (p.Key, p.Value))]));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.InRange((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors")[0].GetProperty("message").GetString()!.Length, 10, 500);
    }

    [Fact]
    public async Task A_subscription_by_GET_comes_as_events_as_a_browsers_EventSource_asks_for_it()
    {
        var now = (await anybody.Data("{ server { position } }")).GetProperty("server").GetProperty("position").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(
            ("query", "subscription ($a: String) { runChanged(after: $a) { run { package } } }"), ("variables", JsonSerializer.Serialize(new { a = now }))));
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await anybody.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await one.Server.Client(one.Server.RequestKey).Request("followed");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Assert.Equal("event: next", await lines.ReadLineAsync(limit.Token));
        Assert.Contains("followed", await lines.ReadLineAsync(limit.Token), StringComparison.Ordinal);
    }

    private static string Address(params (string Name, string Value)[] parameters) =>
        "/graphql?" + string.Join('&', parameters.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));
}
