using System.Globalization;
using Debci.Domain;
using GraphQL;
using GraphQL.Builders;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Statistics;

/// <summary>Days, from the first to the last, both included; UTC.</summary>
public sealed record Period(DateOnly From, DateOnly To)
{
    /// <summary>The last so many days, today included.</summary>
    public static Period Last(int days, TimeProvider clock) => new(Today(clock).AddDays(1 - days), Today(clock));

    /// <summary>Today.</summary>
    public static DateOnly Today(TimeProvider clock) => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    /// <summary>As GraphQL and addresses write it.</summary>
    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The arguments <c>from</c> and <c>to</c>; one that is left out is so many days before the other, or the day that it is asked on.</summary>
    /// <exception cref="RefusedException">They are the wrong way round, or more days than can be asked for.</exception>
    internal static Period Argument(IResolveFieldContext c, int usual, int most, DateOnly today)
    {
        var (from, to) = (c.GetArgument<DateOnly?>("from"), c.GetArgument<DateOnly?>("to"));
        var last = to ?? today;
        var first = from ?? DateOnly.FromDayNumber(Math.Max(0, last.DayNumber + 1 - usual));
        if (first > last)
            throw new RefusedException(RefusalCode.Invalid, $"from = {Text(first)} is behind to = {Text(last)}; give the earlier day as from.", "from");
        return last.DayNumber - first.DayNumber < most ? new Period(first, last)
            : throw new RefusedException(RefusalCode.Invalid, $"From {Text(first)} to {Text(last)} are more than {most} days; ask for fewer at once.", "from");
    }
}

/// <summary>The arguments of a period.</summary>
internal static class PeriodArguments
{
    public static FieldBuilder<TSource, TReturn> InPeriod<TSource, TReturn>(this FieldBuilder<TSource, TReturn> field, int usual, int most, string last = "today") => field
        .Argument<DateOnlyGraphType>("from", a => a.Description = $"The first day (UTC), such as 2026-11-01; {usual} days up to the last one, if it is left out. At most {most} days.")
        .Argument<DateOnlyGraphType>("to", a => a.Description = $"The last day (UTC); {last}, if it is left out.");
}
