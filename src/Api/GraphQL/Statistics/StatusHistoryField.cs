using Debci.Api.Views;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Statistics;

/// <summary><c>statusHistory</c>: what debci's charts are made of, from the rows of <c>history.json</c>.</summary>
public sealed class StatusHistoryField(StatusesQueries statuses, KnownPlaces places, Positions positions, TimeProvider clock)
{
    private const int Usual = 90;

    /// <summary>Most days at once.</summary>
    public const int Most = 1100;

    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ListGraphType<NonNullGraphType<StatusDayType>>>>("statusHistory")
        .Description("How many packages of a suite and architecture had which status when a day ended (UTC), or have it today; each day, the oldest first, from the first that anything is known of. The same as history.json. "
            + "Not to be had as of a moment: days are kept as sums, and a result that came late has changed the sum of a day before.")
        .Argument<NonNullGraphType<StringGraphType>>("suite", "Suite.").Argument<NonNullGraphType<StringGraphType>>("arch", "Debian architecture.").InPeriod(Usual, Most).AtLeast()
        .ResolveAsync(async c => await Days(c));

    private async Task<IReadOnlyList<StatusDay>> Days(IResolveFieldContext c)
    {
        var (suite, arch, period) = (c.GetArgument<string>("suite"), c.GetArgument<string>("arch"), Period.Argument(c, Usual, Most, Period.Today(clock)));
        await places.Check(suite, arch, c.CancellationToken);
        await positions.WaitForArgument(c);
        return [.. StatusJson.EveryDay(await statuses.Days(suite, arch, c.CancellationToken), Period.Today(clock)).Where(d => d.Day >= period.From && d.Day <= period.To)];
    }
}

/// <summary>How many packages had which status when a day ended.</summary>
public sealed class StatusDayType : ObjectGraphType<StatusDay>
{
    /// <summary>The day and its counts.</summary>
    public StatusDayType()
    {
        Name = "StatusDay";
        Description = "How many packages of a suite and architecture had which status when a day ended (UTC), or have it today. Sources that have left the suite are counted up to then.";
        Field<NonNullGraphType<DateOnlyGraphType>>("day").Description("The day.").Resolve(c => c.Source.Day);
        this.Count("pass", "Packages whose result was PASS.", d => d.Pass);
        this.Count("fail", "Packages whose result was FAIL.", d => d.Fail);
        this.Count("neutral", "Packages whose result was NEUTRAL.", d => d.Neutral);
        this.Count("tmpfail", "Packages whose result was TMPFAIL.", d => d.Tmpfail);
        this.Count("total", "Packages that had a result.", d => d.Total);
    }
}
