using System.Globalization;
using Dapper;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using GraphQL;
using GraphQL.Builders;
using Npgsql;

namespace Debci.Api.GraphQL;

/// <summary>
/// Reads the moments that clients ask for: a time in ISO 8601, or a position as this server shows them. A moment that is given stands in
/// the log, and the rows have come as far.
/// </summary>
public sealed class AsOf(Moments moments, Positions positions, IEventLog log, ReadPosition read, NpgsqlDataSource database, TimeProvider clock)
{
    private const string Help = "give a time such as 2026-11-23T14:05:00Z, or a position that this server answered";
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd", .. from day in new[] { "yyyy-MM-ddTHH:mm", "yyyy-MM-dd HH:mm" } from seconds in new[] { "", ":ss", ":ss.FFFFFFF" } from zone in new[] { "", "zzz", "Z" }
            select zone == "Z" ? $"{day}{seconds}'Z'" : $"{day}{seconds}{zone}",
    ];

    private bool there;

    /// <summary>The moment of the argument <c>asOf</c>; null where it is not given: now.</summary>
    /// <exception cref="RefusedException">There is no such moment, or not yet.</exception>
    public Task<Moment?> Argument(IResolveFieldContext context) => Read(context.GetArgument<string?>("asOf"), context.CancellationToken);

    /// <summary>The moment behind a text; null for none.</summary>
    /// <exception cref="RefusedException">It cannot be read, lies in the future, before the log or beyond its end, is of another log; or the rows are not so far.</exception>
    public async Task<Moment?> Read(string? text, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        // A log's word holds neither sign, and a time both or the first.
        var moment = text.AsSpan().ContainsAny('-', ':') ? await OfTime(text.Trim(), cancellation) : await OfPosition(text.Trim(), cancellation);
        await WaitForRows(moment, text, cancellation);
        return moment;
    }

    private async Task<Moment> OfTime(string text, CancellationToken cancellation)
    {
        if (!DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            throw Refused($"{StoredText.Quote(text)} is no moment; {Help}.");
        var place = await moments.Find(time, cancellation);
        if (time > clock.GetUtcNow() && place is not { Settled: true })
            throw Refused($"{StoredText.Quote(text)} lies in the future, of which nothing is known; leave asOf out for now.");
        if (place is null)
            throw Refused($"Nothing was stored yet at {StoredText.Quote(text)}; {await Begins(cancellation)}.");
        return new Moment(place.Position, time);
    }

    private async Task<Moment> OfPosition(string text, CancellationToken cancellation)
    {
        if (!text.Contains('.', StringComparison.Ordinal))
            throw Refused($"{StoredText.Quote(text)} is no moment; {Help}.");
        var position = positions.Read(text, "asOf");
        if (position > await log.Head(cancellation))
            throw Refused($"The position {StoredText.Quote(text)} lies beyond the log's end; {Help}.");
        return await moments.TimeOf(position, cancellation) is { } at ? new Moment(position, at)
            : throw Refused($"Nothing was stored yet at {StoredText.Quote(text)}; {await Begins(cancellation)}.");
    }

    private async Task<string> Begins(CancellationToken cancellation) => await log.ReadAll(0, 1, cancellation) is [var first]
        ? $"the log begins at {first.RecordedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}, position {positions.Show(first.Position)}" : "the log is empty";

    // Rows that have passed a moment say of it what they will always say; those that stopped before it never came there.
    private async Task WaitForRows(Moment moment, string text, CancellationToken cancellation)
    {
        if (!await read.WaitFor(moment.Position, AtMost, cancellation))
            throw new RefusedException(RefusalCode.NotYet, $"The rows have not come as far as {StoredText.Quote(text)} within {AtMost.TotalSeconds:0} seconds; ask again.", "asOf");
        if (read.Stopped.FirstOrDefault(s => s.Position <= moment.Position) is { } stopped)
            throw new RefusedException(RefusalCode.NotYet, $"The read model {stopped.Model} has stopped before that moment, and what it would say is not known; operators find the reason at /health.", "asOf");
        if (!(there = there || await HasRows(cancellation)))
            throw new RefusedException(RefusalCode.NotYet, "The rows of the past are being made, as after an upgrade; ask again later.", "asOf");
    }

    // A new version of a model is filled before it is seen: until then the old one has no past.
    private async Task<bool> HasRows(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select to_regclass('read.index_past') is not null and to_regclass('read.queue_past') is not null and to_regclass('read.policies_past') is not null", cancellationToken: cancellation));
    }

    private static RefusedException Refused(string sentence) => new(RefusalCode.Invalid, sentence, "asOf");
}

/// <summary>The argument <c>asOf</c>.</summary>
internal static class AsOfArgument
{
    public static FieldBuilder<TSource, TReturn> AsOf<TSource, TReturn>(this FieldBuilder<TSource, TReturn> field) =>
        field.Argument<global::GraphQL.Types.StringGraphType>("asOf", a => a.Description =
            "A moment: a time in ISO 8601 (UTC, where it says no zone), or a position. The answer is by what was stored up to then, by today's rules, and for eyes of today; now, if it is left out.");
}
