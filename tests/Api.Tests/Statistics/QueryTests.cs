using System.Text.Json;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Api.Tests.Statistics;

/// <summary>The numbers behind debci's charts, and what fails, differs, is slow or came to nothing, by GraphQL.</summary>
public sealed class QueryTests(Suite suite) : IClassFixture<Suite>
{
    [Fact]
    public async Task The_history_has_each_day_of_the_period_and_is_that_of_the_file()
    {
        var days = await List($"statusHistory(suite: \"testing\", arch: \"amd64\", from: \"{Suite.Day(21)}\") {{ day pass fail neutral tmpfail total }}", "statusHistory");
        Assert.Equal(22, days.Count);
        Assert.Equal($$"""{"day":"{{Suite.Day(21)}}","pass":1,"fail":1,"neutral":0,"tmpfail":0,"total":2}""", $"{days[0]}");
        Assert.Equal($$"""{"day":"{{Suite.Day(12)}}","pass":0,"fail":1,"neutral":0,"tmpfail":1,"total":2}""", $"{days[9]}");
        Assert.Equal($$"""{"day":"{{Suite.Day(0)}}","pass":1,"fail":2,"neutral":0,"tmpfail":1,"total":4}""", $"{days[^1]}");

        var file = JsonDocument.Parse(await suite.Anybody.GetStringAsync(new Uri("/data/status/testing/amd64/history.json", UriKind.Relative))).RootElement.EnumerateArray().ToList();
        Assert.Equal(file.TakeLast(22).Select(Numbers), days.Select(Numbers));
        Assert.Single(await List($"statusHistory(suite: \"testing\", arch: \"amd64\", from: \"{Suite.Day(3)}\", to: \"{Suite.Day(3)}\") {{ day }}", "statusHistory"));
        Assert.Equal(Suite.Day(40), (await List("statusHistory(suite: \"testing\", arch: \"amd64\") { day }", "statusHistory"))[0].GetProperty("day").GetString()); // nothing is known before
        Assert.Empty(await List("statusHistory(suite: \"testing\", arch: \"amd64\", to: \"2000-01-01\") { day }", "statusHistory"));
        Assert.Empty(await List("statusHistory(suite: \"unstable\", arch: \"arm64\") { day }", "statusHistory"));
    }

    [Fact]
    public async Task Failing_tells_where_and_since_when_and_shows_no_private_run_and_no_source_that_left()
    {
        var all = await Pages("failing(suite: \"testing\"", "package failures { since result { arch version message runId run { exitCode } } }");
        Assert.Equal(["broken: amd64 2-2", "evil: amd64 1-1, arm64 1-1"], all.Select(p => $"{p.GetProperty("package")}: " + string.Join(", ",
            p.GetProperty("failures").EnumerateArray().Select(f => f.GetProperty("result")).Select(r => $"{r.GetProperty("arch")} {r.GetProperty("version")}"))));
        Assert.StartsWith(Suite.Day(20), all[0].GetProperty("failures")[0].GetProperty("since").GetString(), StringComparison.Ordinal);
        Assert.Empty(await Pages("failing(suite: \"unstable\"", "package"));
    }

    [Fact]
    public async Task Platform_specific_is_what_differs_a_tmpfail_apart()
    {
        var all = await Pages("platformSpecific(suite: \"testing\"", "package results { arch status }");
        Assert.Equal(["""{"package":"broken","results":[{"arch":"amd64","status":"FAIL"},{"arch":"arm64","status":"PASS"}]}"""], all.Select(p => $"{p}"));
    }

    [Fact]
    public async Task The_slowest_come_first_on_all_architectures_or_on_one()
    {
        Assert.Equal(["fine amd64 7300", "broken amd64 7300", "evil arm64 3700", "evil amd64 60", "broken arm64 60"], await Slow("slow(suite: \"testing\""));
        Assert.Equal(["evil arm64 3700", "broken arm64 60"], await Slow("slow(suite: \"testing\", arch: \"arm64\""));

        async Task<IEnumerable<string>> Slow(string field) => (await Pages(field, "package arch durationSeconds result { runId }")).Select(r => $"{r.GetProperty("package")} {r.GetProperty("arch")} {r.GetProperty("durationSeconds")}");
    }

    [Fact]
    public async Task Tmpfails_are_counted_by_cause_and_listed_the_newest_first()
    {
        Assert.Equal(["TESTBED_FAILURE 1", "TIMED_OUT 1"], await Causes(""));
        Assert.Equal([" 1", "TESTBED_FAILURE 1", "TIMED_OUT 1"], await Causes($"(from: \"{Suite.Day(90)}\")"));
        Assert.Equal(["TIMED_OUT 1"], await Causes($"(suite: \"testing\", arch: \"amd64\", from: \"{Suite.Day(2)}\")"));
        Assert.Empty(await Causes("(suite: \"unstable\")"));

        Assert.Equal(["unlucky", "broken", "ancient"], await Names($"tmpfails(from: \"{Suite.Day(90)}\""));
        Assert.Equal(["unlucky", "broken"], await Names("tmpfails(suite: \"testing\""));
        Assert.Equal(["broken"], await Names("tmpfails(cause: TESTBED_FAILURE"));
        Assert.Empty(await Names("tmpfails(cause: WORKER_LOST"));

        async Task<IEnumerable<string>> Causes(string arguments) => (await List($"tmpfailCauses{arguments} {{ cause runs }}", "tmpfailCauses")).Select(c => $"{c.GetProperty("cause")} {c.GetProperty("runs")}");
        async Task<IEnumerable<string?>> Names(string field) => (await Pages(field, "package runId run { status } cause message worker version endedAt")).Select(r => r.GetProperty("package").GetString());
    }

