namespace Debci.EndToEnd.Tests.Britney;

/// <summary>The real britney as Ubuntu runs it: it fetches results itself, from the view that looks like Swift's containers.</summary>
[Collection("processes")]
public sealed class SwiftTests
{
    private const string Pass = "PASS", Waits = "REJECTED_TEMPORARILY", Rejected = "REJECTED_PERMANENTLY";

    [RealBritneyTheory]
    [InlineData("Swift")]
    public async Task It_finds_each_new_result_by_its_own_listing_and_decides_by_it(string way)
    {
        await using var stage = await Stage.Set(way, real: true, archive => archive.Add("green", "1", "2").Add("libsigc++-2.0", "1", "2").Add("yellow", "1", "2"));
        await stage.Round();
        await stage.Asked("green green/2", "libsigc++-2.0 libsigc++-2.0/2", "yellow yellow/2");
        await stage.Work(Tests(""" "green": {"version": "2"}, "libsigc++-2.0": {"exitCode": 4, "version": "2"}, "yellow": {"exitCode": 4, "version": "2"} """));

        await stage.Round(); // failures ask for references
        stage.Says("green", Pass, ("green", "PASS"));
        stage.Says("yellow", Waits, ("yellow", "RUNNING-REFERENCE"));
        await stage.Asked("libsigc++-2.0 migration-reference/0", "yellow migration-reference/0");
        await stage.Work(Tests(""" "libsigc++-2.0": {"version": "1"}, "yellow": {"exitCode": 4, "version": "1"} """));

        await stage.Round(); // it fetches what is behind the newest that it knows, and has looked at references (and asks again for some) before that
        await stage.Round();
        stage.Says("libsigc++-2.0", Rejected, ("libsigc++-2.0", "REGRESSION"));
        stage.Says("yellow", Pass, ("yellow", "ALWAYSFAIL"));
    }

    private static string Tests(string lines) => $"{{{lines}}}";
}
