using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Debci.Api.Configuration;
using Debci.Api.GraphQL.Http;
using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary>Documents in the operator's folder, by their hash; and a server that executes nothing else.</summary>
public sealed class TrustedDocumentsTests : IAsyncLifetime
{
    private const string Query = "query ($p: String!) { package(name: $p) { name } }\n";
    private const string Subscription = "subscription ($a: String) { runChanged(after: $a) { run { package } } }\n";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("debci-documents-");
    private Server server = null!;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "package.graphql"), Query);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "changes.graphql"), Subscription);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "README"), "no document");
        server = await Server.Start(c => c with { Documents = folder.FullName, OnlyDocuments = true, Introspection = false });
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_trusted_document_is_asked_for_by_POST_GET_events_and_WebSocket()
    {
        var client = server.Client();
        using var post = await client.PostAsJsonAsync("/graphql", new { documentId = Id(Query), variables = new { p = "hello" } });
        Assert.Contains("\"data\"", await post.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var get = await client.GetStringAsync($"/graphql?documentId={Uri.EscapeDataString(Id(Query))}&variables=%7B%22p%22%3A%22hello%22%7D");
        Assert.Contains("\"data\"", get, StringComparison.Ordinal);

        await server.Client(server.RequestKey).PostAsJsonAsync("/graphql", new { query = "" });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/graphql?documentId={Uri.EscapeDataString(Id(Subscription))}");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var events = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", events.Content.Headers.ContentType!.MediaType);

        await using var talker = await Talker.Open(server);
        await talker.Say(new { type = "subscribe", id = "1", payload = new { documentId = Id(Query), variables = new { p = "hello" } } });
        Assert.True((await talker.Hear("next", "1")).TryGetProperty("data", out _));
    }

    [Fact]
    public async Task Everything_else_is_refused_with_its_code()
    {
        Assert.Equal("TRUSTED_DOCUMENTS_ONLY", await Code(new { query = Query }));
        Assert.Equal("INVALID", await Code(new { query = Query, documentId = Id(Query) }));
        Assert.Equal("UNKNOWN_DOCUMENT", await Code(new { documentId = Id(Query + " ") }));
        Assert.Equal("TRUSTED_DOCUMENTS_ONLY", await Code(new { }));
        await using var talker = await Talker.Open(server);
        await talker.Subscribe("1", Query);
        Assert.Equal("TRUSTED_DOCUMENTS_ONLY", (await talker.Hear("error", "1"))[0].GetProperty("extensions").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_server_without_introspection_does_not_tell_its_schema()
    {
        await using var mute = await Server.Start(c => c with { Introspection = false });
        var errors = (await mute.Client().Ask("{ __schema { types { name } } }")).GetProperty("errors");
        Assert.Contains("introspection", errors[0].GetProperty("message").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.True((await mute.Client().Ask("{ server { __typename position } }")).TryGetProperty("data", out _));
    }

    [Fact]
    public void A_folder_that_is_wrong_is_named_at_the_start()
    {
        File.WriteAllText(Path.Combine(folder.FullName, "broken.graphql"), "query {");
        Assert.Contains("broken.graphql", Wrong(new DebciConfiguration { Documents = folder.FullName }), StringComparison.Ordinal);
        Assert.Contains("/nowhere", Wrong(new DebciConfiguration { Documents = "/nowhere" }), StringComparison.Ordinal);
        Assert.Contains("graphql.documents", Wrong(new DebciConfiguration { OnlyDocuments = true }), StringComparison.Ordinal);
    }

    private static string Wrong(DebciConfiguration configuration) => Assert.Throws<ConfigurationException>(() => new TrustedDocuments(configuration)).Message;

    private static string Id(string text) => TrustedDocuments.IdOf(Encoding.UTF8.GetBytes(text));

    private async Task<string?> Code(object request)
    {
        using var answer = await server.Client().PostAsJsonAsync("/graphql", request);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors")[0].GetProperty("extensions").GetProperty("code").GetString();
    }
}
