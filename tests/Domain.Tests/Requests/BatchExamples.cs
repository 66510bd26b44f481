namespace Debci.Domain.Tests;

/// <summary>What britney asks for when green is to migrate.</summary>
internal static class BatchExamples
{
    public static readonly Guid Id = new("0190f3a0-0000-7000-8000-000000000001");
    public const string Britney = "c0ffee00-0000-4000-8000-000000000001";
    public const string Somebody = "c0ffee00-0000-4000-8000-000000000002";

    public static TestRequest Test(string package, string arch = "amd64") =>
        new(package, "testing", arch, ["green/2"], [new Pin(["src:green"], "unstable")], ["unstable"],
            null, TestRequest.DefaultPriority, false);

    public static RequestBatch Ask(IReadOnlyList<TestRequest> items, long firstRun = 100) =>
        new(Id, Britney, items, [.. Enumerable.Range(0, items.Count).Select(i => new ItemAnswer.New(firstRun + i, []))]);

    public static BatchEvent Requested(long run, TestRequest test, string requester = Britney) => new BatchEvent.Requested(
        new RunKey(run, test.Package, test.Suite, test.Arch, test.Private), requester,
        test.Triggers, test.Pins, test.ExtraSources, test.Priority, test.Backend);

    public static BatchEvent Accepted(int runs) => new BatchEvent.Accepted(Id, Britney, runs);
}
