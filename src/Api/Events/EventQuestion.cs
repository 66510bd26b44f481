using System.Globalization;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Events;

/// <summary>Which events, as a client says it in words; a wrong word is refused with a sentence.</summary>
public static class EventQuestion
{
    private static readonly string[] Known =
        ["run", "package", "suite", "arch", "requester", "worker", "actor", "type", "from", "until", "decisions", "after", "follow"];

    /// <summary>The filter in an address.</summary>
    /// <exception cref="RefusedException">A parameter is not known, or cannot be read.</exception>
    public static EventFilter Read(IQueryCollection query)
    {
        if (query.Keys.FirstOrDefault(k => !Known.Contains(k)) is { } odd)
            throw Invalid($"There is no parameter {StoredText.Quote(odd)} here; there are {string.Join(", ", Known)}.", odd);
        return new EventFilter(Run(Of(query, "run")), Of(query, "package"), Of(query, "suite"), Of(query, "arch"), Type(Of(query, "type"), "type"), Of(query, "actor"),
            Of(query, "worker"), Of(query, "requester"), Moment(Of(query, "from"), "from"), Moment(Of(query, "until"), "until"), Flag(query, "decisions"));
    }

    /// <summary>Whether a parameter without a value, or with <c>true</c>, is there.</summary>
    public static bool Flag(IQueryCollection query, string name) => query.TryGetValue(name, out var value) && value.ToString() switch
    {
        "" or "1" or "true" => true,
        "0" or "false" => false,
        var odd => throw Invalid($"{name} is true or false, and not {StoredText.Quote(odd)}.", name),
    };

    /// <summary>A moment in words: a date is its beginning, a time without a zone is UTC.</summary>
    public static DateTimeOffset? Moment(string? text, string path) => text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) ? moment
        : throw Invalid($"{StoredText.Quote(text)} is no moment; write 2026-11-28 or 2026-11-28T09:05:00Z.", path);

    /// <summary>The stored name in words.</summary>
    public static string? Type(string? name, string path) => name is null || StoredNames.TypeOf(name) is not null ? name
        : throw Invalid($"There are no events {StoredText.Quote(name)}; there are {string.Join(", ", StoredNames.Everything.Select(e => e.Name))}.", path);

    /// <summary>An account's id; its name too, of which operators alone may ask.</summary>
    public static async Task<string?> Requester(string? said, Caller caller, AccessKeys keys, CancellationToken cancellation) =>
        said is null || Guid.TryParse(said, out _) || !caller.Has(Scope.Admin) ? said
            : (await keys.IdOf(said, cancellation))?.ToString("D") ?? throw Invalid($"There is no account {StoredText.Quote(said)}.", "requester");

    private static long? Run(string? text) => text is null ? null : GraphQL.Runs.RunQueries.ReadId(text, "run");

    private static string? Of(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } value ? value : null;

    private static RefusedException Invalid(string sentence, string path) => new(RefusalCode.Invalid, sentence, path);
}
