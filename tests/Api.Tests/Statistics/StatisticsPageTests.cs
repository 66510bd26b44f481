using System.Globalization;
using System.Net;
using Debci.Api.Pages.Statistics;
using Debci.Api.Tests.Pages;
using Debci.Projections;

namespace Debci.Api.Tests.Statistics;

/// <summary>The pages below <c>/status</c>.</summary>
public sealed class StatisticsPageTests(Suite suite) : IClassFixture<Suite>
{
    [Fact]
    public async Task The_charts_of_a_suite_are_drawings_with_words_and_a_table_behind_each()
    {
        var page = await suite.Anybody.Visit("/status?suite=testing");
        Assert.Equal("Status of testing", page.Text("h1"));
        Assert.Equal(["amd64", "arm64"], page.Page.QuerySelectorAll("svg[role=img] title").Select(t => t.TextContent.Split(' ')[^1]));
        Assert.Contains($"to {Suite.Day(0)} with 1 pass, 2 fail, 0 neutral, 1 tmpfail", page.Text("#desc-amd64"), StringComparison.Ordinal);
        Assert.Equal($"{Suite.Day(0)} 1 2 0 1 4", Cells(page, "#days-amd64 tbody tr"));
        Assert.Equal(41, page.Page.QuerySelectorAll("#days-amd64 tbody tr").Length);
        Assert.Equal("/data/status/testing/amd64/history.json", page.Link("every day"));
        Assert.Equal(30, (await suite.Anybody.Visit("/status?suite=testing&days=30")).Page.QuerySelectorAll("#days-amd64 tbody tr").Length);
        Assert.Contains("No package of unstable has a result yet", (await suite.Anybody.Visit("/status?suite=unstable")).Text("main"), StringComparison.Ordinal);
        Assert.Equal("/status", (await suite.Anybody.Visit("/")).Link("Status"));
    }

    [Fact]
    public async Task Failing_is_a_row_for_each_architecture_and_what_a_package_wrote_is_text()
    {
        var page = await suite.Anybody.Visit("/status/failing?suite=testing");
        Assert.Equal(["broken", "evil"], page.Page.QuerySelectorAll("#failing tbody th").Select(e => e.TextContent.Trim()));
        Assert.Equal($"broken amd64 {Suite.Day(20)} 2-2 m 4", Cells(page, "#failing tbody tr"));
        Assert.Contains("<script>alert(1)</script> & done", page.Text("#failing-evil-amd64"), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", page.Text("#failing"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_differs_is_a_matrix_and_the_slowest_are_a_list()
    {
        var apart = await suite.Anybody.Visit("/status/platform-specific-issues?suite=testing");
        Assert.Equal("broken ✗fail 2-2 ✓pass 1-1", Cells(apart, "#apart tbody tr"));
        Assert.Equal("/runs/4", apart.Link("2-2"));

        var slow = await suite.Anybody.Visit("/status/slow?suite=testing&arch=");
        Assert.Equal($"2 h 01 min fine amd64 ✓pass 1-1 {Suite.Day(3)} 8", Cells(slow, "#slow tbody tr"));
        Assert.Equal(["evil", "broken"], (await suite.Anybody.Visit("/status/slow?suite=testing&arch=arm64")).Page.QuerySelectorAll("#slow tbody th").Select(e => e.TextContent));
    }

    [Fact]
    public async Task Tmpfails_are_counted_by_cause_and_a_cause_leads_to_its_runs()
    {
        var page = await suite.Anybody.Visit("/status/tmpfails?suite=&arch=&days=");
        Assert.Equal("2 in all testbed failure 1 timed out 1", Cells(page, "#causes .counts"));
        var timedOut = await suite.Anybody.Visit(page.Link("timed out"));
        Assert.Equal(["unlucky"], timedOut.Page.QuerySelectorAll("#tmpfails tbody th").Select(e => e.TextContent));
        Assert.Equal("/runs/11", timedOut.Page.QuerySelector("#tmpfail-11 .number a")!.GetAttribute("href"));
        Assert.Contains("not known 1", (await suite.Anybody.Visit("/status/tmpfails?days=90")).Text("#causes"), StringComparison.Ordinal);
    }

    // What is directly in what a selector finds first: its texts, and of a time the day.
    private static string Cells(Visit page, string selector) => string.Join(' ', page.Page.QuerySelector(selector)!.Children.Select(cell =>
        cell.QuerySelector("time")?.GetAttribute("datetime")![..10] ?? string.Join(' ', cell.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));

    [Theory]
    [InlineData("/status?suite=sarge", HttpStatusCode.NotFound)]
    [InlineData("/status?days=31", HttpStatusCode.BadRequest)]
    [InlineData("/status?days=x", HttpStatusCode.BadRequest)]
    [InlineData("/status?suite=%00", HttpStatusCode.NotFound)]
    [InlineData("/status/failing?suite=sarge", HttpStatusCode.NotFound)]
    [InlineData("/status/failing?after=%00", HttpStatusCode.BadRequest)]
    [InlineData("/status/slow?arch=vax", HttpStatusCode.NotFound)]
    [InlineData("/status/slow?after=x", HttpStatusCode.BadRequest)]
    [InlineData("/status/tmpfails?cause=bug", HttpStatusCode.BadRequest)]
    [InlineData("/status/tmpfails?after=1", HttpStatusCode.BadRequest)]
    [InlineData("/status/nothing", HttpStatusCode.NotFound)]
    public async Task What_is_not_there_is_a_page_with_a_sentence(string address, HttpStatusCode status)
    {
        var page = await suite.Anybody.Visit(address);
        Assert.Equal(status, page.Status);
        Assert.NotEqual("", page.Text("main p"));
    }

    [Fact]
    public void A_drawing_of_many_days_has_few_points_the_newest_among_them_and_a_round_scale()
    {
        var days = Enumerable.Range(0, 1000).Select(i => new StatusDay(new DateOnly(2024, 1, 1).AddDays(i), 38_000 + i, 2000, 0, 7)).ToList();
        var drawing = ChartDrawing.Of(days);
        Assert.InRange(drawing.Days.Count, 100, 120);
        Assert.Equal(days[^1], drawing.Days[^1]);
        Assert.Equal((50_000, 9), (drawing.Top, drawing.Step));
        Assert.Equal(["fail", "tmpfail", "pass"], drawing.Areas().Select(a => a.Status));
        Assert.Equal("M0 80L600 80L600 160L0 160Z", new ChartDrawing([days[0] with { Pass = 0, Fail = 2, Tmpfail = 0 }, days[1] with { Pass = 0, Fail = 2, Tmpfail = 0, Neutral = 2 }]).Areas().First().Path);
        Assert.Equal("M0 0H600V160L0 160Z", new ChartDrawing([new StatusDay(days[0].Day, 2, 0, 0, 0)]).Areas().Single().Path);
        Assert.Empty(new ChartDrawing([new StatusDay(days[0].Day, 0, 0, 0, 0)]).Areas());
        Assert.All(new[] { 2, 4, 8, 20, 200, 30 }, top => Assert.Equal(top, new ChartDrawing([new StatusDay(days[0].Day, top, 0, 0, 0)]).Top));
        Assert.Equal(["2", "4", "10", "20"], new[] { 1, 3, 9, 11 }.Select(n => new ChartDrawing([new StatusDay(days[0].Day, n, 0, 0, 0)]).Top.ToString(CultureInfo.InvariantCulture)));
    }
}
