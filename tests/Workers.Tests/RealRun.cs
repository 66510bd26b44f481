using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Debci.Domain;
using Debci.Playground;
using Debci.Workers.Attempts;
using Debci.Workers.Backends;

namespace Debci.Workers.Tests;

/// <summary>What came of a run in a real testbed, by real autopkgtest; of it nothing is left on the host.</summary>
/// <param name="ExitCode">autopkgtest's; null when it was killed.</param>
/// <param name="Verdict">What the server makes of the report.</param>
/// <param name="Summary">autopkgtest's summary.</param>
/// <param name="Log">The log that was sent.</param>
/// <param name="Installed">What the report says was installed.</param>
/// <param name="Artifacts">The archive that was sent; null when there was none.</param>
internal sealed record RealRun(int? ExitCode, Verdict Verdict, string Summary, string Log, IReadOnlyList<string> Installed, byte[]? Artifacts)
{
    private const long Run = 71831181;

    /// <summary>One run by one worker.</summary>
    /// <param name="kind">Which program.</param>
    /// <param name="backend">On which backend.</param>
    /// <param name="package">Of what.</param>
    /// <param name="archive">The archive that the testbed is to know; null for Debian's.</param>
    /// <param name="pinned">A source whose version 2 is to come from sid.</param>
    /// <param name="arch">The testbed's architecture.</param>
    /// <param name="timeout">The limit for the whole run, in seconds.</param>
    /// <param name="more">Further options of the worker.</param>
    public static async Task<RealRun> Of(WorkerKind kind, string backend, string package, TwoSuites? archive = null, string? pinned = null, string arch = "amd64", int timeout = 600, params string[] more)
    {
        await using var server = await ServerDouble.StartAsync(Answer(backend, package, archive, pinned, arch, timeout));
        using var folder = new Folder();
        using var worker = Start(kind, server, folder, backend, [.. more, "--once"], arch);
        var (_, lines) = await worker.EndAsync(TimeSpan.FromSeconds(timeout + 60));
        Assert.True(server.Report is not null, lines);
        Assert.Empty(worker.Living());
        Assert.Empty(worker.Leftovers);
        Assert.Empty(await Sessions(worker, backend));
        return Read(server.Report.Value, server, package);
    }

    /// <summary>A worker on a real testbed.</summary>
    public static WorkerProgram Start(WorkerKind kind, ServerDouble server, Folder folder, string backend, string[] more, string arch = "amd64")
    {
        Assert.True(backend != "unshare" || TestbedTheoryAttribute.Testbeds is not null,
            "On CI there must be a testbed: make one with `ops/testbed bookworm amd64 DIR` and set DEBCI_TEST_TESTBEDS=DIR.");
        Folder.MakeReachable(folder.Path);
        string[] files = backend != "unshare" ? [] : ["--testbeds", TestbedTheoryAttribute.Testbeds!, .. Environment.IsPrivilegedProcess ? ["--run-as", "debci-test"] : Array.Empty<string>()];
        return WorkerProgram.Start(folder.Path, ["--server", server.Address.ToString(), "--name", "host-1", "--arch", arch, "--backend", backend, .. files, .. more], kind: kind);
    }

    /// <summary>Sessions of the worker's attempts that schroot or lxc still have, by what these list; other tests have theirs at the same time.</summary>
    public static async Task<string[]> Sessions(WorkerProgram worker, string backend)
    {
        if (backend == "unshare")
            return [];
        var list = new ProcessStartInfo(backend == "lxc" ? "lxc-ls" : "schroot", backend == "lxc" ? ["-1"] : ["--list", "--all-sessions"]) { RedirectStandardOutput = true };
        using var listing = Process.Start(list)!;
        var session = Service.SessionOf(AttemptFolder.Of(Path.Combine(worker.State, "runs"), new(Run, 1)));
        return [.. (await listing.StandardOutput.ReadToEndAsync()).Split('\n').Where(l => l.EndsWith(session, StringComparison.Ordinal))];
    }

    private static object Answer(string backend, string package, TwoSuites? archive, string? pinned, string arch, int timeout) => new
    {
        run = Run, attempt = 1, package, suite = "bookworm", arch, triggers = pinned is null ? [] : new[] { $"{pinned}/2" },
        pins = pinned is null ? [] : new[] { new { packages = new[] { $"src:{pinned}" }, suite = "sid" } }, extraSources = Array.Empty<string>(),
        backend, leaseSeconds = 60, timeoutSeconds = timeout, mirror = archive?.Address, keyring = archive?.Keyring, components = archive is null ? null : new[] { "main" },
    };

    // As the server reads it.
    private static RealRun Read(JsonElement report, ServerDouble server, string package)
    {
        var log = Encoding.UTF8.GetString(server.Log);
        var summary = Domain.Summary.Parse(report.GetProperty("summary").GetString()!);
        int? code = report.GetProperty("exitCode") is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;
        var version = report.GetProperty("testpkgVersion").GetString()!.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        var seen = new Report(report.GetProperty("startedAt").GetDateTimeOffset(), report.GetProperty("durationSeconds").GetInt32(), summary.Tests, summary.Tests.Count,
            report.GetProperty("timedOut").GetBoolean(), log.Length, code, version,
            LogTooLarge: report.GetProperty("logTooLarge").GetBoolean());
        var evidence = new Evidence(package, [], false, [], log[Math.Max(0, log.Length - Evidence.LogEndBytes)..]);
        return new RealRun(code, Domain.Verdict.Of(seen, summary, evidence), report.GetProperty("summary").GetString()!, log,
            [.. report.GetProperty("installed").EnumerateArray().Select(i => $"{i.GetProperty("name").GetString()} {i.GetProperty("version").GetString()}")],
            server.Files.GetValueOrDefault("artifacts"));
    }
}
