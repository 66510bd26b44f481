using System.Text.Json;
using Debci.Workers.Backends;
using Debci.Workers.Server;

namespace Debci.Workers.Tests;

/// <summary>A worker inside the test's own process, with short pauses and a folder that must be empty again at the end.</summary>
internal sealed class LocalWorker : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly StringWriter written = new();
    private readonly TextWriter lines; // the worker writes while the test reads
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("debci-worker-test-");

    public string Folder => folder.FullName;
    public string Lines
    {
        get
        {
            lock (lines) // what a synchronized writer locks itself
                return written.ToString();
        }
    }

    public string[] Leftovers => Directory.GetFileSystemEntries(Path.Combine(Folder, "runs"));

    /// <summary>Writes a scenario from anonymous objects by package.</summary>
    public static string WriteScenario(string folder, object scenario)
    {
        var file = Path.Combine(folder, "scenario.json");
        File.WriteAllText(file, JsonSerializer.Serialize(scenario));
        return file;
    }

    public LocalWorker()
    {
        lines = TextWriter.Synchronized(written);
        Directory.CreateDirectory(Path.Combine(Folder, "runs"));
    }

    /// <summary>Takes one run from the server and sees it through.</summary>
    public async Task RunOnceAsync(ServerDouble server, object? scenario = null, CancellationToken stop = default)
    {
        var backend = new FakeBackend(scenario is null ? Scenario.AllPass : Scenario.Read(WriteScenario(Folder, scenario)));
        await RunOnceAsync(server, backend, stop);
    }

    /// <summary>The same on a given backend.</summary>
    public async Task RunOnceAsync(ServerDouble server, IBackend backend, CancellationToken stop = default)
    {
        var journal = new Journal(lines);
        using var calls = new ServerCalls(server.Address, "sesame", "host-1");
        var pauses = new Pauses(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(200), journal);
        var offer = new Abilities("host-1", ["amd64"], [backend], [], WaitSeconds: 1, TimeSpan.FromMinutes(15), LogLimit: 500_000_000, OwnsProcess: false);
        var loop = new WorkLoop(offer, Path.Combine(Folder, "runs"), calls, new TestbedMaker(null, Folder, [], journal), pauses, journal);
        await loop.RunAsync(once: true, null, stop, stop).WaitAsync(Patience, CancellationToken.None);
    }

    public void Dispose()
    {
        folder.Delete(recursive: true);
        lines.Dispose();
    }
}
