using System.Diagnostics;
using Debci.Playground;

namespace Debci.Browser.Tests;

/// <summary>debci-worker with the fake backend, as a process.</summary>
internal sealed class FakeWorker : IDisposable
{
#if DEBUG
    private const string Build = "Debug";
#else
    private const string Build = "Release";
#endif
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("debci-fake-");
    private readonly Process process;

    public FakeWorker(Server server, string scenario, string name = "ci-worker-1")
    {
        var file = Path.Combine(folder.FullName, "scenario.json");
        File.WriteAllText(file, scenario);
        var start = new ProcessStartInfo(Repository.Path($"src/Workers/bin/{Build}/net10.0/debci-worker"),
            ["--server", $"{server.Address}", "--name", name, "--arch", "amd64", "--backend", "fake", "--fake-scenario", file, "--state", folder.FullName]);
        start.Environment["DEBCI_KEY"] = server.ReportKey;
        process = Process.Start(start)!;
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        folder.Delete(recursive: true);
    }
}
