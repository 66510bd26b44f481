using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Debci.Api.Tests.Dispatch;
using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary>What was answered once is answered again as of then, and moments that there are not are refused.</summary>
public sealed class AsOfTests : Dispatching
{
    private const string Everything = """
        index(suite: "testing", arch: "amd64" AT) { position nodes { package status version runId message durationSeconds finishedAt triggers } }
        package(name: "green" AT) { position results { suite arch status runId } queued { run state attempts worker priority startedAt } history { position nodes { run status } } }
        history(package: "green" AT) { position nodes { run status version pinned finishedAt } pageInfo { hasNextPage } }
        queue(AT) { position nodes { run package state attempts worker priority requestedAt startedAt needs } }
        verdicts(suite: "testing" AT, candidates: [{source: "green", version: "2", tests: [{package: "green", arch: "amd64"}, {package: "blue", arch: "amd64"}]}]) {
            position answer tests { state pendingRun best { result run } reference { result run } waiver { kind since } } waiver { kind } }
        bestResults(suite: "testing" AT, keys: [{package: "blue", arch: "amd64", trigger: "green/2"}]) { position pendingRun best { result run } reference { result } }
        """;

    [Fact]
    public async Task What_was_answered_is_answered_as_of_its_position_whatever_came_behind_it()
    {
        var answers = new List<JsonElement>();
        async Task Note()
        {
            await Settled();
            answers.Add(await All(null));
        }
        var runs = await Queue(Alice, Test("green", "green/2"), Test("blue", "green/2"));
        await Note();
        await End(runs[0], exitCode: 4, summary: "t FAIL\n");
        await Note();
        Assert.Equal(runs[1], await Take("w1", waitSeconds: 10));
        await Note();
        await Do(Operator, "waive(waiver: {kind: BAD_TEST, suite: \"testing\", package: \"green\", version: \"2\"}, reason: \"flaky\")");
        await Note();
        await Report(runs[1]);
        await Note();
        await Do(Operator, "withdrawWaiver(waiver: {kind: BAD_TEST, suite: \"testing\", package: \"green\", version: \"2\"}, reason: \"mended\")");
        var again = await Queue(Alice, Test("green", "green/2", priority: 3));
        await Queue(Alice, Test("green", "green/2", priority: 8)); // goes with it, and raises it
        await Note();
        await End(again[0]);
        await Note();

        Assert.Equal(answers.Count, answers.Select(a => $"{a}").Distinct().Count());
        foreach (var then in answers)
            Assert.Equal($"{then}", $"{await All(then.GetProperty("index").GetProperty("position").GetString())}");
    }

    [Fact]
    public async Task A_time_is_the_last_position_at_or_before_it()
    {
        await End((await Queue(Alice, Test("green", "green/2")))[0], exitCode: 4, summary: "t FAIL\n");
        await End((await Queue(Alice, Test("green", "green/2")))[0]);
        var history = (await Anybody.Data("{ history(package: \"green\") { nodes { run finishedAt } } }")).GetProperty("history").GetProperty("nodes");
        var (newer, older) = (Finished(history[0]), Finished(history[1]));

        Assert.Equal("PASS", await Status(newer));
        Assert.Equal("FAIL", await Status(newer.AddMicroseconds(-1)));
        Assert.Equal("FAIL", await Status(older));
        Assert.Null(await Status(older.AddMicroseconds(-1)));
        Assert.Equal("FAIL", await Status(newer.AddMicroseconds(-1), "yyyy-MM-ddTHH:mm:ss.ffffff+00:00"));

        async Task<string?> Status(DateTimeOffset at, string form = "yyyy-MM-ddTHH:mm:ss.ffffffZ")
        {
            var text = at.UtcDateTime.ToString(form, CultureInfo.InvariantCulture);
            var index = (await Anybody.Data("query ($t: String) { index(suite: \"testing\", arch: \"amd64\", asOf: $t) { position nodes { status } } }", new { t = text })).GetProperty("index");
            var same = (await Anybody.Data("query ($t: String) { index(suite: \"testing\", arch: \"amd64\", asOf: $t) { position nodes { status } } }", new { t = index.GetProperty("position").GetString() })).GetProperty("index");
            Assert.Equal($"{index}", $"{same}");
            return index.GetProperty("nodes").EnumerateArray().SingleOrDefault() is { ValueKind: JsonValueKind.Object } row ? row.GetProperty("status").GetString() : null;
        }
    }

    [Fact]
    public async Task Moments_that_there_are_not_are_refused_in_a_sentence()
    {
        await Refused("2020-01-01T00:00:00Z", "Nothing was stored yet", "the log is empty");
        var position = (await Ask(Alice, [Test("green")])).GetProperty("position").GetString()!;
        await Passed(position);
        var log = position.Split('.')[0];
        await Refused("2020-01-01", "Nothing was stored yet", "the log begins at");
        await Refused($"{log}.0", "Nothing was stored yet", "the log begins at");
        await Refused("2999-01-01T00:00", "lies in the future");
        await Refused($"{log}.999999999", "beyond the log's end");
        await Refused($"{log}.99999999999999999999", "is no position");
        await Refused("deadbeef.1", "of another log");
        foreach (var nonsense in new[] { "yesterday", "2026-13-01", "-", "1", "a.b", "2026-11-23T14:05:00 nowhere", "\0" })
            await Refused(nonsense, "is no ");
    }

