using Debci.Playground;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>An archive of Debian's size, its rows as the read models write them, put straight into their tables: 40,000 packages, a million runs.</summary>
internal static class BigArchive
{
    /// <summary>What stands in a million runs' rows.</summary>
    public const string Words = "1,000,000 runs of 40,000 packages on 3 suites × 8 arches";

    public static async Task<Server> Start(double scale)
    {
        var server = await Server.Start(c => c with
        {
            Suites = ["testing", "unstable", "experimental"], Arches = ["amd64", "arm64", "armel", "armhf", "i386", "ppc64el", "riscv64", "s390x"],
        });
        var (runs, packages) = ((int)(1_000_000 * scale), (int)(40_000 * scale));
        await using var fill = server.Get<NpgsqlDataSource>().CreateCommand(Sql(runs, packages));
        fill.CommandTimeout = 1200;
        await fill.ExecuteNonQueryAsync();
        return server;
    }

    /// <summary>The name of a package that has some 25 results; one in a hundred has 60 more, on testing/amd64.</summary>
    public static string Package(int number) => $"package-{number}";

    private static string Sql(int runs, int packages) => $$"""
        create temp table made as
            select i as run, 'package-' || i % {{packages}} as package, (array['testing', 'unstable', 'experimental'])[1 + (i / {{packages}}) % 3] as suite,
                (array['amd64', 'arm64', 'armel', 'armhf', 'i386', 'ppc64el', 'riscv64', 's390x'])[1 + (i / {{packages}}) % 8] as arch,
                (array['pass', 'pass', 'pass', 'pass', 'pass', 'pass', 'fail', 'neutral', 'tmpfail', 'fail'])[1 + (i * 7919::bigint / 13) % 10] as status,
                timestamptz '2026-01-01' + make_interval(secs => i * 20.0) as at, 1 + i % 900 as duration, i % 40 || '.' || i % 13 || '-1' as version
            from generate_series(1, {{runs}}) as i;
        insert into read.history (package, suite, arch, position, run, private, requester, pinned, status, cause, version, message, triggers, duration, worker, finished_at)
            select package, suite, arch, run * 3, run, false, 'c0ffee00-0000-4000-8000-000000000001', false, status,
                case status when 'tmpfail' then 'testbedFailure' end, version, 'All tests passed', 'glibc/2.41-6 gcc-14/14.2.0-1', duration, 'ci-worker-12', at from made;
        insert into read.runs (run, stream, state, package, suite, arch, private, requester, triggers, extra_sources, priority, requested_at, asked_position, position, attempt, worker,
                used_backend, started_at, ended_at, status, cause, message, exit_code, version, duration, tests, test_count, log_bytes, needs)
            select run, 'batch-' || run, 'finished', package, suite, arch, false, 'c0ffee00-0000-4000-8000-000000000001', 'glibc/2.41-6 gcc-14/14.2.0-1', '', 5, at, run * 3, run * 3, 1,
                'ci-worker-12', 'lxc', at, at, status, case status when 'tmpfail' then 'testbedFailure' end, 'All tests passed', 0, version, duration,
                '[{"name":"upstream-tests","result":"pass"},{"name":"smoke","result":"pass","detail":"(superficial)"}]', 2, 0, '' from made;
        insert into read.index (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position)
            select distinct on (suite, arch, package) suite, arch, package, run, status, version, 'All tests passed', 'glibc/2.41-6', duration, at, run * 3
            from made order by suite, arch, package, run desc;
        insert into read.index_counts (suite, arch, status, packages) select suite, arch, status, count(*) from read.index group by suite, arch, status;
        insert into read.packages (package, finished_at) select package, max(at) from made group by package;
        insert into read.package_names select package from read.packages;
        insert into read.history (package, suite, arch, position, run, private, requester, pinned, status, version, message, triggers, duration, worker, finished_at)
            select 'package-' || p, 'testing', 'amd64', 1000000000 + p * 100 + i, 1000000000 + p * 100 + i, false, 'c0ffee00-0000-4000-8000-000000000001', false, 'pass', '1-' || i,
                'All tests passed', 'glibc/2.41-6 gcc-14/14.2.0-1', i, 'ci-worker-12', timestamptz '2026-01-01' + make_interval(secs => i * 20.0)
            from generate_series(0, {{packages}} - 1, 100) as p, generate_series(1, 60) as i;
        drop table made;
        analyze
        """;
}
