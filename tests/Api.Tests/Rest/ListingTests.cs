using System.Text.Json;
using System.Text.RegularExpressions;
using Debci.Api.Configuration;
using Debci.Playground;

namespace Debci.Api.Tests.Rest;

/// <summary><c>GET /api/v1/test?since=</c>, read as britney reads it.</summary>
public sealed class ListingTests : Debci
{
    private static readonly string[] Keys =
        ["trigger", "package", "arch", "suite", "version", "status", "run_id", "is_private", "extra_apt_sources", "updated_at", "date", "duration_seconds"];

    protected override DebciConfiguration Configure(DebciConfiguration configuration) => configuration with { ListsWithoutPending = ["bob"] };

    [Fact]
    public async Task A_run_is_pending_with_a_null_status_and_then_has_a_result_with_britneys_fields()
    {
        var run = (await Taken("""[{"package": "green", "trigger": "green/2 glibc/2.41-6", "pin-packages": [["src:green,src:glibc", "unstable"]], "extra-apt-sources": ["unstable"], "is_private": false}]"""))[0];
        var pending = Assert.Single(Results(await Listing()));
        Assert.Equal(Keys, pending.EnumerateObject().Select(p => p.Name));
        Assert.All(new[] { "status", "version", "date", "duration_seconds" }, key => Assert.Equal(JsonValueKind.Null, pending.GetProperty(key).ValueKind));
        Assert.Matches(Milliseconds, pending.GetProperty("updated_at").GetString());

        await End(run);
        var listing = await Listing();
        var result = Assert.Single(Results(listing));
        Assert.Equal(Keys, result.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("green/2 glibc/2.41-6", "green", "amd64", "testing", "2", "pass"), (Text(result, "trigger"), Text(result, "package"), Text(result, "arch"), Text(result, "suite"), Text(result, "version"), Text(result, "status")));
        Assert.Equal((run, false, "unstable", 1), (result.GetProperty("run_id").GetInt64(), result.GetProperty("is_private").GetBoolean(), result.GetProperty("extra_apt_sources")[0].GetString(), result.GetProperty("duration_seconds").GetInt32()));
        Assert.Matches(Milliseconds, Text(result, "updated_at"));
        Assert.Equal(Text(result, "updated_at")[..^4] + "000Z", Text(result, "date"));
        Assert.Equal(DateTimeOffset.Parse(Text(result, "date"), null).ToUnixTimeSeconds(), listing.GetProperty("until").GetInt64());
    }

    [Fact]
    public async Task Since_is_inclusive_and_until_leads_on_without_a_gap()
    {
        var runs = await Taken("""[{"package": "aa"}, {"package": "bb"}]""");
        await End(runs[0], version: "aa 1");
        var first = await Listing();
        var until = first.GetProperty("until").GetInt64();
        Assert.Equal([runs[0]], Ended(await Listing(since: until)));
        await End(runs[1], version: "bb 1");
        var second = await Listing(since: until);
        Assert.Equal(runs, Ended(second));
        Assert.True(second.GetProperty("until").GetInt64() >= until);
        Assert.All(Results(second), r => Assert.Equal(JsonValueKind.Null, r.GetProperty("trigger").ValueKind));
    }

    [Fact]
    public async Task What_came_to_nothing_is_a_tmpfail_with_a_date_and_a_lost_attempt_is_pending()
    {
        var runs = await Taken("""[{"package": "aa"}, {"package": "bb"}, {"package": "cc", "trigger": "cc/1"}]""");
        await Server.Client(Server.RequestKey).Data($"mutation {{ cancelRun(run: \"{runs[0]}\") {{ __typename }} }}");
        var claimed = await Worker.Claim(waitSeconds: 10);
        using (var answer = await Worker.Report(runs[1]!.Value, exitCode: 16, summary: "", version: ""))
            answer.EnsureSuccessStatusCode();
        await Taken("""[{"package": "cc", "trigger": "cc/2"}]"""); // the older one gives way
        await Eventually.True("two tmpfails", async () => (await Listing()).GetProperty("results").EnumerateArray().Count(r => r.GetProperty("status").GetString() == "tmpfail") == 2);
        var byRun = Results(await Listing()).ToDictionary(r => r.GetProperty("run_id").GetInt64());
        Assert.Equal(("tmpfail", null, "tmpfail"), (byRun[runs[0]!.Value].GetProperty("status").GetString(), byRun[runs[1]!.Value].GetProperty("status").GetString(), byRun[runs[2]!.Value].GetProperty("status").GetString()));
        Assert.Matches(Milliseconds, byRun[runs[0]!.Value].GetProperty("date").GetString());
    }

    [Fact]
    public async Task Everybody_sees_their_own_runs_and_pending_ones_unless_the_configuration_leaves_them_out()
    {
        var run = (await Taken("""[{"package": "aa"}]"""))[0];
        var bob = WithKey(Server.OtherKey);
        using (var answer = await Post(bob, """[{"package": "bb"}]"""))
            Assert.Equal(201, (int)answer.StatusCode);
        await Passed();
        Assert.Equal([run], Results(await Listing()).Select(r => (long?)r.GetProperty("run_id").GetInt64()));
        Assert.Empty(Results(await Listing(bob)));
    }

    [Fact]
    public async Task Until_is_never_0_and_a_since_that_is_no_time_is_refused_in_a_sentence()
    {
        Assert.True((await Listing(since: 0)).GetProperty("until").GetInt64() > 0);
        foreach (var since in new[] { "", "?since=", "?since=yesterday", "?since=-1", "?since=1.5", $"?since={DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds()}", "?since=99999999999999999999" })
            Assert.Contains("since", await Refused(Alice.GetAsync(At("/api/v1/test" + since)), 400), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("key", await Refused(Server.Client().GetAsync(At("/api/v1/test?since=1")), 403), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs")]
    [InlineData("queue")]
    public async Task Rows_that_have_stopped_list_nothing_and_join_nothing(string model)
    {
        await Taken("""[{"package": "green", "trigger": "green/2"}]""");
        await using (var stop = Server.Get<Npgsql.NpgsqlDataSource>().CreateCommand($"update read.checkpoints set stopped_at = position, error = 'damaged' where name = '{model}'"))
            await stop.ExecuteNonQueryAsync();
        Assert.Contains($"{model} has stopped", await Refused(Alice.GetAsync(At("/api/v1/test?since=1")), 503), StringComparison.Ordinal);
        Assert.Contains($"{model} has stopped", await Refused(Post(Alice, """[{"package": "green", "trigger": "green/2"}]"""), 503), StringComparison.Ordinal); // or it would be a second run
        Assert.Contains($"{model} has stopped", $"{await Server.Client(Server.RequestKey).Ask("{ outcomes { nodes { run } } }")}", StringComparison.Ordinal);
    }

    private static readonly Regex Milliseconds = new(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z");

    private static List<JsonElement> Results(JsonElement listing) => [.. listing.GetProperty("results").EnumerateArray()];

    private static IEnumerable<long?> Ended(JsonElement listing) => Results(listing).Where(r => r.GetProperty("status").ValueKind != JsonValueKind.Null).Select(r => (long?)r.GetProperty("run_id").GetInt64());

    private static string Text(JsonElement result, string key) => result.GetProperty(key).GetString()!;
}
