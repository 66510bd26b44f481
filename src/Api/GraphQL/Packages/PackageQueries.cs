using Debci.Api.Configuration;
using Debci.Domain;
using Debci.Projections;
using Debci.Api.GraphQL.Runs;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Packages;

/// <summary><c>index</c> and <c>package</c>: the same current results, by suite and arch or by package.</summary>
public sealed class PackageQueries(IndexQueries index, QueueQueries queue, QueuePastQueries queuePast, RunQueries runs, LiveConfiguration live, Positions positions, AsOf asOf)
{
    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType query)
    {
        query.Field<NonNullGraphType<MomentConnectionType<IndexEntryType, IndexRow>>>("index")
            .Description("The index of a suite and architecture: each package's current result, which is that of its newest finished run that is public and has no pins.")
            .Argument<NonNullGraphType<StringGraphType>>("suite", "Suite.").Argument<NonNullGraphType<StringGraphType>>("arch", "Debian architecture.")
            .Argument<StatusType>("status", "Those with this result only.")
            .Argument<StringGraphType>("search", "Those whose name contains this only.")
            .Argument<IndexOrderType>("orderBy", a => { a.DefaultValue = IndexOrder.Package; a.Description = "Sorted by what; equal ones by name."; })
            .Argument<BooleanGraphType>("descending", a => { a.DefaultValue = false; a.Description = "Largest first."; }).Paged().AtLeast().AsOf()
            .ResolveAsync(async c => await Index(c));
        query.Field<PackageType>("package").Description("A source package; null when nothing is known of it.")
            .Argument<NonNullGraphType<StringGraphType>>("name", "Its name.").AtLeast().AsOf()
            .ResolveAsync(async c => await Package(c));
    }

    private async Task<Page<IndexRow>> Index(IResolveFieldContext c)
    {
        var (suite, arch, first) = (c.GetArgument<string>("suite"), c.GetArgument<string>("arch"), c.First());
        if ((live.Archive.CheckSuite(suite, "suite") ?? live.Archive.CheckArch(arch, "arch")) is { } refusal)
            throw new RefusedException(refusal);
        await positions.WaitForArgument(c);
        var question = new IndexQuestion(suite, arch, c.GetArgument<Status?>("status"), c.GetArgument<string?>("search"),
            c.GetArgument<IndexOrder>("orderBy"), c.GetArgument<bool>("descending"));
        var after = c.After() is { } text ? IndexCursor.Read(question.Order, text) ?? throw PagingArguments.BadCursor() : null;
        var (moment, reached) = (await asOf.Argument(c), positions.Reached);
        var rows = await index.List(question, after, first + 1, moment?.Position, c.CancellationToken);
        return Page.Of(rows, first, r => IndexCursor.Show(question.Order, r)) with { Position = moment?.Position ?? reached };
    }

    private async Task<PackageView?> Package(IResolveFieldContext c)
    {
        await positions.WaitForArgument(c);
        var name = c.GetArgument<string>("name");
        var (moment, reached, filter) = (await asOf.Argument(c), positions.Reached, new QueueFilter(Package: name));
        var results = await index.OfPackages([name], moment?.Position, c.CancellationToken);
        var queued = moment is null ? await queue.List(filter, null, Page.Most, c.Viewer(), c.CancellationToken)
            : await queuePast.List(filter, null, Page.Most, c.Viewer(), moment.Position, c.CancellationToken);
        var known = results.Count > 0 || queued.Count > 0 || await runs.IsKnown(name, c);
        return known ? new PackageView(name, results, queued, moment, moment?.Position ?? reached) : null;
    }
}
