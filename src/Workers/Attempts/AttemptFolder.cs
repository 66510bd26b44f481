using System.Globalization;
using Debci.Workers.Processes;
using Debci.Workers.Server;

namespace Debci.Workers.Attempts;

/// <summary>The files of one attempt, in the worker's state directory; all names in it are this program's own.</summary>
/// <param name="Path">The attempt's folder, absolute.</param>
internal sealed record AttemptFolder(string Path)
{
    /// <summary>autopkgtest's output directory.</summary>
    public string Output => System.IO.Path.Combine(Path, "test", "output");

    /// <summary>Where the test runs, and where its temporary files go; it belongs to the user that the test runs as.</summary>
    public string Test => System.IO.Path.Combine(Path, "test");

    /// <summary>The log, which autopkgtest writes while it runs.</summary>
    public string Log => System.IO.Path.Combine(Output, "log");

    /// <summary>Where the worker makes its own files, out of the test's reach.</summary>
    public string Own => System.IO.Path.Combine(Path, "own");

    /// <summary>A variable in the environment of everything that the attempt starts, by which it is found again.</summary>
    public string Variable => $"{VariableName}={Path}/";

    /// <summary>The folder for this attempt below <paramref name="runs"/>.</summary>
    public static AttemptFolder Of(string runs, AttemptId id) =>
        new(System.IO.Path.Combine(runs, string.Create(CultureInfo.InvariantCulture, $"{id.Run}-{id.Number}")));

    /// <summary>Makes it; <see cref="Test"/> for <paramref name="user"/> (null: for the worker's own).</summary>
    public async Task MakeAsync(string? user, CancellationToken ct)
    {
        await new Command(["install", "--directory", "--mode=700", "--", Own]).RunAsync(ct);
        IReadOnlyList<string> owner = user is null ? [] : [$"--owner={user}", $"--group={user}"];
        await new Command(["install", "--directory", "--mode=755", .. owner, "--", Test]).RunAsync(ct);
    }

    /// <summary>The environment of the test's first process: nothing of the worker's but where programs are.</summary>
    /// <param name="home">The home directory of the user that the test runs as.</param>
    public IReadOnlyDictionary<string, string?> Environment(string home) => new Dictionary<string, string?>
    {
        ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = home,
        ["LANG"] = "C.UTF-8",
        ["TMPDIR"] = Test,
        [VariableName] = Path + "/",
    };

    /// <summary>The beginning of the variable that every attempt below <paramref name="runs"/> carries.</summary>
    public static string VariableOfAll(string runs) => $"{VariableName}={runs}/";

    private const string VariableName = "DEBCI_ATTEMPT";
}
