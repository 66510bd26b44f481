using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Queue;

/// <summary><c>queue</c>.</summary>
public sealed class QueueFields(QueueQueries queue, Positions positions)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ConnectionType<QueueEntryType, QueueRow>>>("queue")
        .Description("What is asked for and not over: pending and running runs, in the order in which workers take them.")
        .Argument<StringGraphType>("suite", "Of this suite only.").Argument<StringGraphType>("arch", "On this architecture only.")
        .Argument<StringGraphType>("package", "Of this source package only.").Paged().AtLeast()
        .ResolveAsync(async c =>
        {
            await positions.WaitForArgument(c);
            var first = c.First();
            var rows = await queue.List(c.GetArgument<string?>("suite"), c.GetArgument<string?>("arch"), c.GetArgument<string?>("package"),
                c.After() is { } after ? QueueCursor.Read(after) ?? throw PagingArguments.BadCursor() : null, first + 1, c.Viewer(), c.CancellationToken);
            return Page.Of(rows, first, r => $"{new QueueCursor(r.Priority, r.Run)}");
        });
}

/// <summary>A run that is not over.</summary>
public sealed class QueueEntryType : ObjectGraphType<QueueRow>
{
    /// <summary>What the queue shows.</summary>
    public QueueEntryType()
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
    }
}
