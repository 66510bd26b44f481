namespace Debci.EndToEnd.Tests.Britney;

/// <summary>Two suites and a configuration, as britney reads them; one binary package for each source, on amd64.</summary>
internal sealed partial class Archive : IDisposable
{
    private static readonly string[] Empty = ["Dates", "Blocks", "Urgency", "BugsV"];

    public Archive()
    {
        foreach (var part in new[] { "data/testing/state", "data/testing/input", "data/unstable", "data/hints", "output" })
            Directory.CreateDirectory(In(part));
        foreach (var file in new[] { "testing", "unstable" }.SelectMany(s => Empty.Append("Sources").Append("Packages_amd64").Select(f => $"data/{s}/{f}")))
            File.WriteAllText(In(file), "");
        File.WriteAllText(In("britney.conf"), Configuration);
        File.WriteAllText(Results, """{"until": 1, "results": []}""");
    }

    /// <summary>Where it is.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("debci-britney-").FullName;

    /// <summary>What britney reads.</summary>
    public string Results => In("data/debci.json");

    /// <summary>What it writes.</summary>
    public string Requests => In("output/debci.input");

    /// <summary>A path in it.</summary>
    public string In(string path) => Path.Combine(Folder, path);

    /// <summary>Adds a source with a test to both suites; other versions make it a candidate.</summary>
    public Archive Add(string package, string testing, string unstable, string? depends = null, string? dependsInUnstable = null)
    {
        Add("testing", package, testing, depends);
        Add("unstable", package, unstable, dependsInUnstable ?? depends);
        return this;
    }

    /// <summary>Has britney fetch its results itself, from what looks like Swift.</summary>
    public void ReadSwift(string address) => File.WriteAllText(In("britney.conf"), Configuration.Replace("file://data/debci.json", address, StringComparison.Ordinal));

    /// <summary>Puts a new version of a source into unstable.</summary>
    public void Upload(string package, string version)
    {
        foreach (var file in new[] { "Sources", "Packages_amd64" }.Select(f => In($"data/unstable/{f}")))
        {
            var stanzas = File.ReadAllText(file).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(s => s.StartsWith($"Package: {package}\n", StringComparison.Ordinal) ? Version().Replace(s, $"Version: {version}") : s);
            File.WriteAllText(file, string.Concat(stanzas.Select(s => s + "\n\n")));
        }
    }

    /// <summary>Gives a hint, as release managers do.</summary>
    public void Hint(string line) => File.AppendAllText(In("data/hints/autopkgtest"), line + "\n");

    /// <summary>Makes britney's results older, as time does.</summary>
    public void Age(TimeSpan by)
    {
        var cache = In("data/testing/state/autopkgtest-results.cache");
        var results = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(cache))!;
        foreach (var result in results.AsObject().SelectMany(t => t.Value!.AsObject()).SelectMany(p => p.Value!.AsObject()).Select(a => a.Value!))
            result[3] = result[3]!.GetValue<long>() - (long)by.TotalSeconds;
        File.WriteAllText(cache, results.ToJsonString());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Add(string suite, string package, string version, string? depends)
    {
        File.AppendAllText(In($"data/{suite}/Sources"), $"Package: {package}\nMaintainer: Joe <joe@example.org>\nVersion: {version}\nSection: devel\nTestsuite: autopkgtest\n\n");
        File.AppendAllText(In($"data/{suite}/Packages_amd64"),
            $"Package: {package}\nMaintainer: Joe <joe@example.org>\nArchitecture: amd64\nVersion: {version}\nPriority: optional\nSection: devel\nDescription: test\n{(depends is null ? "" : $"Depends: {depends}\n")}\n");
    }

    [System.Text.RegularExpressions.GeneratedRegex("Version: .*")]
    private static partial System.Text.RegularExpressions.Regex Version();

    private const string Configuration = """
        TESTING           = data/testing
        UNSTABLE          = data/unstable
        NONINST_STATUS    = data/testing/non-installable-status
        EXCUSES_OUTPUT    = output/excuses.html
        EXCUSES_YAML_OUTPUT = output/excuses.yaml
        UPGRADE_OUTPUT    = output/output.txt
        HEIDI_OUTPUT      = output/HeidiResult
        STATIC_INPUT_DIR  = data/testing/input
        STATE_DIR         = data/testing/state
        ARCHITECTURES     = amd64
        NOBREAKALL_ARCHES = amd64
        OUTOFSYNC_ARCHES  =
        BREAK_ARCHES      =
        NEW_ARCHES        =
        MINDAYS_LOW       = 0
        MINDAYS_MEDIUM    = 0
        MINDAYS_HIGH      = 0
        MINDAYS_CRITICAL  = 0
        MINDAYS_EMERGENCY = 0
        DEFAULT_URGENCY   = medium
        NO_PENALTIES      = high critical emergency
        BOUNTY_MIN_AGE    = 8
        HINTSDIR          = data/hints
        HINTS_AUTOPKGTEST = ALL
        SMOOTH_UPDATES    = badgers
        IGNORE_CRUFT      = 0
        REMOVE_OBSOLETE   = no
        PIUPARTS_ENABLE   = no
        ADT_ENABLE        = yes
        ADT_ARCHES        = amd64
        ADT_AMQP          = file://output/debci.input
        ADT_PPAS          =
        ADT_SHARED_RESULTS_CACHE =
        ADT_SWIFT_URL     = file://data/debci.json
        ADT_CI_URL        = http://127.0.0.1:8080/
        BUILD_URL         = https://example.org/
        ADT_SUCCESS_BOUNTY     =
        ADT_REGRESSION_PENALTY =
        ADT_BASELINE           = reference
        ADT_RETRY_URL_MECH     = run_id
        ADT_RETRY_OLDER_THAN   = 1
        ADT_REFERENCE_MAX_AGE  = 7
        """;
}
