using System.Globalization;
using Debci.Workers.Attempts;
using Debci.Workers.Processes;

namespace Debci.Workers.Backends;

/// <summary>
/// Obeys a scenario instead of testing anything: for demonstrations, for tests, for measuring the server. What it starts is a
/// real process (the script fake-autopkgtest, which this program carries) with real files, so time-outs, kills and uploads are real too.
/// </summary>
internal sealed class FakeBackend(Scenario scenario) : IBackend
{
    /// <inheritdoc/>
    public string Name => "fake";

    /// <inheritdoc/>
    public string? User => null;

    /// <inheritdoc/>
    public Task<string?> ObstacleAsync(CancellationToken ct) => Task.FromResult<string?>(null);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Testbed>> TestbedsAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<Testbed>>([]);

    /// <summary>Lays out the files that the script hands on, named as autopkgtest names them.</summary>
    public async Task PrepareAsync(Assignment run, AttemptFolder folder, CancellationToken ct)
    {
        var outline = scenario.For(run);
        var prepared = Directory.CreateDirectory(Prepared(folder)).FullName;
        await using (var script = File.Create(Script(folder)))
            await typeof(FakeBackend).Assembly.GetManifestResourceStream("fake-autopkgtest")!.CopyToAsync(script, ct);
        await WriteAsync("summary", outline.SummaryLines);
        await WriteAsync("testpkg-version", outline.Version is { Length: > 0 } ? [$"{run.Package} {outline.Version}"] : []);
        await WriteAsync("testbed-packages", ["base-files\t12.4+deb12u11", "dpkg\t1.21.22"]);
        await WriteAsync("log", outline.Log ?? [$"  0s autopkgtest: fake run of {run.Package} in {run.Suite} on {run.Arch}", .. outline.SummaryLines]);
        await WriteAsync("log-after", outline.LogAfter ?? []);
        if (outline.LogFile is { } file)
        {
            await using var log = new FileStream(Path.Combine(prepared, "log"), FileMode.Append);
            await using var more = File.OpenRead(scenario.PathOf(file));
            await more.CopyToAsync(log, ct);
        }

        Task WriteAsync(string name, IEnumerable<string> lines) =>
            File.WriteAllTextAsync(Path.Combine(prepared, name), string.Concat(lines.Select(l => l + "\n")), ct);
    }

    /// <inheritdoc/>
    public Command Test(Assignment run, AttemptFolder folder)
    {
        var outline = scenario.For(run);
        return new Command(
        [
            "/bin/sh", Script(folder), Prepared(folder), folder.Output,
            outline.ExitCode.ToString(CultureInfo.InvariantCulture),
            outline.SleepSeconds.ToString(CultureInfo.InvariantCulture),
            outline.Die ? "die" : "end",
            outline.Daemonise ? "daemonise" : "alone",
        ]);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(AttemptFolder folder) => new Command(["rm", "-rf", "--", folder.Path]).RunAsync(CancellationToken.None);

    private static string Script(AttemptFolder folder) => Path.Combine(folder.Own, "fake-autopkgtest");

    private static string Prepared(AttemptFolder folder) => Path.Combine(folder.Own, "prepared");
}
