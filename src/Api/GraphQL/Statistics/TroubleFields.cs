using Debci.Projections;
using GraphQL;
using GraphQL.Builders;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Statistics;

/// <summary><c>failing</c>, <c>slow</c> and <c>platformSpecific</c>: what the maintainers of a suite look after.</summary>
public sealed class TroubleFields(TroubleQueries trouble, KnownPlaces places, Positions positions)
{
    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType query)
    {
        OfSuite<FailingPackageType, SuitePackage<Failure>>(query, "failing", "Packages that fail on any architecture of a suite, by name; without sources that have left it.")
            .ResolveAsync(async c => await ByName(c, trouble.Failing));
        OfSuite<PlatformSpecificPackageType, SuitePackage<IndexRow>>(query, "platformSpecific",
            "Packages whose current results differ between architectures of a suite, by name; a TMPFAIL, which says nothing of the package, makes no difference. Without sources that have left it.")
            .ResolveAsync(async c => await ByName(c, trouble.PlatformSpecific));
        OfSuite<SlowPackageType, IndexRow>(query, "slow", "The current results of a suite whose runs took longest, the longest first; without those of which nobody knows how long they took, and without sources that have left it.")
            .Argument<StringGraphType>("arch", "On this architecture only.").ResolveAsync(async c => await Slow(c));
    }

    private static FieldBuilder<object?, object> OfSuite<TNode, T>(ObjectGraphType query, string name, string description) where TNode : IGraphType => query
        .Field<NonNullGraphType<ConnectionType<TNode, T>>>(name).Description(description).Argument<NonNullGraphType<StringGraphType>>("suite", "Suite.").Paged().AtLeast();

    private async Task<Page<SuitePackage<T>>> ByName<T>(IResolveFieldContext c, Func<string, string?, int, CancellationToken, Task<IReadOnlyList<SuitePackage<T>>>> ask)
    {
        var (suite, first) = (c.GetArgument<string>("suite"), c.First());
        await places.Check(suite, null, c.CancellationToken);
        await positions.WaitForArgument(c);
        return Page.Of(await ask(suite, c.After(), first + 1, c.CancellationToken), first, p => p.Package);
    }

    private async Task<Page<IndexRow>> Slow(IResolveFieldContext c)
    {
        var (suite, arch, first) = (c.GetArgument<string>("suite"), c.GetArgument<string?>("arch"), c.First());
        await places.Check(suite, arch, c.CancellationToken);
        await positions.WaitForArgument(c);
        var after = c.After() is { } text ? SlowCursor.Read(text) ?? throw PagingArguments.BadCursor() : null;
        return Page.Of(await trouble.Slow(suite, arch, after, first + 1, c.CancellationToken), first, SlowCursor.Show);
    }
}
