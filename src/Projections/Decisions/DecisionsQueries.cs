using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>Which decisions; what is null does not matter.</summary>
/// <param name="Types">Of one of these stored names.</param>
/// <param name="Actor">By this actor.</param>
/// <param name="Package">About this source package.</param>
/// <param name="Run">About this run.</param>
/// <param name="From">Recorded at or after this.</param>
/// <param name="Until">Recorded at or before this.</param>
public sealed record DecisionFilter(
    IReadOnlyList<string>? Types = null, string? Actor = null, string? Package = null, long? Run = null, DateTimeOffset? From = null, DateTimeOffset? Until = null);

/// <summary>Questions about what was decided. Decisions about private runs are among them: for operators, or to be looked at one by one.</summary>
public sealed class DecisionsQueries(NpgsqlDataSource database)
{
    /// <summary>The newest decisions, those before a position (exclusive) if given, at most <paramref name="most"/>.</summary>
    public async Task<IReadOnlyList<DecisionRow>> Newest(DecisionFilter filter, long? before, int most, CancellationToken cancellation = default)
    {
        var conditions = new List<string> { "true" };
        if (filter.Types is not null) conditions.Add("type = any(@types)");
        if (filter.Actor is not null) conditions.Add("actor = @Actor");
        if (filter.Package is not null) conditions.Add("package = @Package");
        if (filter.Run is not null) conditions.Add("run = @Run");
        if (filter.From is not null) conditions.Add("at >= @from");
        if (filter.Until is not null) conditions.Add("at <= @until");
        if (before is not null) conditions.Add("position < @before");
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<DecisionRow>(new CommandDefinition(
            $"select position, at, type, actor, run, package, suite, arch, subject, reason from read.decisions where {string.Join(" and ", conditions)} order by position desc limit @most",
            new { types = filter.Types?.ToArray(), filter.Actor, filter.Package, filter.Run, from = filter.From?.UtcDateTime, until = filter.Until?.UtcDateTime, before, most }, cancellationToken: cancellation))];
    }

    /// <summary>Where decisions stand in the log: the first behind a position, up to another, at most <paramref name="most"/>.</summary>
    public async Task<IReadOnlyList<long>> Positions(long after, long upTo, int most, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<long>(new CommandDefinition(
            "select position from read.decisions where position > @after and position <= @upTo order by position limit @most", new { after, upTo, most }, cancellationToken: cancellation))];
    }
}
