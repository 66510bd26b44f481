using Debci.Domain;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Packages;

/// <summary><c>packages</c> and <c>similarPackages</c>: which packages there are.</summary>
public sealed class PackageList(PackagesQueries packages, Positions positions)
{
    private const int MostSimilar = 20;

    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType query)
    {
        query.Field<NonNullGraphType<ConnectionType<FoundPackageType, PackageRow>>>("packages").Description("The source packages that have a public result.")
            .Argument<StringGraphType>("search", "Those whose name contains this only.")
            .Argument<StringGraphType>("suite", "Those with a current result in this suite only.")
            .Argument<StringGraphType>("arch", "Those with a current result on this architecture only.")
            .Argument<StatusType>("status", "Those with such a current result only, in that suite and on that architecture if given.")
            .Argument<PackageOrderType>("orderBy", a => { a.DefaultValue = PackageOrder.Name; a.Description = "Sorted by what."; }).Paged().AtLeast()
            .ResolveAsync(async c => await List(c));
        query.Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("similarPackages")
            .Description($"Names of packages that are like a mistyped one, the nearest first; {MostSimilar} at most.")
            .Argument<NonNullGraphType<StringGraphType>>("name", "The mistyped name.")
            .ResolveAsync(async c => await packages.Near(c.GetArgument<string>("name"), MostSimilar, c.CancellationToken));
    }

    private async Task<Page<PackageRow>> List(IResolveFieldContext c)
    {
        await positions.WaitForArgument(c);
        var (first, order) = (c.First(), c.GetArgument<PackageOrder>("orderBy"));
        var filter = new PackageFilter(c.GetArgument<string?>("search"), c.GetArgument<string?>("suite"), c.GetArgument<string?>("arch"), c.GetArgument<Status?>("status"));
        var rows = await packages.Search(filter, order, After(c), first + 1, c.CancellationToken);
        return Page.Of(rows, first, r => $"{r.Rank}~{r.FinishedAt.Ticks}~{r.Package}");
    }

    private static PackageRow? After(IResolveFieldContext c) => c.After()?.Split('~') switch
    {
        null => null,
        [var rank, var ticks, var package] when int.TryParse(rank, out var r) && long.TryParse(ticks, out var t) && t is >= 0 and < 3_155_378_975_999_999_999 =>
            new PackageRow(package, new DateTime(t, DateTimeKind.Utc), r),
        _ => throw PagingArguments.BadCursor(),
    };
}

/// <summary>A source package in a list.</summary>
public sealed class FoundPackageType : ObjectGraphType<PackageRow>
{
    /// <summary>Its name, and when its newest result came.</summary>
    public FoundPackageType()
    {
        Name = "FoundPackage";
        Description = "A source package that has a public result.";
        Field("name", p => p.Package).Description("Its name; `package(name)` tells more.");
        Field<NonNullGraphType<DateTimeGraphType>>("finishedAt").Description("When its newest result was stored; UTC, by the log's clock.").Resolve(c => c.Source.FinishedAt);
    }
}
