using System.Globalization;
using Debci.Api.GraphQL.Statistics;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Statistics;

/// <summary>Which tmpfails a page shows; null is any, and of days the usual number.</summary>
public sealed record TmpfailsAsked(string? Suite, string? Arch, Cause? Cause, int? Days);

/// <summary>One page of the runs that came to nothing, and how many there are of each cause.</summary>
public sealed record TmpfailsView(
    TmpfailsAsked Asked, Span Span, IReadOnlyList<string> Suites, IReadOnlyList<string> Arches, IReadOnlyList<CauseCount> Causes, IReadOnlyList<TmpfailRow> Rows, string? Next, string? First);

/// <summary>Runs that came to nothing through no fault of their package, by what went wrong.</summary>
public sealed class TmpfailsPage(TmpfailsQueries tmpfails, KnownPlaces places, TimeProvider clock)
{
    private const int Most = 50;

    /// <summary>The spans to choose from, the usual one first.</summary>
    public static readonly IReadOnlyList<Span> Spans = [new(30, "30 days"), new(1, "today"), new(7, "a week"), new(90, "90 days"), new(366, "a year")];

    /// <summary>Reads it.</summary>
    /// <param name="asked">Which.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RefusedException">There is no such suite, architecture or span, or <paramref name="after"/> is of another list.</exception>
    public async Task<Page> Load(TmpfailsAsked asked, string? after, CancellationToken cancellation)
    {
        var span = Span.Of(Spans, asked.Days);
        var known = await places.Check(asked.Suite, asked.Arch, cancellation);
        var cursor = after is null ? null : TmpfailCursor.Read(after)
            ?? throw new RefusedException(RefusalCode.Invalid, "This page does not belong to this list; begin at the first page.", "after");
        var period = Period.Last(span.Days, clock);
        var question = new TmpfailQuestion(period.From, period.To, asked.Suite, asked.Arch, asked.Cause);
        var rows = await tmpfails.List(question, cursor, Most + 1, cancellation);
        var view = new TmpfailsView(asked, span, known.Suites, known.Arches, await tmpfails.Causes(question, cancellation), [.. rows.Take(Most)],
            rows.Count > Most ? Address(asked, TmpfailCursor.Show(rows[Most - 1])) : null, after is null ? null : Address(asked));
        return new Page("Tmpfails by cause", typeof(Tmpfails), view, Query(asked, period, after), StatusAddresses.Above(asked.Suite), StatusAddresses.Live(asked.Suite, after));
    }

    /// <summary>The address of a part of it.</summary>
    public static string Address(TmpfailsAsked asked, string? after = null) => Addresses.With("/status/tmpfails", ("suite", asked.Suite), ("arch", asked.Arch),
        ("cause", asked.Cause?.ToString().ToLowerInvariant()), ("days", asked.Days?.ToString(CultureInfo.InvariantCulture)), ("after", after));

    /// <summary>A cause in words: <c>testbed failure</c>.</summary>
    public static string Name(Cause? cause) => cause is null ? "not known"
        : string.Concat($"{cause}".Select((letter, i) => i > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    private static string Query(TmpfailsAsked asked, Period period, string? after)
    {
        var place = string.Concat(new[] { ("suite", asked.Suite), ("arch", asked.Arch) }.Where(p => p.Item2 is not null).Select(p => $", {p.Item1}: {Addresses.Literal(p.Item2!)}"));
        var more = (asked.Cause is { } cause ? $", cause: {Name(cause).Replace(' ', '_').ToUpperInvariant()}" : "") + (after is null ? "" : $", after: {Addresses.Literal(after)}");
        return $$"""
            { tmpfailCauses(from: "{{Period.Text(period.From)}}"{{place}}) { cause runs }
              tmpfails(from: "{{Period.Text(period.From)}}"{{place}}{{more}}, first: {{Most}}) {
                nodes { runId package suite arch cause message worker endedAt } pageInfo { hasNextPage endCursor } } }
            """;
    }
}
