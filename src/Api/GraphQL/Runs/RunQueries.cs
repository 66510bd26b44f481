using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Runs;

/// <summary><c>run</c>, <c>runs</c> and <c>history</c>.</summary>
public sealed class RunQueries(RunsQueries runs, HistoryQueries histories, Positions positions, AsOf asOf)
{
    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType query)
    {
        query.Field<RunType>("run").Description("One run; null when there is none that you may see.")
            .Argument<NonNullGraphType<IdGraphType>>("id", "Its number.").AtLeast()
            .ResolveAsync(async c =>
            {
                await positions.WaitForArgument(c);
                return await runs.Find(IdArgument(c, "id"), c.Viewer(), c.CancellationToken);
            });
        query.Field<NonNullGraphType<ConnectionType<RunType, RunRow>>>("runs").Description("Runs, the newest first.")
            .Argument<RunFilterType>("filter", "Which ones; all that you may see, if it is left out.").Paged().AtLeast()
            .ResolveAsync(async c =>
            {
                await positions.WaitForArgument(c);
                var (first, filter) = (c.First(), c.GetArgument<RunFilter?>("filter") ?? new RunFilter());
                var rows = await runs.List(filter, c.AfterNumber(), first + 1, c.Viewer(), c.CancellationToken);
                return Page.Of(rows, first, r => $"{r.Key.Id}");
            });
        query.Field<NonNullGraphType<MomentConnectionType<HistoryEntryType, HistoryRow>>>("history")
            .Description("The finished runs of a package, the newest result first.")
            .Argument<NonNullGraphType<StringGraphType>>("package", "Source package.")
            .Argument<StringGraphType>("suite", "Of this suite only.").Argument<StringGraphType>("arch", "On this architecture only.").Paged().AtLeast().AsOf()
            .ResolveAsync(async c => await History(c, c.GetArgument<string>("package"), await asOf.Argument(c)));
    }

    internal async Task<Page<HistoryRow>> History(IResolveFieldContext c, string package, Moment? moment)
    {
        await positions.WaitForArgument(c);
        var (first, reached) = (c.First(), positions.Reached);
        long? before = c.After() is { } after ? await positions.ReadPassed(after, "after", c.CancellationToken) : null;
        if (moment is not null)
            before = Math.Min(before ?? long.MaxValue, moment.Position + 1);
        var rows = await histories.List(package, c.GetArgument<string?>("suite"), c.GetArgument<string?>("arch"), before, first + 1, c.Viewer(), c.CancellationToken);
        return Page.Of(rows, first, r => positions.Show(r.Position)) with { Position = moment?.Position ?? reached };
    }

    /// <summary>Whether any run of the package was ever asked for, that the viewer may see.</summary>
    internal async Task<bool> IsKnown(string package, IResolveFieldContext c) =>
        (await runs.List(new RunFilter(Package: package), null, 1, c.Viewer(), c.CancellationToken)).Count > 0;

    internal static long IdArgument(IResolveFieldContext context, string name) => ReadId(context.GetArgument<string>(name), name);

    /// <summary>A run's number, as a client writes it.</summary>
    internal static long ReadId(string text, string path) => long.TryParse(text, System.Globalization.NumberStyles.None, null, out var id) ? id
        : throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(text)} is no run id; it is a number.", path);
}

/// <summary>Which runs to list.</summary>
public sealed class RunFilterType : InputObjectGraphType<RunFilter>
{
    /// <summary>Each field narrows the list.</summary>
    public RunFilterType()
    {
        Name = "RunFilter";
        Description = "Which runs; what is left out does not matter.";
        Field<StringGraphType>("package").Description("Source package.");
        Field<StringGraphType>("suite").Description("Suite.");
        Field<StringGraphType>("arch").Description("Debian architecture.");
        Field<RunStateType>("state").Description("Where it stands.");
        Field<StatusType>("status").Description("Its result.");
        Field<StringGraphType>("requester").Description("Account id of who asked.");
    }
}

/// <summary>A finished run in a package's history.</summary>
public sealed class HistoryEntryType : ObjectGraphType<HistoryRow>
{
    /// <summary>What a history shows.</summary>
    public HistoryEntryType()
    {
        Name = "HistoryEntry";
        Description = "A finished run in a package's history.";
        Field<NonNullGraphType<IdGraphType>>("run").Description("The run's number.").Resolve(c => c.Source.Run);
        Field("package", r => r.Package).Description("Source package.");
        Field("suite", r => r.Suite).Description("Suite.");
        Field("arch", r => r.Arch).Description("Debian architecture.");
        Field("pinned", r => r.Pinned).Description("Whether it ran with packages of another suite.");
        Field<NonNullGraphType<StatusType>>("status").Description("Its result.").Resolve(c => c.Source.Status);
        Field<CauseType>("cause").Description("What went wrong outside the package.").Resolve(c => c.Source.Cause);
        Field("version", r => r.Version, nullable: true).Description("The tested version.");
        Field("message", r => r.Message).Description("The result in a sentence.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("triggers").Description("What caused it.").Resolve(c => c.Source.Triggers);
        Field("durationSeconds", r => r.DurationSeconds, nullable: true).Description("How long it took, by the worker's clock; null when nobody knows.");
        Field("worker", r => r.Worker).Description("Who ran it.");
        Field("finishedAt", r => r.FinishedAt).Description("When the result was stored; UTC, by the log's clock. Of an imported run: when its test ended, by the clock there.");
    }
}
