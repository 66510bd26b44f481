using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Debci.Domain;

namespace Debci.Api.Tests.Views;

/// <summary>Feeds, and the little pictures.</summary>
public sealed class FeedTests(Published world) : IClassFixture<Published>
{
    private static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";

    [Theory]
    [InlineData("/data/feeds/g/green.xml", "/packages/green", 1)]
    [InlineData("/data/feeds/libp/libpng1.6.xml", "/packages/libpng1.6", 0)]
    [InlineData("/data/feeds/status/testing/amd64.xml", "/suites/testing/amd64", 1)]
    [InlineData("/data/feeds/status/unstable/arm64.xml", "/suites/unstable/arm64", 0)]
    public async Task A_feed_is_valid_Atom_of_public_transitions_between_results_that_are_no_tmpfails(string address, string about, int entries)
    {
        using var answer = await world.Get(address);
        Assert.Equal((HttpStatusCode.OK, "application/atom+xml; charset=utf-8"), (answer.StatusCode, $"{answer.Content.Headers.ContentType}"));
        var feed = XDocument.Parse(await answer.Content.ReadAsStringAsync()).Root!;

        Assert.Equal(Atom + "feed", feed.Name);
        Valid(feed);
        Assert.NotNull(feed.Element(Atom + "author")?.Element(Atom + "name"));
        Assert.Equal([("self", address), ("alternate", about)], feed.Elements(Atom + "link").Select(l => (l.Attribute("rel")!.Value, l.Attribute("href")!.Value)));
        Assert.Equal(entries, feed.Elements(Atom + "entry").Count());
        foreach (var entry in feed.Elements(Atom + "entry"))
        {
            Valid(entry);
            Assert.Equal("green 2.0+dfsg-1: pass → fail in testing on amd64", entry.Element(Atom + "title")!.Value);
            Assert.Equal("It was <Fail> & done. Triggers: green/2.0+dfsg-1 glibc/2.41-6.", entry.Element(Atom + "summary")!.Value);
            Assert.Equal("/runs/3", entry.Element(Atom + "link")!.Attribute("href")!.Value);
        }
        using var again = await world.Get(address, ("If-None-Match", $"{answer.Headers.ETag}"));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    // RFC 4287, 4.1.1 and 4.1.2: what a feed and an entry must have.
    private static void Valid(XElement element)
    {
        Assert.StartsWith("urn:uuid:", element.Elements(Atom + "id").Single().Value, StringComparison.Ordinal);
        Assert.NotEqual("", element.Elements(Atom + "title").Single().Value);
        Assert.True(DateTimeOffset.TryParseExact(element.Elements(Atom + "updated").Single().Value, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _));
    }

    [Fact]
    public async Task Ten_news_of_each_suite_and_architecture_are_in_a_packages_feed_and_none_of_a_private_run()
    {
        for (var i = 0; i < 14; i++)
            await world.Add(100 + i, "busy", i % 2 == 0 ? Status.Pass : Status.Fail, Published.Monday.AddHours(i), suite: "experimental");
        await world.Add(200, "busy", Status.Pass, Published.Monday.AddDays(1), "secret-3", hidden: true, suite: "experimental");
        var entries = XDocument.Parse(await world.Anybody.GetStringAsync("/data/feeds/b/busy.xml")).Root!.Elements(Atom + "entry").ToList();
        Assert.Equal(Enumerable.Range(104, 10).Reverse().Select(run => $"/runs/{run}"), entries.Select(e => e.Element(Atom + "link")!.Attribute("href")!.Value));
        foreach (var none in new[] { "/data/feeds/h/hidden.xml", "/data/feeds/x/busy.xml", "/data/feeds/n/never.xml", "/data/feeds/status/sid/amd64.xml" })
            await world.Missing(none);
    }

    [Theory]
    [InlineData("/badges/packages/green.svg", 200, "green: 1 fail, 1 pass")]
    [InlineData("/badges/packages/green/testing.svg", 200, "green testing: fail")]
    [InlineData("/badges/packages/green/testing/amd64.svg", 200, "green testing/amd64: fail")]
    [InlineData("/badges/packages/libpng1.6/testing/amd64.svg", 200, "libpng1.6 testing/amd64: neutral")]
    [InlineData("/badges/packages/hidden.svg", 404, "hidden: unknown")]
    [InlineData("/badges/packages/gone.svg", 404, "gone: unknown")]
    [InlineData("/badges/packages/%3Cscript%3E%26.svg", 404, "<script>&: unknown")]
    [InlineData("/badges/suites/unstable/amd64.svg", 200, "unstable/amd64: pass")]
    [InlineData("/badges/suites/sid/amd64.svg", 404, "sid/amd64: unknown")]
    public async Task A_badge_says_how_it_stands_in_words_too(string address, int status, string words)
    {
        using var answer = await world.Get(address);
        Assert.Equal((status, "image/svg+xml"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(("no-cache", "default-src 'none'"), ($"{answer.Headers.CacheControl}", answer.Headers.GetValues("Content-Security-Policy").Single()));
        var svg = XDocument.Parse(await answer.Content.ReadAsStringAsync()).Root!;
        Assert.Equal(("img", words), (svg.Attribute("role")!.Value, svg.Attribute("aria-label")!.Value));
        using var again = await world.Get(address, ("If-None-Match", $"{answer.Headers.ETag}"));
        Assert.Equal(status == 200 ? 304 : 404, (int)again.StatusCode);
    }
}
