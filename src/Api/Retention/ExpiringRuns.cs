using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Retention;

/// <summary>What is kept of logs and artifacts; 0 for no limit.</summary>
/// <param name="Days">Older ones expire.</param>
/// <param name="PackageBytes">Of a package that has more, the oldest expire.</param>
public sealed record RetentionPolicy(int Days, long PackageBytes)
{
    /// <summary>Whether everything is kept.</summary>
    public bool KeepsAll => (Days, PackageBytes) == (0, 0);

    /// <summary>A rule's limit.</summary>
    public long LimitOf(RetentionRule rule) => rule == RetentionRule.Age ? Days : PackageBytes;
}

/// <summary>A run whose files are to go.</summary>
/// <param name="Run">Which.</param>
/// <param name="Rule">By which rule.</param>
/// <param name="Bytes">What its log (plain) and artifacts have.</param>
/// <param name="EndedAt">When it ended, UTC.</param>
public sealed record ExpiringRun(RunKey Run, RetentionRule Rule, long Bytes, DateTime EndedAt);

/// <summary>Finds runs whose files a policy keeps no longer, some packages at a time, so that no question is long.</summary>
public sealed class ExpiringRuns(NpgsqlDataSource database)
{
    private const int PackagesAtOnce = 100;

    /// <summary>
    /// The files of the newest pass and the newest fail of each package, suite and architecture stay: of public runs, of each requester's private
    /// ones, and of runs with pins or other sources apart, so that none of these drives out what the others' readers need. Times are the
    /// database's clock against the end that is shown.
    /// </summary>
    private const string Sql = """
        with files as (
            select run, package, suite, arch, private, ended_at,
                coalesce(log_bytes, 0) + coalesce(artifacts_bytes, 0) as bytes,
                coalesce(status in ('pass', 'fail'), false) and row_number() over (
                    partition by package, suite, arch, private, case when private then requester end, pins is not null or extra_sources <> '', status
                    order by run desc) = 1 as newest
            -- Of those that have files: a newer pass that never had any is no reason to give up the newest that has.
            from read.runs where package = any(@packages) and ended_at is not null and files_expired_at is null
                and (log_bytes is not null or artifacts_bytes is not null or (state <> 'finished' and attempt > 0))),
        summed as (
            select *, sum(bytes) over (partition by package order by newest desc, ended_at desc, run desc) as total from files)
        select run, package, suite, arch, private, bytes, ended_at, @days > 0 and ended_at < now() - make_interval(days => @days) as aged
        from summed where not newest and ((@days > 0 and ended_at < now() - make_interval(days => @days)) or (@most > 0 and total > @most))
        order by package, ended_at, run
        """;

    /// <summary>All of them, package by package.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ExpiringRun>> Find(RetentionPolicy policy, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (policy.KeepsAll)
            yield break;
        for (var packages = await Packages("", cancellation); packages.Length > 0; packages = await Packages(packages[^1], cancellation))
            yield return await Of(packages, policy, cancellation);
    }

    private async Task<IReadOnlyList<ExpiringRun>> Of(string[] packages, RetentionPolicy policy, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(long Run, string Package, string Suite, string Arch, bool Private, long Bytes, DateTime EndedAt, bool Aged)>(new CommandDefinition(
            Sql, new { packages, days = policy.Days, most = policy.PackageBytes }, cancellationToken: cancellation));
        return [.. rows.Select(r => new ExpiringRun(new RunKey(r.Run, r.Package, r.Suite, r.Arch, r.Private), r.Aged ? RetentionRule.Age : RetentionRule.Size, r.Bytes, r.EndedAt))];
    }

    // From one name to the next by the index: a package may have a hundred thousand runs.
    private async Task<string[]> Packages(string after, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<string>(new CommandDefinition($"""
            with recursive names as (
                (select package from read.runs where package > @after order by package limit 1)
                union all select (select r.package from read.runs r where r.package > n.package order by r.package limit 1) from names n where n.package is not null)
            select package from names where package is not null limit {PackagesAtOnce}
            """, new { after }, cancellationToken: cancellation))];
    }
}
