using System.Net;
using Debci.EventLog;
using Debci.Playground;
using Npgsql;

namespace Debci.Api.Tests.Pages;

/// <summary><c>/audit</c>: for operators, by a key or in a browser that signed in; who decided what, and why.</summary>
public sealed class AuditPageTests : IAsyncLifetime
{
    private Server server = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        admin = server.Client(server.AdminKey);
        var alice = server.Client(server.RequestKey);
        await alice.Request("hello", "gzip");
        await alice.Data("mutation { cancelRun(run: 1, reason: \"typo <b>\") { __typename } }");
        await HaveAll(); // a run that is not over cannot be retried
        await alice.Data("mutation { retryRun(run: 1) { __typename } }");
        await admin.Data("mutation { pause(kind: SUITE, name: \"unstable\", reason: \"glibc breaks\") { __typename } rejectRequests(pattern: \"linux*\", reason: \"boots\") { __typename } }");
        await HaveAll();
    }

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task An_operator_sees_who_decided_what_about_what_and_why_the_newest_first()
    {
        var page = await admin.Visit("/audit");
        Assert.Equal(
        [
            "operator put linux* on the reject list boots", "operator paused suite unstable glibc breaks", "alice retried run 1 hello on testing/amd64 run 3",
            "alice cancelled hello on testing/amd64 run 1 typo <b>", "alice requested 2 runs",
        ], Rows(page));
        Assert.Equal("no-store", $"{page.Answer.Headers.CacheControl}");

        await using (var erase = server.Get<NpgsqlDataSource>().CreateCommand("delete from work.texts where text = 'boots'"))
            await erase.ExecuteNonQueryAsync();
        Assert.Contains("operator put linux* on the reject list (erased)", Rows(await admin.Visit("/audit")));
    }

    [Theory]
    [InlineData("what=pauses", "operator paused suite unstable glibc breaks")]
    [InlineData("what=retries&who=alice", "alice retried run 1 hello on testing/amd64 run 3")]
    [InlineData("package=hello&run=1", "alice cancelled hello on testing/amd64 run 1 typo <b>")]
    [InlineData("who=bob", "")]
    [InlineData("what=waivers", "")]
    [InlineData("until=2020-01-01", "")]
    [InlineData("from=2020-01-01&until=2120-01-01&what=requests", "alice requested 2 runs")]
    public async Task It_is_filtered(string filter, string row) =>
        Assert.Equal(row, string.Join('\n', Rows(await admin.Visit($"/audit?{filter}"))));

    [Theory]
    [InlineData("what=murder", "There are no decisions")]
    [InlineData("who=nobody", "There is no account")]
    [InlineData("run=x", "is no run id")]
    [InlineData("from=soon", "is no moment")]
    [InlineData("before=1", "is no position")]
    public async Task What_cannot_be_asked_is_refused_with_a_sentence(string filter, string sentence)
    {
        var page = await admin.Visit($"/audit?{filter}");
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains(sentence, page.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Older_decisions_are_on_further_pages()
    {
        var alice = server.Client(server.RequestKey);
        for (var i = 0; i < 100; i++)
            await alice.Request($"p{i}");
        await HaveAll();
        var first = await admin.Visit("/audit");
        Assert.Equal(100, Rows(first).Count);
        var second = await admin.Visit(first.Link("Older"));
        Assert.Equal(5, Rows(second).Count);
        Assert.Equal(Rows(first), Rows(await admin.Visit(second.Link("Newest"))));
    }

    [Fact]
    public async Task A_browser_signs_in_by_a_form_and_out_again_and_its_cookie_is_good_for_nothing_else()
    {
        using var browser = Browser(out var cookies);
        Assert.Empty(Rows(await browser.Visit("/audit")));
        Assert.Contains("scope admin", (await browser.Visit("/audit")).Text("main"), StringComparison.Ordinal);

        using (var signed = await Post(browser, "/audit/sign-in", server.AdminKey))
        {
            Assert.Equal((HttpStatusCode.SeeOther, "/audit"), (signed.StatusCode, $"{signed.Headers.Location}"));
            var cookie = signed.Headers.GetValues("Set-Cookie").Single();
            Assert.All(new[] { "httponly", "samesite=strict", "path=/audit", "max-age=28800" }, word => Assert.Contains(word, cookie, StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(server.AdminKey.Split('_')[2], cookie, StringComparison.Ordinal);
        }
        Assert.Equal(5, Rows(await browser.Visit("/audit")).Count);

        var value = cookies.GetCookies(new Uri(server.Address, "/audit"))[0].Value;
        using var elsewhere = server.Client();
        elsewhere.DefaultRequestHeaders.Add("Cookie", $"debci-session={value}");
        Assert.Contains("KEY_REQUIRED", $"{await elsewhere.Ask("mutation { pause(kind: SUITE, name: \"testing\") { ... on Refused { code } } }")}", StringComparison.Ordinal);

        using (await Post(browser, "/audit/sign-out"))
            Assert.Empty(Rows(await browser.Visit("/audit")));
        Assert.Empty(Rows(await elsewhere.Visit("/audit"))); // the session is over, whoever kept its cookie
    }

    [Fact]
    public async Task Only_an_operators_key_opens_it_and_a_key_that_is_taken_away_closes_it()
    {
        using var browser = Browser(out _);
        foreach (var (key, sentence) in new[] { (server.RequestKey, "lacks the scope admin"), ("debci_0_0", "is not known"), ("", "is not known") })
        {
            using var refused = await Post(browser, "/audit/sign-in", key);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.False(refused.Headers.Contains("Set-Cookie"));
            Assert.Contains(sentence, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Empty(Rows(await server.Client(server.RequestKey).Visit("/audit")));

        using (await Post(browser, "/audit/sign-in", server.AdminKey))
            Assert.NotEmpty(Rows(await browser.Visit("/audit")));
        await using (var take = server.Get<NpgsqlDataSource>().CreateCommand("delete from work.keys where scopes = 'admin'"))
            await take.ExecuteNonQueryAsync();
        Assert.Empty(Rows(await browser.Visit("/audit")));
    }

    [Fact]
    public async Task Who_signs_in_anew_leaves_no_session_behind()
    {
        using var browser = Browser(out var cookies);
        using (await Post(browser, "/audit/sign-in", server.AdminKey)) { }
        var before = cookies.GetAllCookies().Single().Value;

        using (await Post(browser, "/audit/sign-in", server.AdminKey)) { }

        Assert.NotEmpty(Rows(await browser.Visit("/audit")));
        using var elsewhere = server.Client();
        elsewhere.DefaultRequestHeaders.Add("Cookie", $"debci-session={before}");
        Assert.Empty(Rows(await elsewhere.Visit("/audit")));
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_form_of_another_site_is_refused(string header, string value)
    {
        using var browser = Browser(out _);
        browser.DefaultRequestHeaders.Add(header, value);
        foreach (var address in new[] { "/audit/sign-in", "/audit/sign-out" })
        {
            using var answer = await Post(browser, address, server.AdminKey);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }
    }

    private async Task HaveAll() =>
        Assert.True(await server.Get<Projections.ReadPosition>().WaitFor(await server.Get<IEventLog>().Head(), TimeSpan.FromSeconds(60)));

    private HttpClient Browser(out CookieContainer cookies)
    {
        cookies = new CookieContainer();
        return new HttpClient(new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = server.Address };
    }

    private static Task<HttpResponseMessage> Post(HttpClient browser, string address, string key = "") =>
        browser.PostAsync(address, new FormUrlEncodedContent([new("key", key)]));

    private static List<string> Rows(Visit page) => [.. page.Page.QuerySelectorAll("#decisions tbody tr").Select(row => string.Join(' ',
        row.QuerySelectorAll("td").Skip(1).SelectMany(cell => cell.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))))];
}