    [Fact]
    public async Task Tmpfails_as_of_a_moment_are_those_that_were_known_then_and_its_day_is_the_last()
    {
        var told = (await suite.Server.Get<IEventLog>().ReadAll(0, 1000)).First(e => e.Decode() is RunEvent.Imported { Run.Package: "unlucky" });
        var (before, from) = (Moment(told.Position - 1), told.RecordedAt.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        var then = $"from: \"{Suite.Day(20)}\", to: \"{Suite.Day(0)}\", asOf";

        Assert.Equal(["broken"], (await Pages($"tmpfails({then}: \"{before}\"", "package")).Select(r => r.GetProperty("package").GetString()));
        Assert.Equal(["unlucky", "broken"], (await Pages($"tmpfails({then}: \"{Moment(told.Position)}\"", "package")).Select(r => r.GetProperty("package").GetString()));
        Assert.Equal(["TESTBED_FAILURE"], (await List($"tmpfailCauses({then}: \"{before}\") {{ cause }}", "tmpfailCauses")).Select(c => c.GetProperty("cause").GetString()));
        Assert.Equal(2, (await List($"tmpfailCauses({then}: \"{Moment(told.Position)}\") {{ cause }}", "tmpfailCauses")).Count);
        Assert.Empty(await List($"tmpfailCauses(from: \"{from}\", asOf: \"{before}\") {{ cause }}", "tmpfailCauses")); // up to that day, which is long behind the server's

        string Moment(long position) => suite.Server.Get<Api.GraphQL.Positions>().Show(position);
    }

    [Theory]
    [InlineData("statusHistory(suite: \"sarge\", arch: \"amd64\") { day }", "no suite")]
    [InlineData("statusHistory(suite: \"testing\", arch: \"vax\") { day }", "no architecture")]
    [InlineData("statusHistory(suite: \"testing\", arch: \"amd64\", from: \"2025-03-02\", to: \"2025-03-01\") { day }", "give the earlier day as from")]
    [InlineData("statusHistory(suite: \"testing\", arch: \"amd64\", from: \"0001-01-01\") { day }", "more than 1100 days")]
    [InlineData("statusHistory(suite: \"testing\", arch: \"amd64\", to: \"0001-01-01\", from: \"0001-01-02\") { day }", "give the earlier day as from")]
    [InlineData("tmpfailCauses(from: \"2020-01-01\", to: \"9999-12-31\") { runs }", "more than 366 days")]
    [InlineData("tmpfails(suite: \"sarge\") { nodes { runId } }", "no suite")]
    [InlineData("tmpfails(after: \"x\") { nodes { runId } }", "This cursor is not of this list")]
    [InlineData("tmpfails(after: \"9999999999999999999~1\") { nodes { runId } }", "This cursor is not of this list")]
    [InlineData("slow(suite: \"testing\", after: \"fine\") { nodes { package } }", "This cursor is not of this list")]
    [InlineData("slow(suite: \"testing\", arch: \"vax\") { nodes { package } }", "no architecture")]
    [InlineData("failing(suite: \"sarge\") { nodes { package } }", "no suite")]
    [InlineData("platformSpecific(suite: \"testing\", first: 501) { nodes { package } }", "out of range")]
    public async Task What_cannot_be_asked_is_refused_with_a_sentence(string query, string sentence) =>
        Assert.Contains(sentence, $"{await suite.Anybody.Ask($"{{ {query} }}")}", StringComparison.Ordinal);

    [Theory]
    [InlineData("tmpfailCauses(from: \"9999-12-31\", to: \"9999-12-31\") { runs }")]
    [InlineData("tmpfails(from: \"9999-12-31\", to: \"9999-12-31\") { nodes { runId } }")]
    [InlineData("tmpfails(from: \"0001-01-01\", to: \"0001-01-01\") { nodes { runId } }")]
    [InlineData("statusHistory(suite: \"testing\", arch: \"amd64\", from: \"9999-12-31\", to: \"9999-12-31\") { day }")]
    public async Task The_ends_of_time_are_days_without_anything(string query)
    {
        var answer = await suite.Anybody.Ask($"{{ {query} }}");
        Assert.False(answer.TryGetProperty("errors", out _), $"{answer}");
    }

    private static string Numbers(JsonElement day) => string.Join(' ', new[] { "pass", "fail", "neutral", "tmpfail", "total" }.Select(name => $"{day.GetProperty(name)}"));

    private async Task<List<JsonElement>> List(string query, string field) => [.. (await suite.Anybody.Data($"{{ {query} }}")).GetProperty(field).EnumerateArray()];

    // All nodes, one a page, so that every cursor is used.
    private async Task<List<JsonElement>> Pages(string field, string fields)
    {
        var nodes = new List<JsonElement>();
        for (string? after = null; ;)
        {
            var list = (await suite.Anybody.Data($"query ($a: String) {{ list: {field}, first: 1, after: $a) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}", new { a = after })).GetProperty("list");
            nodes.AddRange(list.GetProperty("nodes").EnumerateArray());
            if (!list.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean())
                return nodes;
            after = list.GetProperty("pageInfo").GetProperty("endCursor").GetString();
        }
    }
}
