using Debci.Api.Dispatch;
using Debci.Projections;
using GraphQL;
using GraphQL.DataLoader;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Queue;

/// <summary><c>queue</c>.</summary>
public sealed class QueueFields(QueueQueries queue, QueuePastQueries past, Positions positions, AsOf asOf)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<MomentConnectionType<QueueEntryType, QueueRow>>>("queue")
        .Description("What is asked for and not over: pending and running runs, in the order in which workers take them; as of a moment, in the order in which they were asked for.")
        .Argument<StringGraphType>("suite", "Of this suite only.").Argument<StringGraphType>("arch", "On this architecture only.")
        .Argument<StringGraphType>("package", "Of this source package only.").Argument<StringGraphType>("requester", "Asked for by this account only.")
        .Argument<StringGraphType>("trigger", "With this trigger only, `source/version`.").Paged().AtLeast().AsOf()
        .ResolveAsync(async c =>
        {
            await positions.WaitForArgument(c);
            var first = c.First();
            var filter = new QueueFilter(c.GetArgument<string?>("suite"), c.GetArgument<string?>("arch"), c.GetArgument<string?>("package"),
                c.GetArgument<string?>("requester"), c.GetArgument<string?>("trigger"));
            var cursor = c.After() is { } after ? QueueCursor.Read(after) ?? throw PagingArguments.BadCursor() : null;
            var (moment, reached) = (await asOf.Argument(c), positions.Reached);
            var rows = moment is null ? await queue.List(filter, cursor, first + 1, c.Viewer(), c.CancellationToken)
                : await past.List(filter, cursor, first + 1, c.Viewer(), moment.Position, c.CancellationToken);
            return Page.Of(rows, first, r => $"{new QueueCursor(r.Place, r.Run)}") with { Position = moment?.Position ?? reached };
        });
}

/// <summary>Loads the outlooks of a whole answer at once.</summary>
public sealed class OutlookLoader(Forecast forecast)
{
    /// <summary>What follows from the run's outlook; null for a running one.</summary>
    public IDataLoaderResult<object?> Load(IResolveFieldContext<QueueRow> context, Func<Outlook, object?> value)
    {
        if (!context.UserContext.TryGetValue(nameof(OutlookLoader), out var known))
        {
            context.UserContext[nameof(OutlookLoader)] = known = new BatchLoader<QueueRow, Outlook>(async (rows, cancellation) =>
            {
                var outlooks = await forecast.Of(rows, cancellation);
                return rows.Where(r => outlooks.ContainsKey(r.Run)).ToDictionary(r => r, r => outlooks[r.Run]);
            });
        }
        return ((BatchLoader<QueueRow, Outlook>)known!).Load(context.Source, o => o is null ? null : value(o));
    }
}

/// <summary>A run that is not over.</summary>
public sealed class QueueEntryType : ObjectGraphType<QueueRow>
{
    /// <summary>What the queue shows.</summary>
    public QueueEntryType(OutlookLoader outlooks)
    {
        Name = "QueueEntry";
        Description = "A run that is not over.";
        Field<NonNullGraphType<IdGraphType>>("run").Description("The run's number.").Resolve(c => c.Source.Run);
        Field("package", r => r.Package).Description("Source package.");
        Field("suite", r => r.Suite).Description("Suite.");
        Field("arch", r => r.Arch).Description("Debian architecture.");
        Field<NonNullGraphType<RunStateType>>("state").Description("Pending or running.").Resolve(c => Enum.Parse<RunState>(c.Source.State, ignoreCase: true));
        Field("priority", r => r.Priority).Description("1 (last) to 10 (first).");
        Field("attempts", r => r.Attempts).Description("How many attempts have begun.");
        Field("worker", r => r.Worker, nullable: true).Description("Who has it.");
        Field<NonNullGraphType<DateTimeGraphType>>("requestedAt").Description("When it was asked for; UTC.").Resolve(c => c.Source.RequestedAt);
        Field<DateTimeGraphType>("startedAt").Description("When the attempt began; UTC.").Resolve(c => c.Source.StartedAt);
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("needs").Description("What a worker must provide: a backend, an isolation, tags.").Resolve(c => c.Source.Lane.Needs);
        Field<DateTimeGraphType>("notBefore").Description("The pause before a further attempt ends then; UTC.").Resolve(c => c.Source.NotBefore);
        Field<IntGraphType>("place").Description("Its place among the pending runs that the same workers can take; 1 is next. Null while it runs, and as of a moment.").Resolve(c => Of(outlooks, c, o => (object)o.Place));
        Field<DateTimeGraphType>("expectedStart").Description("When a worker is likely to take it, guessed from its place and from how long runs took of late; UTC.")
            .Resolve(c => Of(outlooks, c, o => o.ExpectedStart?.UtcDateTime));
        Field<StringGraphType>("waitsFor").Description("What is in its way beside other runs (no worker that could take it, a pause, a quarantine), in a sentence.").Resolve(c => Of(outlooks, c, o => o.WaitsFor));
    }

    private static IDataLoaderResult<object?> Of(OutlookLoader outlooks, IResolveFieldContext<QueueRow> context, Func<Outlook, object?> value) =>
        outlooks.Load(context, value);
}
