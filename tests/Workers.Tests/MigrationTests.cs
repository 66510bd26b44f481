using System.Text;
using Debci.Domain;
using Debci.Playground;

namespace Debci.Workers.Tests;

/// <summary>Migration runs for real: a local archive of two suites, a real testbed that knows no other archive, real autopkgtest.</summary>
public class MigrationTests
{
    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task What_passes_in_its_own_suite_fails_with_the_newer_version_pinned_and_nothing_else_comes_from_there(WorkerKind kind)
    {
        await using var archive = await TwoSuites.StartAsync();
        Assert.Equal(0, (await Test(kind, archive, "reader")).ExitCode);

        var pinned = await Test(kind, archive, "reader", "lone");
        Assert.Equal(4, pinned.ExitCode);
        Assert.Contains("lone 2", pinned.Installed);
        Assert.False(Evidence.IsFallback(pinned.Log));
        Assert.DoesNotContain("green", pinned.Log, StringComparison.Ordinal);
    }

    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    public async Task Pins_that_are_not_enough_are_given_up_and_the_log_says_so(WorkerKind kind)
    {
        await using var archive = await TwoSuites.StartAsync();
        var run = await Test(kind, archive, "deeper", "green"); // which needs leaf of the other suite
        Assert.True(run.ExitCode == 0, run.Log);
        Assert.True(Evidence.IsFallback(run.Log), run.Log);
    }

    internal sealed record Outcome(int? ExitCode, string Log, IReadOnlyList<string> Installed);

    internal static async Task<Outcome> Test(WorkerKind kind, TwoSuites archive, string package, string? pinned = null, int timeout = 600)
    {
        Assert.NotNull(TestbedTheoryAttribute.Testbeds);
        await using var server = await ServerDouble.StartAsync(new
        {
            run = 1, attempt = 1, package, suite = "bookworm", arch = "amd64", triggers = pinned is null ? [] : new[] { $"{pinned}/2" },
            pins = pinned is null ? [] : new[] { new { packages = new[] { $"src:{pinned}" }, suite = "sid" } }, extraSources = Array.Empty<string>(),
            backend = "unshare", leaseSeconds = 60, timeoutSeconds = timeout, mirror = archive.Address, keyring = archive.Keyring, components = new[] { "main" },
        });
        using var folder = new Folder();
        Folder.MakeReachable(folder.Path);
        using var worker = WorkerProgram.Start(folder.Path,
        [
            "--server", server.Address.ToString(), "--name", "host-1", "--arch", "amd64", "--backend", "unshare",
            "--testbeds", TestbedTheoryAttribute.Testbeds, "--once", .. Environment.IsPrivilegedProcess ? ["--run-as", "debci-test"] : Array.Empty<string>(),
        ], kind: kind);
        var (_, lines) = await worker.EndAsync();
        Assert.True(server.Report is not null, lines);
        Assert.Empty(worker.Living());
        Assert.Empty(worker.Leftovers);
        var report = server.Report.Value;
        return new Outcome(report.GetProperty("exitCode") is { ValueKind: System.Text.Json.JsonValueKind.Number } code ? code.GetInt32() : null, Encoding.UTF8.GetString(server.Log),
            [.. report.GetProperty("installed").EnumerateArray().Select(i => $"{i.GetProperty("name").GetString()} {i.GetProperty("version").GetString()}")]);
    }
}
