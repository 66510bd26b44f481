using Debci.Domain;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Runs;

/// <summary>A batch as clients write it.</summary>
public sealed class RequestRunsInput
{
    /// <summary>The caller's own id.</summary>
    public string? BatchId { get; set; }
    /// <summary>What a bad test does.</summary>
    public OnBadTest OnBadTest { get; set; }
    /// <summary>Whether debci itself is the requester.</summary>
    public bool AsSystem { get; set; }
    /// <summary>What is asked for.</summary>
    public List<TestInput> Tests { get; set; } = [];
}

/// <summary>What becomes of a batch with a bad test in it.</summary>
public enum OnBadTest
{
    /// <summary>It is refused.</summary>
    RefuseBatch,
    /// <summary>The bad test is, and the others are taken.</summary>
    RefuseTest,
}

/// <summary>What becomes of a batch with a bad test in it.</summary>
public sealed class OnBadTestType() : DescribedEnum<OnBadTest>("What becomes of a batch with a bad test in it.",
    (OnBadTest.RefuseBatch, "The whole batch is refused, and nothing changes."),
    (OnBadTest.RefuseTest, "The bad test is refused, and the others are taken."));

/// <summary>One test as clients write it.</summary>
public sealed class TestInput
{
    /// <summary>Source package.</summary>
    public string Package { get; set; } = "";
    /// <summary>Suite.</summary>
    public string Suite { get; set; } = "";
    /// <summary>Architecture.</summary>
    public string Arch { get; set; } = "";
    /// <summary>Triggers.</summary>
    public List<string> Triggers { get; set; } = [];
    /// <summary>Pins.</summary>
    public List<PinInput> Pins { get; set; } = [];
    /// <summary>Extra sources.</summary>
    public List<string> ExtraSources { get; set; } = [];
    /// <summary>Backend.</summary>
    public string? Backend { get; set; }
    /// <summary>Priority.</summary>
    public int Priority { get; set; } = TestRequest.DefaultPriority;
    /// <summary>Whether older runs give way.</summary>
    public bool SupersedeOlder { get; set; } = true;
    /// <summary>Privacy.</summary>
    public bool IsPrivate { get; set; }

    /// <summary>The request, not yet checked.</summary>
    public TestRequest ToRequest() => new(
        Package, Suite, Arch, Triggers, [.. Pins.Select(p => new Pin(p.Packages, p.Suite))], ExtraSources, Backend, Priority, IsPrivate, !SupersedeOlder);
}

/// <summary>A pin as clients write it.</summary>
public sealed class PinInput
{
    /// <summary>Packages.</summary>
    public List<string> Packages { get; set; } = [];
    /// <summary>Suite.</summary>
    public string Suite { get; set; } = "";
}

/// <summary>The input of <c>requestRuns</c>.</summary>
public sealed class RequestRunsInputType : InputObjectGraphType<RequestRunsInput>
{
    /// <summary>An id and tests.</summary>
    public RequestRunsInputType()
    {
        Name = "RequestRunsInput";
        Description = "A batch of tests.";
        Field<StringGraphType>("batchId").Description("Your own id for this batch: sent again, it answers as the first time and changes nothing.");
        Field<OnBadTestType>("onBadTest").DefaultValue(OnBadTest.RefuseBatch).Description("Whether one bad test refuses the whole batch.");
        Field<BooleanGraphType>("asSystem").DefaultValue(false)
            .Description("Whether the requester is debci itself, as with what `debci schedule` asks for: such runs are in nobody's results and count in nobody's verdicts. Needs a key with the scope `schedule`.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<TestInputType>>>>("tests").Description("1 to 50,000 tests.");
    }
}

/// <summary>One test of a batch.</summary>
public sealed class TestInputType : InputObjectGraphType<TestInput>
{
    /// <summary>What debci's request items have.</summary>
    public TestInputType()
    {
        Name = "TestInput";
        Description = "One test that is asked for.";
        Field<NonNullGraphType<StringGraphType>>("package").Description("Source package.");
        Field<NonNullGraphType<StringGraphType>>("suite").Description("Suite to test in.");
        Field<NonNullGraphType<StringGraphType>>("arch").Description("Debian architecture.");
        Field<ListGraphType<NonNullGraphType<StringGraphType>>>("triggers").Description("What caused it, `source/version` each; `migration-reference/0` for a reference.");
        Field<ListGraphType<NonNullGraphType<PinInputType>>>("pins").Description("Packages to take from another suite.");
        Field<ListGraphType<NonNullGraphType<StringGraphType>>>("extraSources").Description("Names of configured apt sources to add.");
        Field<StringGraphType>("backend").Description("The backend that it needs; any, if left out.");
        Field<IntGraphType>("priority").DefaultValue(TestRequest.DefaultPriority).Description("1 (last) to 10 (first).");
        Field<BooleanGraphType>("supersedeOlder").DefaultValue(true)
            .Description("Whether your pending runs of this package, suite and arch give way whose first trigger names the same source in an older version.");
        Field<BooleanGraphType>("isPrivate").DefaultValue(false).Description("Whether only you and operators may see it.");
    }
}

/// <summary>A pin of a test.</summary>
public sealed class PinInputType : InputObjectGraphType<PinInput>
{
    /// <summary>Packages and their suite.</summary>
    public PinInputType()
    {
        Name = "PinInput";
        Description = "Packages to take from another suite.";
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("packages").Description("Source packages as `src:green`, or binary packages.");
        Field<NonNullGraphType<StringGraphType>>("suite").Description("The suite that they come from.");
    }
}