    [Fact]
    public async Task The_past_shows_to_nobody_what_is_private()
    {
        var hidden = Test("green", "green/2");
        hidden["isPrivate"] = true;
        var run = (await Queue(Alice, hidden))[0];
        await Settled();
        var waiting = (await Anybody.Data("{ server { position } }")).GetProperty("server").GetProperty("position").GetString();
        await End(run);
        var over = (await Anybody.Data("{ server { position } }")).GetProperty("server").GetProperty("position").GetString();

        foreach (var (who, count) in new[] { (Alice, 1), (Operator, 1), (Bob, 0), (Anybody, 0) })
        {
            var data = await who.Data("query ($w: String, $o: String) { queue(asOf: $w) { nodes { run } } history(package: \"green\", asOf: $o) { nodes { run } } package(name: \"green\", asOf: $w) { queued { run } } }", new { w = waiting, o = over });
            Assert.Equal((count, count), (data.GetProperty("queue").GetProperty("nodes").GetArrayLength(), data.GetProperty("history").GetProperty("nodes").GetArrayLength()));
            Assert.Equal(count == 0, data.GetProperty("package").ValueKind == JsonValueKind.Null);
        }
    }

    [Fact]
    public async Task What_the_gate_knew_when_it_migrated_is_the_query_in_the_documentation()
    {
        var query = Regex.Match(await File.ReadAllTextAsync(Repository.Path("ops/as-of.md")), "```graphql\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        await End((await Queue(Alice, Test("green", "green/2")))[0]);
        await End((await Queue(Alice, Test("blue", "green/2")))[0], exitCode: 4, summary: "t FAIL\n", version: "blue 1");
        await End((await Queue(Alice, Test("blue", "migration-reference/0")))[0], exitCode: 4, summary: "t FAIL\n", version: "blue 1");
        var requester = (await Operator.Data("{ runs { nodes { requester } } }")).GetProperty("runs").GetProperty("nodes")[0].GetProperty("requester").GetString();
        var migrated = (await Verdict(null)).GetProperty("position").GetString();
        await End((await Queue(Alice, Test("blue", "migration-reference/0")))[0], version: "blue 1");

        Assert.Equal(("REJECT", "PASS,REGRESSION"), Told(await Verdict(null)));
        Assert.Equal(("PASS", "PASS,ALWAYS_FAIL"), Told(await Verdict(migrated)));

        async Task<JsonElement> Verdict(string? when) => (await Anybody.Data(query, new { when, requester })).GetProperty("verdicts")[0];
        static (string?, string) Told(JsonElement verdict) =>
            (verdict.GetProperty("answer").GetString(), string.Join(',', verdict.GetProperty("tests").EnumerateArray().Select(t => t.GetProperty("state").GetString())));
    }

    private async Task Refused(string moment, params string[] sentence)
    {
        foreach (var field in Everything.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Trim().Split('(')[0]).Where(n => n is "index" or "package" or "history" or "queue" or "verdicts" or "bestResults"))
        {
            var arguments = field switch
            {
                "index" => "suite: \"testing\", arch: \"amd64\",", "package" => "name: \"green\",", "history" => "package: \"green\",", "queue" => "",
                "verdicts" => "suite: \"testing\", candidates: [],", _ => "suite: \"testing\", keys: [],",
            };
            var answer = $"{(await Alice.Ask($"query ($m: String) {{ {field}({arguments} asOf: $m) {{ __typename }} }}", new { m = moment })).GetProperty("errors")[0]}";
            Assert.All(sentence, s => Assert.Contains(s, Regex.Unescape(answer.Replace("\\\"", "", StringComparison.Ordinal)), StringComparison.Ordinal));
            Assert.Contains("INVALID", answer, StringComparison.Ordinal);
        }
    }

    private Task<JsonElement> All(string? asOf) => Alice.Data($"query {(asOf is null ? "" : "($at: String)")} {{ {(asOf is null
        ? Everything.Replace("(AT)", "", StringComparison.Ordinal).Replace(" AT", "", StringComparison.Ordinal)
        : Everything.Replace("(AT)", "(asOf: $at)", StringComparison.Ordinal).Replace(" AT", ", asOf: $at", StringComparison.Ordinal))} }}", new { at = asOf });

    private static DateTimeOffset Finished(JsonElement row) => row.GetProperty("finishedAt").GetDateTimeOffset();

    private async Task End(long run, int exitCode = 0, string summary = "t PASS\n", string version = "green 2")
    {
        Assert.Equal(run, await Take("w1", waitSeconds: 10));
        await Report(run, exitCode, summary, version);
    }

    private async Task Report(long run, int exitCode = 0, string summary = "t PASS\n", string version = "green 2")
    {
        using var reported = await Workers.Report(run, exitCode: exitCode, summary: summary, version: version);
        reported.EnsureSuccessStatusCode();
        await Passed();
    }
}
