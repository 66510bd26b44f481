using System.Runtime.CompilerServices;
using Debci.Api.Gate;
using Debci.Domain;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Gate;

/// <summary>An outcome, told when it was stored.</summary>
/// <param name="Cursor">Where to resume; also a cursor of <c>outcomes</c>.</param>
/// <param name="Outcome">The outcome.</param>
public sealed record OutcomeChange(FeedCursor Cursor, OutcomeRow Outcome);

/// <summary><c>outcomeAdded</c>: first what is behind the cursor, by the table, then what comes, by the live feed.</summary>
public sealed class OutcomeSubscription(OutcomesQueries outcomes, WholeRows rows, RunFeed feed, Positions positions)
{
    private const int PageSize = 500;

    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType subscription) => subscription
        .Field<NonNullGraphType<OutcomeChangeType>>("outcomeAdded")
        .Description("Outcomes of one requester's runs as they come, instead of asking `outcomes` again and again. None is left out behind `after`; one may come twice. "
            + "Who reads too slowly gets the error RESYNC and subscribes again from the last cursor.")
        .Argument<StringGraphType>("suite", "Of this suite only.").Argument<StringGraphType>("requester", OutcomeFields.RequesterHelp)
        .Argument<StringGraphType>("after", "A cursor of `outcomes` or of this subscription; from now on, if it is left out.")
        .Resolve(c => c.Source)
        .ResolveStreamAsync(async c =>
        {
            var (whose, suite) = (Whose.Of(c.Caller(), c.GetArgument<string?>("requester")), c.GetArgument<string?>("suite"));
            FeedCursor? after = c.GetArgument<string?>("after") is { } text ? await positions.ReadPassedCursor(text, "after", c.CancellationToken) : null;
            return new AsyncObservable<OutcomeChange>(cancellation => Follow(whose, suite, after, cancellation), c.Pace());
        });

    private async IAsyncEnumerable<OutcomeChange> Follow(Whose whose, string? suite, FeedCursor? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (after is { } behind)
        {
            await rows.Position(cancellation);
            var (page, passed) = await outcomes.Feed(whose.Requester, suite, null, behind.Position, PageSize, cancellation);
            foreach (var outcome in whose.Visible(page))
                yield return new OutcomeChange(new FeedCursor(outcome.Position), outcome);
            after = page.Count == 0 ? new FeedCursor(Math.Max(passed, behind.Position)) : new FeedCursor(page[^1].Position);
            if (page.Count < PageSize)
                break;
        }
        await foreach (var change in feed.Follow(after, c => Wants(whose, suite, c), cancellation))
            yield return new OutcomeChange(change.Cursor, ToOutcome(change));
    }

    // At its end, and not at what came before it and shows the end too. Who sees private runs had it then; others have it when it is published.
    private static bool Wants(Whose whose, string? suite, RunChange change) => change.IsNewest && !(change.IsPublication && whose.SeesPrivate) && Wants(whose, suite, change.Run);

    private static bool Wants(Whose whose, string? suite, RunRow run) =>
        run.IsOver && run.Requester == whose.Requester && (suite is null || run.Key.Suite == suite) && (whose.SeesPrivate || !run.Key.Private);

    private static DateTime WholeSeconds(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));

    private static OutcomeRow ToOutcome(RunChange change)
    {
        var run = change.Run;
        return new OutcomeRow(change.Cursor.Position, run.Key.Id, run.Key.Package, run.Key.Suite, run.Key.Arch, run.Key.Private, string.Join(' ', run.Triggers),
            string.Join(' ', run.ExtraSources), run.Status ?? Status.Tmpfail, run.Version, run.DurationSeconds, (run.ImportedAt ?? run.EndedAt!).Value.UtcDateTime, (run.UpdatedAt ?? run.EndedAt!).Value.UtcDateTime,
            run.IsImported ? run.EndedAt!.Value.UtcDateTime : WholeSeconds(run.EndedAt!.Value.UtcDateTime));
    }
}

/// <summary>An outcome and its cursor.</summary>
public sealed class OutcomeChangeType : ObjectGraphType<OutcomeChange>
{
    /// <summary>Cursor and outcome.</summary>
    public OutcomeChangeType(Positions positions)
    {
        Name = "OutcomeChange";
        Description = "A run that is over.";
        Field<NonNullGraphType<StringGraphType>>("cursor").Description("Give it as `after` to go on behind this one.").Resolve(c => positions.Show(c.Source.Cursor));
        Field<NonNullGraphType<OutcomeType>>("outcome").Description("What came of it.").Resolve(c => c.Source.Outcome);
    }
}
