using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Debci.Api.Tests.GraphQL;

/// <summary>GraphiQL for a browser, all of it from this server and under a strict policy.</summary>
public sealed partial class ExplorerTests(OneServer one) : IClassFixture<OneServer>
{
    private const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    private readonly HttpClient anybody = one.Server.Client();

    [Theory]
    [InlineData("/graphql")]
    [InlineData("/graphql?query=%7B%20server%20%7B%20position%20%7D%20%7D&variables=%7B%7D")]
    public async Task A_browser_gets_a_page_that_loads_nothing_from_elsewhere_and_holds_no_script_or_style_itself(string address)
    {
        using var answer = await Get(address, Browser);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.DoesNotMatch(Inline(), page);
        var loaded = Loaded().Matches(page).Select(m => m.Groups[1].Value).Where(a => a != "data:,").ToList();
        Assert.Equal(7, loaded.Count);
        foreach (var file in loaded)
        {
            Assert.StartsWith("/vendor/graphiql/", file, StringComparison.Ordinal);
            using var found = await anybody.GetAsync(file);
            Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        }
    }

    [Fact]
    public async Task A_file_is_not_sent_again_to_a_browser_that_has_it()
    {
        using var first = await anybody.GetAsync("/vendor/graphiql/explorer.js");
        Assert.Equal("no-cache", $"{first.Headers.CacheControl}");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/vendor/graphiql/explorer.js");
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(first.Headers.ETag!.Tag));
        using var again = await anybody.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        using var other = await anybody.GetAsync("/vendor/graphiql/..%2f..%2fdebci.dll");
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Theory]
    [InlineData("*/*")]
    [InlineData("application/graphql-response+json, text/html")]
    public async Task A_program_gets_its_answer(string accept)
    {
        using var answer = await Get("/graphql?query=%7B%20server%20%7B%20position%20%7D%20%7D", accept);
        Assert.Equal("application/graphql-response+json", answer.Content.Headers.ContentType!.MediaType);
    }

    private async Task<HttpResponseMessage> Get(string address, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd(accept);
        return await anybody.SendAsync(request);
    }

    [GeneratedRegex("<style|style=|<script(?! src)|\\son[a-z]+=|https?:")]
    private static partial Regex Inline();

    [GeneratedRegex("(?:src|href)=\"([^\"]*)\"")]
    private static partial Regex Loaded();
}
