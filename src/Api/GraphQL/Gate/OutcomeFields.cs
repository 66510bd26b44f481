using Debci.Api.Gate;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Gate;

/// <summary><c>outcomes</c>, <c>pendingTests</c>: what came of a requester's runs, and what is still to come.</summary>
public sealed class OutcomeFields(OutcomesQueries outcomes, WholeRows rows, Positions positions)
{
    /// <summary>Most outcomes on a page: a gate begins with 170,000.</summary>
    public const int Most = 5000;

    /// <summary>The argument that says whose.</summary>
    public const string RequesterHelp = "Account id of who asked for the runs, all zeros for debci itself; your own, if left out.";

    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType query)
    {
        query.Field<NonNullGraphType<ConnectionType<OutcomeType, OutcomeRow>>>("outcomes")
            .Description("What came of the runs of one requester, in the order in which it was stored: nothing comes before what you have seen, nothing is left out, and a cursor is valid for ever. "
                + "Begin without `after`, keep `endCursor`, and go on behind it.")
            .Argument<StringGraphType>("suite", "Of this suite only.").Argument<StringGraphType>("requester", RequesterHelp)
            .Argument<DateTimeGraphType>("since", "Recorded at this time (UTC) or later, to begin with.").PagedInBulk(Most).AtLeast()
            .ResolveAsync(async c =>
            {
                await positions.WaitForArgument(c);
                await rows.Position(c.CancellationToken);
                var (whose, first) = (Whose.Of(c.Caller(), c.GetArgument<string?>("requester")), c.First(Most));
                var after = c.After() is { } cursor ? (await positions.ReadPassedCursor(cursor, "after", c.CancellationToken)).Position : 0;
                var (found, passed) = await outcomes.Feed(whose.Requester, c.GetArgument<string?>("suite"), c.GetArgument<DateTime?>("since")?.ToUniversalTime(), after, first + 1, c.CancellationToken);
                var page = found.Take(first).ToList();
                return new Page<OutcomeRow>([.. whose.Visible(page)], found.Count > first, o => positions.Show(o.Position))
                { End = positions.Show(page.Count > 0 ? page[^1].Position : Math.Max(after, passed)) };
            });
        query.Field<NonNullGraphType<ListGraphType<NonNullGraphType<OutcomeType>>>>("pendingTests")
            .Description("All runs of one requester that are not over, pending and running ones, however old: with `minPosition`, what was asked for a moment ago is among them.")
            .Argument<StringGraphType>("suite", "Of this suite only.").Argument<StringGraphType>("requester", RequesterHelp).AtLeast()
            .ResolveAsync(async c =>
            {
                await positions.WaitForArgument(c);
                await rows.MustHaveAll(c.CancellationToken);
                var whose = Whose.Of(c.Caller(), c.GetArgument<string?>("requester"));
                return whose.Visible(await outcomes.PendingOf(whose.Requester, c.GetArgument<string?>("suite"), c.CancellationToken)).ToList();
            });
    }
}

/// <summary>What came of a run, as a gate reads it.</summary>
public sealed class OutcomeType : ObjectGraphType<OutcomeRow>
{
    /// <summary>debci's fields of a result, in this API's words.</summary>
    public OutcomeType()
    {
        Name = "Outcome";
        Description = "What came of a run, as a gate such as britney reads it; or a run that is still to come.";
        Field<NonNullGraphType<IdGraphType>>("run").Description("The run's number.").Resolve(c => c.Source.Run);
        Field("package", o => o.Package).Description("The tested source package.");
        Field("suite", o => o.Suite).Description("The suite that it was tested in: the target of the migration.");
        Field("arch", o => o.Arch).Description("Debian architecture.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("triggers").Description("What it counts for, `source/version` each; `migration-reference/0` for a run in the target suite alone.")
            .Resolve(c => Words(c.Source.Triggers));
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("extraSources").Description("Names of the apt sources that were added.").Resolve(c => Words(c.Source.ExtraSources));
        Field<StatusType>("status").Description("Its result; TMPFAIL also for what was cancelled, superseded or abandoned. Null while it is pending or running.").Resolve(c => c.Source.Status);
        Field("version", o => o.Version, nullable: true).Description("The tested version, where it is known.");
        Field("durationSeconds", o => o.DurationSeconds, nullable: true).Description("How long it took, by the worker's clock.");
        Field<NonNullGraphType<DateTimeGraphType>>("recordedAt").Description("When the outcome was stored, UTC; nothing moves it later, and no later outcome has an earlier time. Of a run that is not over: when it was asked for.")
            .Resolve(c => c.Source.RecordedAt);
        Field<NonNullGraphType<DateTimeGraphType>>("updatedAt").Description("When the outcome was accepted, UTC, which is what results are ordered by: as `recordedAt`, but for a run that was imported, whose outcome was accepted elsewhere.")
            .Resolve(c => c.Source.UpdatedAt);
        Field<NonNullGraphType<DateTimeGraphType>>("date").Description("When the test ended, UTC: as `recordedAt`, but for a run that was imported.").Resolve(c => c.Source.Date);
        Field("isPrivate", o => o.Private).Description("Whether only its requester and operators may see it.");
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
