using System.Diagnostics;
using System.Net.Http.Json;
using Debci.Playground;

namespace Debci.Benchmarks;

/// <summary>What an idle worker costs the server, and what a worker made by ops/worker-release weighs.</summary>
internal static class FleetBenchmark
{
    private const int Workers = 200;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        List<double> cpu = [], memory = [];
        for (var run = 0; run < 3; run++)
        {
            await using var server = await ServerProcess.Start();
            await Idle(server, 10, TimeSpan.FromSeconds(5)); // what a first worker costs is the program's
            var (aloneCpu, aloneMemory) = (await Cpu(server, TimeSpan.FromSeconds(10)), server.MemoryKiB());
            var (cost, resident) = await Idle(server, Workers, Measured);
            cpu.Add((cost - aloneCpu) * 1000 / Workers);
            memory.Add((resident - aloneMemory) / Workers);
        }
        return [
            Figure.Of("fleet.idle.cpu", "‰", cpu, $"of a core, per idle worker: {Workers} in claims that wait 30 s, less the server alone", 1),
            Figure.Of("fleet.idle.memory", "KiB", memory, "resident in the server, per idle worker, less the server alone", 50),
            .. await Release()];
    }

    // Cores used and memory resident, while so many workers wait for a run that never comes.
    private static async Task<(double Cpu, double MemoryKiB)> Idle(ServerProcess server, int workers, TimeSpan measured)
    {
        using var stop = new CancellationTokenSource();
        using var client = server.Client(server.ReportKey);
        var waiting = Enumerable.Range(0, workers).Select(i => Wait(client, $"idle{i}", stop.Token)).ToList();
        await Pass(TimeSpan.FromSeconds(5)); // until all have announced themselves
        var cost = await Cpu(server, measured);
        var resident = server.MemoryKiB();
        await stop.CancelAsync();
        await Task.WhenAll(waiting);
        return (cost, resident);
    }

    private static async Task<double> Cpu(ServerProcess server, TimeSpan measured)
    {
        var (before, watch) = (server.CpuMs(), Stopwatch.StartNew());
        await Pass(measured);
        return (server.CpuMs() - before) / watch.Elapsed.TotalMilliseconds;
    }

    // Measured is what happens in a time, so a time has to pass.
    private static async Task Pass(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync();
    }

    private static async Task Wait(HttpClient client, string name, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using var answer = await client.PostAsJsonAsync("/worker/v1/claim",
                    new { claim = Guid.NewGuid(), worker = name, arches = new[] { "amd64" }, backends = new[] { "fake" }, software = "bench", waitSeconds = 30 }, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // measured
        }
    }

    // The file for amd64, started for real: it waits for a server that is away.
    private static async Task<IReadOnlyList<Figure>> Release()
    {
        var folder = Directory.CreateTempSubdirectory("debci-release-");
        var file = Path.Combine(folder.FullName, "debci-worker");
        using (var make = Process.Start(Repository.Path("ops/worker-release"), ["amd64", file]))
        {
            await make.WaitForExitAsync();
            if (make.ExitCode != 0)
                throw new InvalidOperationException("ops/worker-release failed.");
        }
        var start = new ProcessStartInfo(file, ["--server", "http://127.0.0.1:9/", "--arch", "amd64", "--backend", "fake", "--state", Path.Combine(folder.FullName, "state")]) { RedirectStandardError = true };
        start.Environment["DEBCI_KEY"] = "none";
        using var worker = Process.Start(start)!;
        await Pass(TimeSpan.FromSeconds(10));
        var resident = double.Parse(File.ReadLines($"/proc/{worker.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        worker.Kill();
        await worker.WaitForExitAsync();
        var size = new FileInfo(file).Length / 1e6;
        folder.Delete(recursive: true);
        return [Figure.Of("worker.size", "MB", [size], "debci-worker for amd64, one file", 40), Figure.Of("worker.resident", "MB", [resident / 1024], "the same, idle", 80)];
    }
}
