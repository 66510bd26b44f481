using System.Text.Json.Nodes;

namespace Debci.EndToEnd.Tests.Britney;

/// <summary>britney moves here from a system of before: what that one has run is known, and asked for by nobody.</summary>
[Collection("processes")]
public sealed class ImportedTests
{
    [Theory]
    [InlineData("REST")]
    [InlineData("adapter")]
    public Task What_the_old_system_has_run_is_not_asked_for_again(string way) => Play(way, real: false);

    [RealBritneyTheory]
    [InlineData("REST")]
    [InlineData("adapter")]
    public Task Nor_by_the_real_one(string way) => Play(way, real: true);

    private static async Task Play(string way, bool real)
    {
        var file = Path.Combine(Path.GetTempPath(), $"debci-listing-{Guid.NewGuid():N}.json");
        try
        {
            await using (var old = await Stage.Set("REST", real, Fill))
            {
                await old.Round();
                await old.Work(Results);
                await old.Round(); // what fails asks for references
                await old.Work(Results);
                await File.WriteAllTextAsync(file, Older(await Listing(old.World)).ToJsonString());
            }
            await using var stage = await Stage.Set(way, real, Fill);
            var (code, said) = await stage.World.Debci("import", file, "--requester", "alice");
            Assert.True((code, said.Contains("5 runs imported", StringComparison.Ordinal)) == (0, true), said);
            await stage.CaughtUp("");
            Assert.Equal(Records(JsonNode.Parse(await File.ReadAllTextAsync(file))!), Records(await Listing(stage.World)));

            await stage.Round();
            await stage.Asked(); // nothing
            stage.Says("green", "PASS", ("green", "PASS"), ("lightgreen", "ALWAYSFAIL"));
            stage.Says("yellow", "REJECTED_PERMANENTLY", ("yellow", "REGRESSION"));
            stage.Archive.Upload("green", "3"); // and what is new gets an id above all that there were
            await stage.Round();
            await stage.Asked("green green/3", "lightgreen green/3");
            Assert.Equal("t", (await stage.Column("select (min(run) filter (where imported_at is null) > max(run) filter (where imported_at is not null))::text from read.runs"))[0][..1]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private const string Results = """
        {"green": {"version": "2", "pins": ["unstable=src:green"]}, "lightgreen": {"exitCode": 4, "version": "1"},
         "yellow yellow/2": {"exitCode": 4, "version": "2"}, "yellow migration-reference/0": {"version": "1"}}
        """;

    private static void Fill(Archive archive) => archive.Add("green", "1", "2").Add("lightgreen", "1", "1", depends: "green").Add("yellow", "1", "2");

    // As it would be if it had happened some hours ago: times are facts, and not those of the import.
    private static JsonNode Older(JsonNode listing)
    {
        foreach (var record in listing["results"]!.AsArray())
        {
            foreach (var time in new[] { "updated_at", "date" })
                record![time] = DateTimeOffset.Parse(record[time]!.GetValue<string>(), null).AddHours(-5).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null);
        }
        return listing;
    }

    private static async Task<JsonNode> Listing(World world) =>
        JsonNode.Parse(await world.Requester.GetStringAsync(new Uri($"{world.Address}api/v1/test?since=1")))!;

    private static List<string> Records(JsonNode listing) => [.. listing["results"]!.AsArray().Select(r => r!.ToJsonString()).Order(StringComparer.Ordinal)];
}
