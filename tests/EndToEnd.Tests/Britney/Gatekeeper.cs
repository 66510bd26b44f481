using System.Diagnostics;
using System.Text.Json;
using Debci.Playground;

namespace Debci.EndToEnd.Tests.Britney;

/// <summary>What britney says of a candidate: its verdict, and the state of each test by package.</summary>
internal sealed record Excuse(string Verdict, IReadOnlyDictionary<string, string> Tests);

/// <summary>A britney that can be run: the real one in <c>BRITNEY_DIR</c>, or the player of its documented part.</summary>
internal sealed class Gatekeeper(bool real)
{
    private const string Python = "/usr/bin/python3";

    // excuses.yaml, cut down to what this is about.
    private const string ReadExcuses = """
        import json, sys, yaml
        excuses = {}
        for source in yaml.safe_load(open("output/excuses.yaml"))["sources"]:
            tests = source["policy_info"]["autopkgtest"]
            excuses[source["source"]] = {"verdict": tests.pop("verdict"), "tests": {name.split("/")[0]: arches["amd64"][0] for name, arches in tests.items()}}
        json.dump(excuses, sys.stdout)
        """;

    /// <summary>Where the real one is; null where nobody said.</summary>
    public static string? RealFolder => Environment.GetEnvironmentVariable("BRITNEY_DIR");

    /// <summary>Its command line, in an archive's folder.</summary>
    public string[] Command => [Python, real ? Path.Combine(RealFolder!, "britney.py") : Repository.Path("tests/EndToEnd.Tests/Britney/player.py"), "-c", "britney.conf"];

    /// <summary>Runs a command in a folder; what it said. Fails when the command does.</summary>
    public static async Task<string> Run(string folder, IReadOnlyList<string> command)
    {
        var (code, said) = await TryRun(folder, command);
        return code == 0 ? said : throw new InvalidOperationException($"{command[0]} {command[1]} ended with {code}: {said}");
    }

    /// <summary>The same, with its exit code.</summary>
    public static async Task<(int Code, string Said)> TryRun(string folder, IReadOnlyList<string> command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? said[0] : string.Concat(said));
    }

    /// <summary>What it said of the candidates.</summary>
    public async Task<IReadOnlyDictionary<string, Excuse>> Excuses(Archive archive)
    {
        var json = real ? await Run(archive.Folder, [Python, "-c", ReadExcuses]) : await File.ReadAllTextAsync(archive.In("output/excuses.json"));
        return JsonSerializer.Deserialize<Dictionary<string, Excuse>>(json, JsonSerializerOptions.Web)!;
    }
}
