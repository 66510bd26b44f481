using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Queue;

/// <summary>What happened to the queue.</summary>
public enum QueueChangeKind
{
    /// <summary>A run was asked for.</summary>
    Joined,
    /// <summary>A worker took it.</summary>
    Started,
    /// <summary>Its attempt came to nothing, and it waits again.</summary>
    Returned,
    /// <summary>It is over.</summary>
    Left,
}

/// <summary><c>queueChanged</c>: the changes of runs, as the queue sees them.</summary>
public sealed class QueueSubscription(RunFeed feed, Positions positions)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType subscription) => subscription
        .Field<NonNullGraphType<QueueChangeType>>("queueChanged")
        .Description("Runs that join the queue, start, come back to it or leave it; each as it stands when it is told. None is left out behind `after`; one may come twice. "
            + "Who reads too slowly gets the error RESYNC and subscribes again from the last cursor.")
        .Argument<StringGraphType>("suite", "Of this suite only.").Argument<StringGraphType>("arch", "On this architecture only.")
        .Argument<StringGraphType>("package", "Of this source package only.")
        .Argument<StringGraphType>("after", "The cursor of the last change that you have; from now on, if it is left out.")
        .Resolve(c => c.Source)
        .ResolveStreamAsync(async c =>
        {
            var (suite, arch, package) = (c.GetArgument<string?>("suite"), c.GetArgument<string?>("arch"), c.GetArgument<string?>("package"));
            var viewer = c.Viewer();
            FeedCursor? after = c.GetArgument<string?>("after") is { } text ? await positions.ReadPassedCursor(text, "after", c.CancellationToken) : null;
            bool Wants(RunChange change) => viewer.MaySeeRun(change.Run)
                && Fits(suite, change.Run.Key.Suite) && Fits(arch, change.Run.Key.Arch) && Fits(package, change.Run.Key.Package);
            return new AsyncObservable<RunChange>(cancellation => feed.Follow(after, Wants, cancellation), c.Pace());
        });

    /// <summary>What a run that stands so means for the queue.</summary>
    internal static QueueChangeKind KindOf(RunRow run) => run switch
    {
        { State: RunState.Pending, Attempt: 0 } => QueueChangeKind.Joined,
        { State: RunState.Pending } => QueueChangeKind.Returned,
        { State: RunState.Running } => QueueChangeKind.Started,
        _ => QueueChangeKind.Left,
    };

    private static bool Fits(string? wanted, string actual) => wanted is null || wanted == actual;
}

/// <summary>What happened to the queue.</summary>
public sealed class QueueChangeKindType() : DescribedEnum<QueueChangeKind>("What happened to the queue.",
    (QueueChangeKind.Joined, "A run was asked for, and waits."),
    (QueueChangeKind.Started, "A worker took it."),
    (QueueChangeKind.Returned, "Its attempt came to nothing, and it waits again."),
    (QueueChangeKind.Left, "It is over."));

/// <summary>A change of the queue.</summary>
public sealed class QueueChangeType : ObjectGraphType<RunChange>
{
    /// <summary>Cursor, kind and run.</summary>
    public QueueChangeType(Positions positions)
    {
        Name = "QueueChange";
        Description = "A change of the queue.";
        Field<NonNullGraphType<StringGraphType>>("cursor").Description("Give it as `after` to go on behind this change.").Resolve(c => positions.Show(c.Source.Cursor));
        Field<NonNullGraphType<QueueChangeKindType>>("kind").Description("What happened.").Resolve(c => QueueSubscription.KindOf(c.Source.Run));
        Field<NonNullGraphType<Runs.RunType>>("run").Description("The run as it stands now.").Resolve(c => c.Source.Run);
    }
}
