using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Runs;

/// <summary><c>runChanged</c>.</summary>
public sealed class RunSubscriptions(RunFeed feed, Positions positions)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType subscription) => subscription
        .Field<NonNullGraphType<RunChangeType>>("runChanged")
        .Description("Each run that something happens to, as it stands when it is told: what happened twice in the meantime shows the later state twice. "
            + "None is left out behind `after`; one may come twice. Who reads too slowly gets the error RESYNC and subscribes again from the last cursor.")
        .Argument<RunFilterType>("filter", "Which runs, as they stand when told: with a state or status, only those that are still in it then. All that you may see, if it is left out.")
        .Argument<StringGraphType>("after", "The cursor of the last change that you have; from now on, if it is left out.")
        .Resolve(c => c.Source)
        .ResolveStreamAsync(async c =>
        {
            var (filter, viewer) = (c.GetArgument<RunFilter?>("filter") ?? new RunFilter(), c.Viewer());
            FeedCursor? after = c.GetArgument<string?>("after") is { } text ? await positions.ReadPassedCursor(text, "after", c.CancellationToken) : null;
            return new AsyncObservable<RunChange>(cancellation => feed.Follow(after, change => viewer.MaySeeRun(change.Run) && filter.Holds(change.Run), cancellation), c.Pace());
        });
}

/// <summary>A run that something happened to.</summary>
public sealed class RunChangeType : ObjectGraphType<RunChange>
{
    /// <summary>Cursor and run.</summary>
    public RunChangeType(Positions positions)
    {
        Name = "RunChange";
        Description = "A run that something happened to.";
        Field<NonNullGraphType<StringGraphType>>("cursor").Description("Give it as `after` to go on behind this change.")
            .Resolve(c => positions.Show(c.Source.Cursor));
        Field<NonNullGraphType<RunType>>("run").Description("The run as it stands now.").Resolve(c => c.Source.Run);
    }
}
