using System.Text.Json;
using Debci.Api.Tests.Dispatch;
using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary>What a gate asks: outcomes since a cursor, what is pending, the best results, verdicts, waivers.</summary>
public sealed class GateTests : Dispatching
{
    private const string Verdicts = """
        query ($c: [Candidate!]!, $p: String, $o: GateOptions) { verdicts(suite: "testing", candidates: $c, minPosition: $p, options: $o) {
            source version answer waiver { kind actor } tests { package arch state isWanted isReferenceWanted pendingRun best { result run version } reference { result run ageSeconds } waiver { package } } } }
        """;

    [Fact]
    public async Task Outcomes_are_fed_behind_a_cursor_that_stays_valid_and_only_to_whom_they_belong()
    {
        var runs = await Queue(Alice, Test("aa", "glibc/2"), Test("bb", "glibc/2"), Test("cc", suite: "unstable"));
        foreach (var run in runs)
            await End(run);
        var all = await Feed(Alice);
        Assert.Equal(runs, Runs(all));
        var first = await Feed(Alice, "first: 1");
        Assert.True(first.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean());
        var cursor = first.GetProperty("pageInfo").GetProperty("endCursor").GetString();
        Assert.Equal(runs.Skip(1), Runs(await Feed(Alice, $"after: \"{cursor}\"")));
        Assert.Equal(runs.Take(2), Runs(await Feed(Alice, "suite: \"testing\"")));
        var end = (await Feed(Alice, $"after: \"{cursor}\"")).GetProperty("pageInfo").GetProperty("endCursor").GetString();
        var nothing = await Feed(Alice, $"after: \"{end}\"");
        Assert.Empty(Runs(nothing));
        Assert.Empty(Runs(await Feed(Alice, $"after: \"{nothing.GetProperty("pageInfo").GetProperty("endCursor").GetString()}\"")));
        Assert.Empty(Runs(await Feed(Alice, "since: \"2100-01-01T00:00:00Z\"")));
        Assert.Equal(runs, Runs(await Feed(Alice, "since: \"2020-01-01T00:00:00Z\"")));
        Assert.Empty(Runs(await Feed(Bob)));
        Assert.Contains("Say whose", $"{(await Anybody.Ask("{ outcomes { nodes { run } } }")).GetProperty("errors")}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_asked_for_a_moment_ago_is_pending_and_private_runs_show_to_nobody_else()
    {
        var hidden = Test("secret", "glibc/2");
        hidden["isPrivate"] = true;
        var answer = await Ask(Alice, [Test("aa", "glibc/2"), hidden]);
        var position = answer.GetProperty("position").GetString();
        Assert.Equal(["aa", "secret"], await Pending(Alice, ""));
        var alice = (await Alice.Data("query ($p: String) { queue(minPosition: $p) { nodes { run } } runs { nodes { requester } } }", new { p = position })).GetProperty("runs").GetProperty("nodes")[0].GetProperty("requester").GetString();
        Assert.Equal(["aa"], await Pending(Bob, $", requester: \"{alice}\""));
        Assert.Equal(["aa"], await Pending(Anybody, $", requester: \"{alice}\""));

        async Task<IEnumerable<string?>> Pending(HttpClient who, string more) =>
            (await who.Data($"query ($p: String) {{ pendingTests(minPosition: $p{more}) {{ run package status recordedAt triggers }} }}", new { p = position }))
                .GetProperty("pendingTests").EnumerateArray().Select(o => o.GetProperty("package").GetString());
    }

    [Fact]
    public async Task Outcomes_come_by_subscription_behind_a_cursor_of_the_feed()
    {
        var before = await Queue(Alice, Test("aa", "glibc/2"));
        await End(before[0]);
        var cursor = (await Feed(Alice)).GetProperty("pageInfo").GetProperty("endCursor").GetString();
        var runs = await Queue(Alice, Test("bb", "glibc/2"), Test("cc", "glibc/2"));
        await End(runs[0]);
        await using var live = await Subscription.To(Alice, "subscription ($a: String) { outcomeAdded(suite: \"testing\", after: $a) { cursor outcome { run status } } }", new { a = cursor });
        var first = (await live.Next())!.Value;
        Assert.Equal(("PASS", $"{runs[0]}"), (first.GetProperty("outcome").GetProperty("status").GetString(), first.GetProperty("outcome").GetProperty("run").GetString()));
        await End(runs[1], exitCode: 4, summary: "t FAIL\n");
        JsonElement next;
        do
            next = (await live.Next())!.Value; // one may come twice
        while (next.GetProperty("outcome").GetProperty("run").GetString() == $"{runs[0]}");
        Assert.Equal(("FAIL", $"{runs[1]}"), (next.GetProperty("outcome").GetProperty("status").GetString(), next.GetProperty("outcome").GetProperty("run").GetString()));
        Assert.All(Runs(await Feed(Alice, $"after: \"{next.GetProperty("cursor").GetString()}\"")), again => Assert.Equal(runs[1], again)); // told when it started, and over by then
    }

    [Fact]
    public async Task A_private_outcome_comes_to_others_when_it_is_published_and_to_its_requester_once()
    {
        var hidden = Test("secret", "glibc/2");
        hidden["isPrivate"] = true;
        var run = (await Queue(Alice, hidden))[0];
        var alice = (await Alice.Data("{ runs { nodes { requester } } }")).GetProperty("runs").GetProperty("nodes")[0].GetProperty("requester").GetString();
        const string follow = "subscription ($r: String, $a: String) { outcomeAdded(requester: $r, after: $a) { outcome { run isPrivate } } }";
        var after = (await Anybody.Data("{ server { position } }")).GetProperty("server").GetProperty("position").GetString(); // whenever the subscription begins
        await using var own = await Subscription.To(Alice, follow, new { r = alice, a = after });
        await using var others = await Subscription.To(Bob, follow, new { r = alice, a = after });
        await End(run);
        Assert.Equal((run, true), Told(await own.Next()));
        await Alice.Data("mutation ($r: [ID!]!) { publishRuns(runs: $r) { __typename } }", new { r = new[] { $"{run}" } });
        Assert.Equal((run, false), Told(await others.Next()));

        var open = (await Queue(Alice, Test("open", "glibc/2")))[0];
        await End(open);
        Assert.Equal((open, false), Told(await own.Next()));
        Assert.Equal((open, false), Told(await others.Next()));

        static (long, bool) Told(JsonElement? told) => (long.Parse(told!.Value.GetProperty("outcome").GetProperty("run").GetString()!), told.Value.GetProperty("outcome").GetProperty("isPrivate").GetBoolean());
    }

    [Fact]
    public async Task A_candidate_goes_through_its_states_to_its_answer()
    {
        Assert.Equal(("WAIT", "MISSING", true), await Green());
        var run = (await Queue(Alice, Test("green", "green/2")))[0];
        Assert.Equal(("WAIT", "RUNNING", false), await Green());
        await End(run, exitCode: 16, summary: "", version: "", attempts: 3);
        Assert.Equal(("WAIT", "TMPFAIL", true), await Green());
        await End((await Queue(Alice, Test("green", "green/2")))[0], exitCode: 4, summary: "t FAIL\n");
        Assert.Equal(("WAIT", "RUNNING_REFERENCE", false), await Green());
        await End((await Queue(Alice, Test("green", "migration-reference/0")))[0], version: "green 1");
        Assert.Equal(("REJECT", "REGRESSION", false), await Green());
        Assert.Equal(("REJECT", "REGRESSION", false), await Green(options: new { baseline = "ANY_RESULT" })); // its reference passed
        await End((await Queue(Alice, Test("green", "green/2")))[0]);
        Assert.Equal(("PASS", "PASS", false), await Green());
        await End((await Queue(Alice, Test("green", "green/2")))[0], exitCode: 4, summary: "t FAIL\n");
        Assert.Equal(("PASS", "PASS", false), await Green()); // a later failure undoes no pass
        Assert.Equal(("PASS", "OLD_PASS", true), await Green(tests: [new { package = "green", arch = "amd64", versions = new[] { "3" } }]));
    }

    [Fact]
    public async Task A_system_run_and_somebody_elses_never_count()
    {
        var systems = Server.Client(Server.SystemKey);
        var asked = await systems.Data("""mutation { requestRuns(input: {asSystem: true, tests: [{package: "green", suite: "testing", arch: "amd64", triggers: ["green/2"]}]}) { ... on BatchAccepted { runs position } } }""");
        await Passed();
        await End(long.Parse(asked.GetProperty("requestRuns").GetProperty("runs")[0].GetString()!));
        await End((await Queue(Bob, Test("green", "green/2")))[0]);
        Assert.Equal(("WAIT", "MISSING", true), await Green());
        Assert.Empty(Runs(await Feed(Alice)));
        Assert.Single(Runs(await Feed(Anybody, $"requester: \"{Guid.Empty}\"")));
        Assert.Contains("scope schedule", $"{await Alice.Data("mutation { requestRuns(input: {asSystem: true, tests: []}) { ... on Refused { message } } }")}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_private_is_not_left_out_of_a_verdict_unsaid()
    {
        var hidden = Test("green", "migration-reference/0");
        hidden["isPrivate"] = true;
        await End((await Queue(Alice, Test("green", "green/2")))[0], exitCode: 4, summary: "t FAIL\n");
        await End((await Queue(Alice, hidden))[0], version: "green 1");
        Assert.Equal(("REJECT", "REGRESSION", false), await Green());
        var alice = (await Operator.Data("{ runs { nodes { requester } } }")).GetProperty("runs").GetProperty("nodes")[0].GetProperty("requester").GetString();
        var asked = await Bob.Ask("query ($r: String) { verdicts(suite: \"testing\", requester: $r, candidates: [{source: \"green\", version: \"2\", tests: [{package: \"green\", arch: \"amd64\"}]}]) { answer } }", new { r = alice });
        Assert.Contains("private to its requester", $"{asked}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waivers_let_through_what_fails_and_say_who_why_and_until_when()
    {
        await End((await Queue(Alice, Test("green", "green/2")))[0], exitCode: 4, summary: "t FAIL\n");
        await End((await Queue(Alice, Test("green", "migration-reference/0")))[0], version: "green 1");
        Assert.Equal("REJECT", (await Green()).Answer);
        await Waive("waive", "kind: BAD_TEST, suite: \"testing\", package: \"green\", version: \"2\", arch: \"amd64\"", "flaky");
        Assert.Equal(("PASS", "IGNORE_FAIL", false), await Green());
        var waiver = (await Anybody.Data("{ waivers(suite: \"testing\") { kind package version arch until reason actor since } }")).GetProperty("waivers")[0];
        Assert.Equal(("BAD_TEST", "flaky", true), (waiver.GetProperty("kind").GetString(), waiver.GetProperty("reason").GetString(), waiver.GetProperty("actor").GetString()!.StartsWith("account:", StringComparison.Ordinal)));
        await Waive("withdrawWaiver", "kind: BAD_TEST, suite: \"testing\", package: \"green\", version: \"2\", arch: \"amd64\"", "mended");
        Assert.Equal("REJECT", (await Green()).Answer);
        await Waive("waive", "kind: SKIP_TEST, suite: \"testing\", package: \"green\", version: \"2\", until: \"2020-01-01T00:00:00Z\"", "late");
        Assert.Equal("REJECT", (await Green()).Answer);
        await Waive("waive", "kind: SKIP_TEST, suite: \"testing\", package: \"green\", version: \"2\"", "security");
        Assert.Equal(("PASS_HINTED", "REGRESSION", false), await Green());
    }

    [Theory]
    [InlineData("kind: BAD_TEST, suite: \"sarge\", package: \"green\", version: \"2\"", "why", "UNKNOWN_SUITE")]
    [InlineData("kind: BAD_TEST, suite: \"testing\", package: \"../x\", version: \"2\"", "why", "INVALID")]
    [InlineData("kind: BAD_TEST, suite: \"testing\", package: \"green\", version: \"two words\"", "why", "INVALID")]
    [InlineData("kind: SKIP_TEST, suite: \"testing\", package: \"green\", version: \"all\"", "why", "INVALID")]
    [InlineData("kind: SKIP_TEST, suite: \"testing\", package: \"green\", version: \"2\", arch: \"amd64\"", "why", "INVALID")]
    [InlineData("kind: BAD_TEST, suite: \"testing\", package: \"green\", version: \"2\"", "", "INVALID")]
    public async Task A_waiver_that_says_nothing_is_refused(string waiver, string reason, string code) =>
        Assert.Equal(code, (await Do(Operator, $"waive(waiver: {{{waiver}}}, reason: \"{reason}\")")).GetProperty("code").GetString());

    [Fact]
    public async Task Requesters_give_no_waivers() =>
        Assert.Equal("NOT_ALLOWED", (await Do(Alice, "waive(waiver: {kind: BAD_TEST, suite: \"testing\", package: \"green\", version: \"2\"}, reason: \"please\")")).GetProperty("code").GetString());

    [Fact]
    public async Task Best_results_come_in_the_order_of_their_keys_with_their_reference()
    {
        await End((await Queue(Alice, Test("green", "green/2 glibc/3")))[0]);
        await End((await Queue(Alice, Test("green", "migration-reference/0")))[0], exitCode: 4, summary: "t FAIL\n", version: "green 1");
        var keys = new[] { new { package = "blue", arch = "amd64", trigger = "glibc/3" }, new { package = "green", arch = "amd64", trigger = "glibc/3" } };
        var best = (await Alice.Data("query ($k: [ResultKey!]!) { bestResults(suite: \"testing\", keys: $k) { package best { result run version recordedAt } reference { result ageSeconds } pendingRun } }", new { k = keys })).GetProperty("bestResults");
        Assert.Equal(("blue", "NONE", "NONE"), (best[0].GetProperty("package").GetString(), best[0].GetProperty("best").GetProperty("result").GetString(), best[0].GetProperty("reference").GetProperty("result").GetString()));
        Assert.Equal(("PASS", "2", "FAIL"), (best[1].GetProperty("best").GetProperty("result").GetString(), best[1].GetProperty("best").GetProperty("version").GetString(), best[1].GetProperty("reference").GetProperty("result").GetString()));
        Assert.InRange(best[1].GetProperty("reference").GetProperty("ageSeconds").GetInt32(), 0, 600);
        foreach (var options in new[] { "referenceMaxAgeDays: -1", "retryOlderThanDays: 2147483647" })
            Assert.Contains("out of range", $"{await Alice.Ask($"{{ bestResults(suite: \"testing\", keys: [], options: {{{options}}}) {{ package }} }}")}", StringComparison.Ordinal);
        Assert.Contains("no source and version", $"{await Alice.Ask("{ bestResults(suite: \"testing\", keys: [{package: \"a\", arch: \"b\", trigger: \"c\"}]) { package } }")}", StringComparison.Ordinal);
    }

    private async Task Waive(string what, string waiver, string reason) =>
        Assert.Equal("Decided", (await Do(Operator, $"{what}(waiver: {{{waiver}}}, reason: \"{reason}\")")).GetProperty("__typename").GetString());

    private async Task<(string Answer, string State, bool Wanted)> Green(object? options = null, object[]? tests = null)
    {
        await Passed();
        var candidates = new[] { new { source = "green", version = "2", tests = tests ?? [new { package = "green", arch = "amd64" }] } };
        var verdict = (await Alice.Data(Verdicts, new { c = candidates, o = options ?? new { } })).GetProperty("verdicts")[0];
        var test = verdict.GetProperty("tests")[0];
        return (verdict.GetProperty("answer").GetString()!, test.GetProperty("state").GetString()!, test.GetProperty("isWanted").GetBoolean());
    }

    private async Task End(long run, int exitCode = 0, string summary = "t PASS\n", string version = "green 2", int attempts = 1)
    {
        for (var attempt = 1; attempt <= attempts; attempt++)
        {
            var claimed = await Claim("w1", waitSeconds: 10);
            Assert.Equal(run, claimed?.GetProperty("run").GetInt64());
            using var reported = await Workers.Report(run, attempt, exitCode: exitCode, summary: summary, version: version);
            reported.EnsureSuccessStatusCode();
            await Passed();
        }
    }

    private static async Task<JsonElement> Feed(HttpClient who, string arguments = "first: 100") =>
        (await who.Data($"{{ outcomes({arguments}) {{ nodes {{ run package suite arch triggers extraSources status version durationSeconds recordedAt isPrivate }} pageInfo {{ hasNextPage endCursor }} }} }}")).GetProperty("outcomes");

    private static IEnumerable<long> Runs(JsonElement feed) => feed.GetProperty("nodes").EnumerateArray().Select(n => long.Parse(n.GetProperty("run").GetString()!));
}
