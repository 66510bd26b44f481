using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Queue;

/// <summary><c>queueChanged</c>.</summary>
public sealed class QueueSubscriptions(RunFeed feed, Positions positions)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType subscription) => subscription
        .Field<NonNullGraphType<QueueChangeType>>("queueChanged")
        .Description("Each run that joins the queue, starts, goes back to it or leaves it. None is left out behind `after`; one may come twice. "
            + "Who reads too slowly gets the error RESYNC and subscribes again from the last cursor.")
        .Argument<QueueFilterType>("filter", "Which runs; all that you may see, if it is left out.")
        .Argument<StringGraphType>("after", "The cursor of the last change that you have; from now on, if it is left out.")
        .Resolve(c => c.Source)
        .ResolveStream(c =>
        {
            var (filter, viewer) = (c.GetArgument<QueueFilter?>("filter") ?? new QueueFilter(), c.Viewer());
            FeedCursor? after = c.GetArgument<string?>("after") is { } text ? positions.ReadCursor(text, "after") : null;
            return new AsyncObservable<RunChange>(stop => feed.Follow(after, change => viewer.MaySeeRun(change.Run) && filter.Fits(change.Run), stop), c.Pace());
        });
}

/// <summary>Which runs of the queue.</summary>
/// <param name="Suite">In this suite.</param>
/// <param name="Arch">On this architecture.</param>
/// <param name="Package">Of this source package.</param>
public sealed record QueueFilter(string? Suite = null, string? Arch = null, string? Package = null)
{
    /// <summary>Whether a run is one of them.</summary>
    public bool Fits(RunRow run) => (Suite ?? run.Key.Suite, Arch ?? run.Key.Arch, Package ?? run.Key.Package) == (run.Key.Suite, run.Key.Arch, run.Key.Package);
}

/// <summary>Which runs of the queue.</summary>
public sealed class QueueFilterType : InputObjectGraphType<QueueFilter>
{
    /// <summary>Each field narrows it.</summary>
    public QueueFilterType()
    {
        Name = "QueueFilter";
        Description = "Which runs of the queue; what is left out does not matter.";
        Field<StringGraphType>("suite").Description("In this suite.");
        Field<StringGraphType>("arch").Description("On this Debian architecture.");
        Field<StringGraphType>("package").Description("Of this source package.");
    }
}

/// <summary>A change of the queue.</summary>
public sealed class QueueChangeType : ObjectGraphType<RunChange>
{
    /// <summary>What happened, and the entry as it is.</summary>
    public QueueChangeType(Positions positions)
    {
        Name = "QueueChange";
        Description = "A change of the queue.";
        Field<NonNullGraphType<StringGraphType>>("cursor").Description("Give it as `after` to go on behind this change.").Resolve(c => positions.Show(c.Source.Cursor));
        Field<NonNullGraphType<QueueMoveType>>("kind").Description("What happened.").Resolve(c => c.Source.Move);
        Field<NonNullGraphType<IdGraphType>>("run").Description("The run's number.").Resolve(c => c.Source.Run.Key.Id);
        Field<QueueEntryType>("entry").Description("The run's entry as it stands when it is told; null when the run has left, then or since.")
            .Resolve(c => Entry(c.Source.Run));
    }

    private static QueueRow? Entry(RunRow run)
    {
        if (run.IsOver)
            return null;
        var runs = run.State == RunState.Running;
        return new QueueRow(run.Key.Id, run.Key.Package, run.Key.Suite, run.Key.Arch, $"{run.State}", run.Priority, run.Attempt,
            runs ? run.Worker : null, run.RequestedAt.UtcDateTime, runs ? run.StartedAt?.UtcDateTime : null);
    }
}
