using System.Globalization;
using Debci.Api.Dispatch;
using Debci.Api.Events;
using Debci.Api.GraphQL.Runs;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Audit;

/// <summary>A decision with who (by name, where it is known) and why (in their words, where they were not erased).</summary>
public sealed record ShownDecision(DecisionRow Row, string Who, string? Why);

/// <summary>One page of decisions, and what was asked for.</summary>
public sealed record AuditView(
    IReadOnlyList<ShownDecision> Rows, string? What, string? Who, string? Package, string? Run, string? From, string? Until, string? Next, string? First, bool IsSession, string Caller);

/// <summary>What was decided, by whom and why; the newest first.</summary>
public sealed class AuditPage(DecisionsQueries decisions, AccessKeys keys, Texts texts, GraphQL.Positions positions)
{
    /// <summary>The same as GraphQL.</summary>
    public const string Query = "{ events(filter: {decisions: true}) { nodes { recordedAt actor type run package suite arch data position } pageInfo { hasNextPage endCursor } } }";

    private const int Most = 100;

    /// <summary>Reads it.</summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="caller">An operator.</param>
    /// <param name="isSession">Whether they can sign out.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RefusedException">What is asked for cannot be read.</exception>
    public async Task<Page> Load(IQueryCollection query, Caller caller, bool isSession, CancellationToken cancellation)
    {
        string? Of(string name) => query[name].ToString().Trim() is { Length: > 0 } value ? value : null;
        var (what, who, package, run, from, until, before) = (Of("what"), Of("who"), Of("package"), Of("run"), Of("from"), Of("until"), Of("before"));
        var filter = new DecisionFilter(Types(what), await Actor(who, cancellation), package, run is null ? null : RunQueries.ReadId(run, "run"),
            EventQuestion.Moment(from, "from"), EndOf(EventQuestion.Moment(until, "until"), until));
        var rows = await decisions.Newest(filter, before is null ? null : positions.Read(before, "before"), Most + 1, cancellation);
        string Address(string? behind) => Addresses.With("/audit", ("what", what), ("who", who), ("package", package), ("run", run), ("from", from), ("until", until), ("before", behind));
        return new Page("Audit", typeof(Audit), new AuditView(await Show([.. rows.Take(Most)], cancellation), what, who, package, run, from, until,
            rows.Count > Most ? Address(positions.Show(rows[Most - 1].Position)) : null, before is null ? null : Address(null), isSession, caller.Name), Query);
    }

    private static IReadOnlyList<string>? Types(string? what) => what is null ? null : DecisionWords.TypesOf(what)
        ?? throw new RefusedException(RefusalCode.Invalid, $"There are no decisions {StoredText.Quote(what)}; choose one of {string.Join(", ", DecisionWords.Kinds)}.", "what");

    // An account by its name, or an actor as events have it.
    private async Task<string?> Actor(string? who, CancellationToken cancellation) => who switch
    {
        null => null,
        "debci" => who,
        _ when who.Contains(':', StringComparison.Ordinal) => who,
        _ => await keys.IdOf(who, cancellation) is { } id ? $"account:{id:D}"
            : throw new RefusedException(RefusalCode.Invalid, $"There is no account {StoredText.Quote(who)}; give an account's name, debci, or an actor such as worker:NAME.", "who"),
    };

    // A day is meant whole.
    private static DateTimeOffset? EndOf(DateTimeOffset? until, string? text) =>
        until is { } day && text?.Length == "2026-11-28".Length && day.Date < DateTime.MaxValue.Date ? day.AddDays(1).AddTicks(-1) : until;

    private async Task<IReadOnlyList<ShownDecision>> Show(IReadOnlyList<DecisionRow> rows, CancellationToken cancellation)
    {
        var names = await keys.NamesOf([.. rows.Select(r => AccountOf(r.Actor)).OfType<Guid>().Distinct()], cancellation);
        var reasons = await texts.Find(rows.Select(r => r.Reason), cancellation);
        return [.. rows.Select(r => new ShownDecision(r, AccountOf(r.Actor) is { } id ? names.GetValueOrDefault(id, r.Actor) : r.Actor,
            r.Reason is { } hash ? reasons.GetValueOrDefault(hash, Dispatch.Texts.Erased) : null))];
    }

    private static Guid? AccountOf(string actor) =>
        actor.StartsWith("account:", StringComparison.Ordinal) && Guid.TryParse(actor.AsSpan("account:".Length), CultureInfo.InvariantCulture, out var id) ? id : null;
}
