using Debci.Api.GraphQL.Runs;
using Debci.Domain;
using Debci.Projections;
using GraphQL;
using GraphQL.Builders;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Statistics;

/// <summary><c>tmpfails</c> and <c>tmpfailCauses</c>: runs that came to nothing, by what went wrong.</summary>
public sealed class TmpfailFields(TmpfailsQueries tmpfails, KnownPlaces places, Positions positions, AsOf asOf, TimeProvider clock)
{
    private const int Usual = 30;
    private const int Most = 366;

    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType query)
    {
        Of(query.Field<NonNullGraphType<ListGraphType<NonNullGraphType<TmpfailCauseType>>>>("tmpfailCauses")
            .Description("How many public runs came to nothing through no fault of their package (TMPFAIL, or ABANDONED), by what went wrong, the most frequent first.")).AtLeast()
            .ResolveAsync(async c => await tmpfails.Causes(await Question(c), c.CancellationToken));
        Of(query.Field<NonNullGraphType<ConnectionType<TmpfailType, TmpfailRow>>>("tmpfails")
            .Description("The public runs that came to nothing through no fault of their package (TMPFAIL, or ABANDONED), the newest end first."))
            .Argument<CauseType>("cause", "With this cause only.").Paged().AtLeast().ResolveAsync(async c => await List(c));
    }

    private static FieldBuilder<object?, object> Of(FieldBuilder<object?, object> field) => field
        .Argument<StringGraphType>("suite", "Of this suite only.").Argument<StringGraphType>("arch", "On this architecture only.").InPeriod(Usual, Most, "today, or the day of `asOf`").AsOf();

    private async Task<Page<TmpfailRow>> List(IResolveFieldContext c)
    {
        var first = c.First();
        var after = c.After() is { } text ? TmpfailCursor.Read(text) ?? throw PagingArguments.BadCursor() : null;
        var question = await Question(c) with { Cause = c.GetArgument<Cause?>("cause") };
        return Page.Of(await tmpfails.List(question, after, first + 1, c.CancellationToken), first, TmpfailCursor.Show);
    }

    private async Task<TmpfailQuestion> Question(IResolveFieldContext c)
    {
        var (suite, arch) = (c.GetArgument<string?>("suite"), c.GetArgument<string?>("arch"));
        await places.Check(suite, arch, c.CancellationToken);
        await positions.WaitForArgument(c);
        var moment = await asOf.Argument(c);
        var period = Period.Argument(c, Usual, Most, moment is null ? Period.Today(clock) : DateOnly.FromDateTime(moment.At.UtcDateTime));
        return new TmpfailQuestion(period.From, period.To, suite, arch, AsOf: moment?.Position);
    }
}

/// <summary>A cause, and how many runs came to nothing by it.</summary>
public sealed class TmpfailCauseType : ObjectGraphType<CauseCount>
{
    /// <summary>The cause and its count.</summary>
    public TmpfailCauseType()
    {
        Name = "TmpfailCause";
        Description = "What went wrong, and how many runs came to nothing by it.";
        Field<CauseType>("cause").Description("What went wrong; null for imported runs, of which nobody says.").Resolve(c => c.Source.Cause);
        this.Count("runs", "How many runs.", c => c.Runs);
    }
}

/// <summary>A run that came to nothing.</summary>
public sealed class TmpfailType : ObjectGraphType<TmpfailRow>
{
    /// <summary>Which run, and why.</summary>
    public TmpfailType(RunLoader loader)
    {
        Name = "Tmpfail";
        Description = "A run that came to nothing through no fault of its package.";
        Field<NonNullGraphType<IdGraphType>>("runId").Description("The run's number.").Resolve(c => c.Source.Run);
        Field<RunType>("run").Description("The run itself.").Resolve(c => loader.Load(c, c.Source.Run));
        Field("package", r => r.Package).Description("Source package.");
        Field("suite", r => r.Suite).Description("Suite.");
        Field("arch", r => r.Arch).Description("Debian architecture.");
        Field<CauseType>("cause").Description("What went wrong; null for an imported run, of which nobody says.").Resolve(c => c.Source.Cause);
        Field("message", r => r.Message).Description("The same in a sentence.");
        Field("worker", r => r.Worker, nullable: true).Description("Who had its last attempt; null of a run that was given up, or where nobody says.");
        Field("version", r => r.Version, nullable: true).Description("The version that was tested, or was to be; null where it is not known.");
        Field("endedAt", r => r.EndedAt).Description("When it ended; UTC, by the log's clock. Of an imported run: by the clock there.");
    }
}
