using System.Text.Json;
using System.Text.Json.Serialization;
using Debci.Domain;
using Debci.Workers.Attempts;

namespace Debci.Workers.Backends;

/// <summary>What the fake backend does with one package. Everything left out is what a package with one passing test does.</summary>
/// <param name="ExitCode">autopkgtest's exit code.</param>
/// <param name="Summary">Lines of its summary; when null, one that suits the exit code.</param>
/// <param name="Version">The tested version; empty when the source was "never fetched". Null: the one that a trigger names, or 1.0-1.</param>
/// <param name="SleepSeconds">How long the test takes.</param>
/// <param name="Log">Lines of the log, written before the sleep.</param>
/// <param name="LogAfter">Lines of the log, written behind the sleep.</param>
/// <param name="LogFile">A file whose bytes come behind these lines; relative to the scenario's own folder.</param>
/// <param name="Die">Whether it is killed by a signal instead of ending.</param>
/// <param name="Pins">The pins that the run must have, as autopkgtest writes them (<c>unstable=src:green</c>): with others it ends as autopkgtest does with bad arguments. Null: any.</param>
/// <param name="Daemonise">Whether it leaves a daemon behind that forgot its parents, its session and its environment.</param>
internal sealed record Outline(
    int ExitCode = 0,
    IReadOnlyList<string>? Summary = null,
    string? Version = null,
    double SleepSeconds = 0,
    IReadOnlyList<string>? Log = null,
    IReadOnlyList<string>? LogAfter = null,
    string? LogFile = null,
    bool Die = false,
    bool Daemonise = false,
    IReadOnlyList<string>? Pins = null)
{
    /// <summary>What autopkgtest ends with when its arguments cannot be read.</summary>
    private const int BadArguments = 20;

    /// <summary>The same for a run: with its version, and with an end that tells of wrong pins.</summary>
    public Outline For(Assignment run)
    {
        var given = run.Pins.Select(p => $"{p}").ToList();
        return Pins is null || Pins.SequenceEqual(given) ? this with { Version = Version ?? Trigger.VersionOf(run.Triggers.Select(t => $"{t}"), run.Package) ?? "1.0-1" }
            : this with { ExitCode = BadArguments, Summary = [], Version = "", Log = [$"The pins are {string.Join(' ', given)} and should be {string.Join(' ', Pins)}"] };
    }

    /// <summary>Its summary, as autopkgtest would write it.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> SummaryLines => Summary ?? ExitCode switch
    {
        0 => ["command1             PASS"],
        2 => ["command1             PASS", "command2             SKIP Test requires machine-level isolation but testbed does not provide that"],
        4 => ["command1             FAIL non-zero exit status 1"],
        6 => ["command1             FAIL non-zero exit status 1", "command2             SKIP exit status 77 and marked as skippable"],
        8 => ["*                    SKIP no tests in this package"],
        12 => ["blame: fake", "badpkg: Test dependencies are unsatisfiable."],
        _ => [],
    };
}

/// <summary>
/// A JSON object from source package to <see cref="Outline"/>, in camelCase: <c>{"figlet": {"exitCode": 4, "sleepSeconds": 2}}</c>.
/// A package with a trigger behind it, <c>figlet glibc/2.41-6</c>, stands for its runs with that trigger. A name that ends with a star stands for all that begin so and have no line of their own.
/// </summary>
internal sealed class Scenario
{
    /// <summary>Every package passes at once.</summary>
    public static Scenario AllPass { get; } = new([], "/");

    private readonly Dictionary<string, Outline> packages;
    private readonly string folder;

    private Scenario(Dictionary<string, Outline> packages, string folder) => (this.packages, this.folder) = (packages, folder);

    /// <summary>Reads a scenario file.</summary>
    /// <exception cref="RefusedException">It cannot be read.</exception>
    public static Scenario Read(string file)
    {
        try
        {
            var packages = JsonSerializer.Deserialize(File.ReadAllText(file), ScenarioJson.Default.DictionaryStringOutline);
            return new Scenario(packages ?? [], Path.GetDirectoryName(Path.GetFullPath(file))!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new RefusedException(RefusalCode.Invalid, $"The scenario {file} cannot be read ({error.Message}); see debci-worker --help.");
        }
    }

    /// <summary>What happens with this run.</summary>
    public Outline For(Assignment run) => (run.Triggers.Select(t => packages.GetValueOrDefault($"{run.Package} {t}")).FirstOrDefault(o => o is not null)
        ?? packages.GetValueOrDefault(run.Package)
        ?? packages.FirstOrDefault(p => p.Key.EndsWith('*') && run.Package.StartsWith(p.Key[..^1], StringComparison.Ordinal)).Value ?? new Outline()).For(run);

    /// <summary>Where a log file of the scenario is.</summary>
    public string PathOf(string logFile) => Path.Combine(folder, logFile);
}

/// <summary>How a scenario looks as JSON: a misspelt field is refused, since it would be a silent pass.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(Dictionary<string, Outline>))]
internal sealed partial class ScenarioJson : JsonSerializerContext;
