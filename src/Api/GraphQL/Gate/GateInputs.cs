using Debci.Api.Gate;
using Debci.Domain;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Gate;

/// <summary>The key of a result. Tens of thousands come in one question, so it is read without reflection, as are the others here.</summary>
public sealed class ResultKeyInputType : InputObjectGraphType<OutcomeKey>
{
    /// <summary>Package, architecture, trigger.</summary>
    public ResultKeyInputType()
    {
        Name = "ResultKey";
        Description = "What a result is looked up by.";
        Field<NonNullGraphType<StringGraphType>>("package").Description("The tested source package.");
        Field<NonNullGraphType<StringGraphType>>("arch").Description("Debian architecture.");
        Field<NonNullGraphType<StringGraphType>>("trigger").Description("What it was tested for, `source/version`.");
    }

    /// <inheritdoc/>
    public override object ParseDictionary(IDictionary<string, object?> value) =>
        new OutcomeKey((string)value["package"]!, (string)value["arch"]!, (string)value["trigger"]!);
}

/// <summary>A required test.</summary>
public sealed class RequiredTestInputType : InputObjectGraphType<RequiredTest>
{
    /// <summary>Package, architecture, what the caller knows of them.</summary>
    public RequiredTestInputType()
    {
        Name = "RequiredTest";
        Description = "A test that has to let the candidate through.";
        Field<NonNullGraphType<StringGraphType>>("package").Description("The tested source package: the candidate itself, or one that depends on it.");
        Field<NonNullGraphType<StringGraphType>>("arch").Description("Debian architecture.");
        Field<StringGraphType>("version").Description("The version that is to be tested; a waiver is held against it while there is no result.");
        Field<BooleanGraphType>("inTarget").DefaultValue(true).Description("Whether the target suite has this test: a failure of a new test has no reference to wait for.");
        Field<ListGraphType<NonNullGraphType<StringGraphType>>>("versions")
            .Description("The package's versions in the suites that matter. A result of another version is old: it still counts, and is asked for again. Whichever version, if left out.");
    }

    /// <inheritdoc/>
    public override object ParseDictionary(IDictionary<string, object?> value) => new RequiredTest(
        (string)value["package"]!, (string)value["arch"]!, value.TryGetValue("version", out var version) ? (string?)version : null, !value.TryGetValue("inTarget", out var target) || target is not false,
        value.TryGetValue("versions", out var versions) && versions is IEnumerable<object?> list ? [.. list.Select(v => (string)v!)] : null);
}

/// <summary>A candidate.</summary>
public sealed class CandidateInputType : InputObjectGraphType<Candidate>
{
    /// <summary>Source, version, tests.</summary>
    public CandidateInputType()
    {
        Name = "Candidate";
        Description = "A source that wants to migrate into the suite.";
        Field<NonNullGraphType<StringGraphType>>("source").Description("Source package.");
        Field<NonNullGraphType<StringGraphType>>("version").Description("Its version.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<RequiredTestInputType>>>>("tests").Description("What is required of it.");
    }

    /// <inheritdoc/>
    public override object ParseDictionary(IDictionary<string, object?> value) =>
        new Candidate((string)value["source"]!, (string)value["version"]!, [.. ((IEnumerable<object?>)value["tests"]!).Cast<RequiredTest>()]);
}

/// <summary>What a failure is held against.</summary>
public sealed class BaselineType() : DescribedEnum<Baseline>("What a failure is held against; britney's ADT_BASELINE.",
    (Baseline.Reference, "The newest run with the trigger `migration-reference/0`, in the target suite alone; Debian's way."),
    (Baseline.AnyResult, "Whatever the package has ever had there, for whatever trigger: a failure is a regression when it passed once; Ubuntu's way."));

/// <summary>How a gate decides.</summary>
public sealed class GateOptionsInputType : InputObjectGraphType<GateOptions>
{
    private static readonly GateOptions Defaults = new();

    /// <summary>britney's options.</summary>
    public GateOptionsInputType()
    {
        Name = "GateOptions";
        Description = "How a gate decides; the names in brackets are britney's.";
        Field<BaselineType>("baseline").DefaultValue(Defaults.Baseline).Description("What a failure is held against (ADT_BASELINE).");
        Field<IntGraphType>("referenceMaxAgeDays").DefaultValue(Defaults.ReferenceMaxAgeDays).Description("An older reference counts for less, and is asked for again (ADT_REFERENCE_MAX_AGE); null for no limit.");
        Field<BooleanGraphType>("ignoreFailureForNewTests").DefaultValue(Defaults.IgnoreFailureForNewTests)
            .Description("Whether a test that the target suite does not have may fail (ADT_IGNORE_FAILURE_FOR_NEW_TESTS).");
        Field<IntGraphType>("retryOlderThanDays").DefaultValue(Defaults.RetryOlderThanDays).Description("A regression is asked for again after so long (ADT_RETRY_OLDER_THAN); null for never.");
    }

    /// <inheritdoc/>
    public override object ParseDictionary(IDictionary<string, object?> value) => new GateOptions(
        value.TryGetValue("baseline", out var baseline) && baseline is Baseline b ? b : Defaults.Baseline, (int?)value["referenceMaxAgeDays"], value["ignoreFailureForNewTests"] is true, (int?)value["retryOlderThanDays"]);
}
