using Debci.Api.GraphQL.Packages;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Statistics;

/// <summary>A package that fails in a suite.</summary>
public sealed class FailingPackageType : ObjectGraphType<SuitePackage<Failure>>
{
    /// <summary>Its name, and where it fails.</summary>
    public FailingPackageType()
    {
        Name = "FailingPackage";
        Description = "A package that fails on some architectures of a suite.";
        Field("package", p => p.Package).Description("Source package.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<FailureType>>>>("failures").Description("Where it fails, by architecture.").Resolve(c => c.Source.Places);
    }
}

/// <summary>A current result that is a fail.</summary>
public sealed class FailureType : ObjectGraphType<Failure>
{
    /// <summary>The result, and since when it is that.</summary>
    public FailureType()
    {
        Name = "Failure";
        Description = "A current result that is a FAIL.";
        Field("since", f => f.Since).Description("When the first of the fails came that no PASS and no NEUTRAL has come between; UTC.");
        Field<NonNullGraphType<IndexEntryType>>("result").Description("The current result.").Resolve(c => c.Source.Result);
    }
}

/// <summary>A package whose results differ between architectures.</summary>
public sealed class PlatformSpecificPackageType : ObjectGraphType<SuitePackage<IndexRow>>
{
    /// <summary>Its name, and all its results.</summary>
    public PlatformSpecificPackageType()
    {
        Name = "PlatformSpecificPackage";
        Description = "A package whose current results differ between architectures of a suite.";
        Field("package", p => p.Package).Description("Source package.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<IndexEntryType>>>>("results").Description("Its current results in the suite, by architecture.").Resolve(c => c.Source.Places);
    }
}

/// <summary>A current result whose run took long.</summary>
public sealed class SlowPackageType : ObjectGraphType<IndexRow>
{
    /// <summary>How long, and the result.</summary>
    public SlowPackageType()
    {
        Name = "SlowPackage";
        Description = "A package on an architecture, with how long the run of its current result took.";
        Field("package", r => r.Package).Description("Source package.");
        Field("arch", r => r.Arch).Description("Debian architecture.");
        Field<NonNullGraphType<IntGraphType>>("durationSeconds").Description("How long it took, by the worker's clock.").Resolve(c => c.Source.DurationSeconds);
        Field<NonNullGraphType<IndexEntryType>>("result").Description("The current result.").Resolve(c => c.Source);
    }
}
