using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary>What a document costs is told with each answer, and found out once.</summary>
public sealed class CostTests(OneServer one) : IClassFixture<OneServer>
{
    private const string Runs = "query ($n: Int, $all: Boolean = false) { runs(first: $n) { nodes { id package @include(if: $all) } } }";
    private readonly HttpClient anybody = one.Server.Client();

    [Fact]
    public async Task An_answer_tells_cost_and_depth_with_their_limits()
    {
        var cost = Cost(await anybody.Ask("{ server { position } }"));
        Assert.Equal((2, 100_000, 2, 15), (cost.GetProperty("cost").GetInt32(), cost.GetProperty("limit").GetInt32(), cost.GetProperty("depth").GetInt32(), cost.GetProperty("depthLimit").GetInt32()));
        Assert.True(Cost(await anybody.Ask("{ run(id: \"x\") { id } }")).TryGetProperty("cost", out _)); // valid, and failed
        Assert.False((await anybody.Ask("{ nothing }")).TryGetProperty("extensions", out _));
    }

    [Fact]
    public async Task A_refusal_tells_them_too()
    {
        var dear = await anybody.Ask("{ " + string.Concat(Enumerable.Range(0, 200).Select(i => $"a{i}: runs(first: 500) {{ nodes {{ tests {{ name }} }} }} ")) + "}");
        var error = dear.GetProperty("errors")[0];
        Assert.InRange(error.GetProperty("extensions").GetProperty("cost").GetProperty("cost").GetInt64(), 100_001, long.MaxValue);
        Assert.Equal(100_000, Cost(dear).GetProperty("limit").GetInt32());
        Assert.Contains("100000 is the most", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cost_follows_the_variables_that_matter_also_in_a_document_asked_before()
    {
        async Task<int> Of(object? variables) => Cost(await anybody.Ask(Runs, variables)).GetProperty("cost").GetInt32();
        var ten = await Of(new { n = 10 });
        var hundred = await Of(new { n = 100 });
        var more = await Of(new { n = 100, all = true });
        Assert.True(ten < hundred && hundred < more, $"{ten} {hundred} {more}");
        Assert.Equal((ten, hundred, more), (await Of(new { n = 10 }), await Of(new { n = 100, all = false }), await Of(new { n = 100, all = true })));
    }

    [Fact]
    public async Task Less_than_nothing_pays_for_nothing()
    {
        var dear = string.Concat(Enumerable.Range(0, 200).Select(i => $"a{i}: runs(first: 500) {{ nodes {{ tests {{ name }} }} }} "));
        var paid = await anybody.Ask($"{{ {dear} b: runs(first: -2000000000) {{ nodes {{ tests {{ name }} }} }} }}");
        Assert.Equal("COMPLEXITY", paid.GetProperty("errors")[0].GetProperty("extensions").GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_whole_schema_as_tools_ask_for_it_is_cheap_and_going_round_in_it_is_not()
    {
        const string values = "name description type { ...t } defaultValue";
        var whole = $$"""
            { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
              types { ...whole } directives { name description locations args { {{values}} } } } }
            fragment whole on __Type { kind name description
              fields(includeDeprecated: true) { name description args { {{values}} } type { ...t } isDeprecated deprecationReason }
              inputFields { {{values}} } interfaces { ...t } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
              possibleTypes { ...t } }
            fragment t on __Type { kind name {{string.Concat(Enumerable.Repeat("ofType { kind name ", 9))}}{{new string('}', 9)}} }
            """;
        var answer = await anybody.Ask(whole);
        Assert.True(answer.TryGetProperty("data", out _), $"{answer}");
        var round = "{ __schema { types { " + string.Concat(Enumerable.Repeat("fields { type { ", 5)) + "name" + new string('}', 13);
        Assert.Equal("COMPLEXITY", (await anybody.Ask(round)).GetProperty("errors")[0].GetProperty("extensions").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Fragments_that_multiply_or_nest_without_end_are_refused_before_they_are_walked()
    {
        var doubling = "{ ...f0 } " + string.Concat(Enumerable.Range(0, 40).Select(i => $"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }} ")) + "fragment f40 on Query { __typename @skip(if: true) }";
        var chain = "{ ...f0 } " + string.Concat(Enumerable.Range(0, 2500).Select(i => $"fragment f{i} on Query {{ ...f{i + 1} }} ")) + "fragment f2500 on Query { __typename }";
        var circle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
        foreach (var (query, code) in new[] { (doubling, "TOO_LARGE"), (chain, "TOO_LARGE"), (circle, "NO_FRAGMENT_CYCLES") })
            Assert.Equal(code, (await anybody.Ask(query)).GetProperty("errors")[0].GetProperty("extensions").GetProperty("code").GetString());
    }

    private static JsonElement Cost(JsonElement answer) => answer.GetProperty("extensions").GetProperty("cost");
}
