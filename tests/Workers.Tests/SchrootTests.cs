using System.Diagnostics;
using System.Text;
using Debci.Workers.Attempts;
using Debci.Workers.Backends;

namespace Debci.Workers.Tests;

public class SchrootTests
{
    [SchrootFact]
    public async Task Hello_passes_in_a_real_schroot_and_leaves_no_session_behind()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "schroot"));
        using var folder = new Folder();
        using var worker = Start(server, folder);

        var (_, lines) = await worker.EndAsync();

        Assert.True(server.Report is not null, lines);
        Assert.True(server.Report.Value.GetProperty("exitCode").GetInt32() == 0, Encoding.UTF8.GetString(server.Log));
        Assert.Contains("upstream-tests", server.Report.Value.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Empty(worker.Leftovers);
        Assert.Empty(await Sessions(worker));
    }

    [SchrootFact]
    public async Task The_session_of_a_worker_that_was_killed_is_ended_by_the_next_one()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "schroot"), ServerDouble.Run("no-such-package", backend: "schroot", run: 2));
        using var folder = new Folder();
        using var killed = Start(server, folder);
        await server.UntilAsync(s => s.Log.Length > 0);
        killed.KillHard();
        await killed.EndAsync();
        Assert.NotEmpty(await Sessions(killed));

        using var next = Start(server, folder);
        await next.EndAsync();

        Assert.Equal(1, server.ReportsTaken);
        Assert.Empty(next.Leftovers);
        Assert.Empty(await Sessions(next));
    }

    [SchrootFact]
    public async Task A_suite_without_a_testbed_is_a_testbed_failure_that_says_how_to_make_one()
    {
        await using var server = await ServerDouble.StartAsync(new
        {
            run = 1, attempt = 1, package = "hello", suite = "sarge", arch = "amd64", triggers = Array.Empty<string>(), pins = Array.Empty<string>(),
            extraSources = Array.Empty<string>(), backend = "schroot", leaseSeconds = 60, timeoutSeconds = 60,
        });
        using var folder = new Folder();
        using var worker = Start(server, folder);

        await worker.EndAsync();

        Assert.Equal(16, server.Report!.Value.GetProperty("exitCode").GetInt32());
        Assert.Contains("ops/testbed sarge amd64 DIR schroot", Encoding.UTF8.GetString(server.Log), StringComparison.Ordinal);
    }

    private static WorkerProgram Start(ServerDouble server, Folder folder) => WorkerProgram.Start(folder.Path,
        ["--server", server.Address.ToString(), "--name", "host-1", "--arch", "amd64", "--backend", "schroot", "--once"]);

    // The worker's own, by the folders of its attempts: other tests have theirs at the same time.
    private static async Task<string[]> Sessions(WorkerProgram worker)
    {
        using var list = Process.Start(new ProcessStartInfo("schroot", ["--list", "--all-sessions"]) { RedirectStandardOutput = true })!;
        var lines = (await list.StandardOutput.ReadToEndAsync()).Split('\n');
        var ours = new[] { 71831181L, 2L }.Select(run => Service.SessionOf(AttemptFolder.Of(Path.Combine(worker.State, "runs"), new(run, 1))));
        return [.. lines.Where(l => ours.Any(o => l.EndsWith(o, StringComparison.Ordinal)))];
    }
}

/// <summary>A test on a real schroot: skipped with a sentence where there is none, but not on CI, where it then fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SchrootFactAttribute : FactAttribute
{
    /// <summary>Looks at the host once, when the tests are found.</summary>
    public SchrootFactAttribute()
    {
        if (!File.Exists("/etc/schroot/chroot.d/debci-bookworm-amd64") && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "There is no schroot here: as root, make one with `ops/testbed bookworm amd64 DIR schroot`.";
        else if (!Environment.IsPrivilegedProcess && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "Only root, or the user debci-test, may use the schroot that ops/testbed makes.";
    }
}
