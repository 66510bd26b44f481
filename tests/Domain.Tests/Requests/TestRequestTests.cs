namespace Debci.Domain.Tests;

public sealed class TestRequestTests
{
    private static readonly Archive Debian = new(
        new HashSet<string> { "testing", "unstable" }, new HashSet<string> { "amd64", "arm64" },
        new HashSet<string> { "lxc", "qemu" }, new HashSet<string> { "unstable", "experimental" });

    private static readonly TestRequest Green = BatchExamples.Test("green");

    public static TheoryData<TestRequest> Good =>
    [
        Green, Green with { Backend = "lxc" }, Green with { Priority = 1 }, Green with { Priority = 10 },
        Green with { Triggers = [], Pins = [], ExtraSources = [] }, Green with { Triggers = [Trigger.Reference] },
        Green with { Triggers = [.. Enumerable.Repeat("green/2", TestRequest.MostTriggers)] },
    ];

    [Theory]
    [MemberData(nameof(Good))]
    public void A_request_by_the_rules_is_taken(TestRequest request) => Assert.Null(request.Check(Debian, "tests[3]"));

    public static TheoryData<TestRequest, RefusalCode, string, string> Bad => new()
    {
        { Green with { Package = "../etc" }, RefusalCode.Invalid, "package", "is no source package name" },
        { Green with { Package = "green\n" }, RefusalCode.Invalid, "package", "\"green?\"" },
        { Green with { Suite = "sarge" }, RefusalCode.UnknownSuite, "suite", "there are testing, unstable" },
        { Green with { Suite = "testing/../unstable" }, RefusalCode.UnknownSuite, "suite", "There is no suite" },
        { Green with { Arch = "m68k" }, RefusalCode.UnknownArch, "arch", "there are amd64, arm64" },
        { Green with { Backend = "docker" }, RefusalCode.UnknownBackend, "backend", "there are lxc, qemu" },
        { Green with { Triggers = [.. Enumerable.Repeat($"{new string('g', 100)}/2", 300)] }, RefusalCode.TooLarge, "triggers", "at most 20000 fit one request" },
        { Green with { Priority = 0 }, RefusalCode.Invalid, "priority", "give 1 (last) to 10 (first)" },
        { Green with { Priority = 11 }, RefusalCode.Invalid, "priority", "Priority 11 is out of range" },
        { Green with { Triggers = ["green/2", "green"] }, RefusalCode.Invalid, "triggers", "\"green\" cannot be read" },
        { Green with { Triggers = Many("green/2") }, RefusalCode.TooLarge, "triggers", "501 triggers are too many" },
        { Green with { Pins = [new Pin([], "unstable")] }, RefusalCode.Invalid, "pins", "give packages such as src:green" },
        { Green with { Pins = Many(new Pin(["green"], "unstable")) }, RefusalCode.TooLarge, "pins", "At most 500 pins" },
        { Green with { Pins = [new Pin(Many("green"), "unstable")] }, RefusalCode.TooLarge, "pins", "500 packages each" },
        { Green with { ExtraSources = ["https://example.org"] }, RefusalCode.Invalid, "extraSources", "There is no extra source" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_request_that_breaks_a_rule_is_told_where_and_what_to_do(TestRequest request, RefusalCode code, string field, string gist)
    {
        var refusal = request.Check(Debian, "tests[3]");
        Assert.NotNull(refusal);
        Assert.Equal((code, $"tests[3].{field}"), (refusal.Code, refusal.Path));
        Assert.Contains(gist, refusal.Sentence, StringComparison.Ordinal);
    }

    private static T[] Many<T>(T one) => [.. Enumerable.Repeat(one, 501)];

    [Fact]
    public void The_first_fault_is_the_one_that_is_told() =>
        Assert.Equal("tests[0].package", (Green with { Package = "", Suite = "sarge", Priority = 0 }).Check(Debian, "tests[0]")?.Path);

    [Fact]
    public void A_hostile_name_stays_short_in_its_refusal()
    {
        var refusal = (Green with { Package = new string('\e', 10_000) }).Check(Debian, "tests[0]");
        Assert.True(refusal!.Sentence.Length < 200);
        Assert.DoesNotContain(refusal.Sentence, char.IsControl);
    }
}
