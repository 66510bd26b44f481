using Debci.Domain;

namespace Debci.Api.Pages.Statistics;

/// <summary>A span of days that a page offers, by its words.</summary>
public sealed record Span(int Days, string Words)
{
    /// <summary>The one that is asked for, or else the first.</summary>
    /// <exception cref="RefusedException">It is not offered.</exception>
    public static Span Of(IReadOnlyList<Span> offered, int? days) => days is null ? offered[0] : offered.FirstOrDefault(s => s.Days == days)
        ?? throw new RefusedException(RefusalCode.Invalid, $"{days} days are not offered; choose one of {string.Join(", ", offered.Select(s => s.Days))}.", "days");
}

/// <summary>Addresses below <c>/status</c>.</summary>
public static class StatusAddresses
{
    /// <summary>The pages: address and what it is called.</summary>
    public static readonly IReadOnlyList<(string Address, string Title)> All =
    [
        ("/status", "Charts"), ("/status/failing", "Failing"), ("/status/platform-specific-issues", "Platform-specific"), ("/status/slow", "Slow"), ("/status/tmpfails", "Tmpfails"),
    ];

    /// <summary>The way to them.</summary>
    public static IReadOnlyList<(string, string)> Above(string? suite) => [("Suites", "/"), ("Status", Addresses.With("/status", ("suite", suite)))];

    /// <summary>What their live regions follow, on the first page of a list.</summary>
    public static IReadOnlyDictionary<string, string>? Live(string? suite, string? after) => after is not null ? null
        : suite is null ? Page.EveryRun : new Dictionary<string, string> { ["suite"] = suite };
}
