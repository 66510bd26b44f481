using Debci.Domain;
using Debci.Workers.Backends;

namespace Debci.Workers;

/// <summary>What the operator decided, checked: every value is usable, or a sentence was said.</summary>
/// <param name="Server">The server's address.</param>
/// <param name="Key">The secret; it goes into the header of calls, and nowhere else.</param>
/// <param name="Name">The worker's name.</param>
/// <param name="Arches">Architectures that it tests.</param>
/// <param name="Backends">Backends, the preferred one first.</param>
/// <param name="Tags">What else it offers, in its operator's words.</param>
/// <param name="Testbeds">Where testbeds are that are files.</param>
/// <param name="TestbedMaker">The program that makes testbeds anew when they are too old; null for none.</param>
/// <param name="State">Its own directory, absolute.</param>
/// <param name="GiveUp">How long a test goes on that the server has not been heard of.</param>
/// <param name="LogLimit">How many bytes of log a run may write.</param>
/// <param name="IdleExit">How long there may be no run before it ends; null for ever.</param>
/// <param name="Once">Whether it ends after one run.</param>
internal sealed record WorkerOptions(
    Uri Server, string Key, string Name, IReadOnlyList<string> Arches, IReadOnlyList<IBackend> Backends, IReadOnlyList<string> Tags,
    string Testbeds, string? TestbedMaker, string State, TimeSpan GiveUp, long LogLimit, TimeSpan? IdleExit, bool Once)
{
    private const int DefaultLogMegabytes = 500;

    /// <summary>Reads the options by their names on the command line, without dashes.</summary>
    /// <param name="value">An option's value from the command line or the environment; null when it is not given.</param>
    /// <exception cref="RefusedException">A value is missing or cannot be used; the sentence tells what to do.</exception>
    public static WorkerOptions Read(Func<string, string?> value)
    {
        var state = Path.GetFullPath(value("state") ?? DefaultState());
        return new WorkerOptions(
            ReadServer(value("server")), ReadKey(value("key-file")), ReadName(value("name")), ReadArches(value("arch")),
            ReadBackends(value), ReadTags(value("tag")), Path.GetFullPath(value("testbeds") ?? "."), ReadProgram(value("testbed-maker")), state, ReadSeconds("give-up-after", value) ?? TimeSpan.FromMinutes(15),
            (ReadNumber("log-limit", "megabytes", value) ?? DefaultLogMegabytes) * 1_000_000L, ReadSeconds("idle-exit", value), ReadOnce(value("once")));
    }

    private static Uri ReadServer(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var server) && server.Scheme is "http" or "https" && server.UserInfo.Length == 0
            ? server
            : throw Refused("Say where the server is: --server https://debci.example.org (http or https, without a user name).");

    private static string ReadKey(string? file)
    {
        var key = file is null ? Environment.GetEnvironmentVariable("DEBCI_KEY") : ReadFile(file);
        return key?.Trim() is { Length: > 0 } word && word.All(c => c is > ' ' and < '\x7f')
            ? word
            : throw Refused("Give the key that `debci key create --scope report NAME` printed: put it into a file and name that with --key-file.");
    }

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused($"The key file {file} cannot be read ({error.Message}).");
        }
    }

    private static string ReadName(string? name)
    {
        var worker = name ?? Environment.MachineName;
        return Names.IsWorker(worker) ? worker
            : throw Refused($"{StoredText.Quote(worker)} is no worker name; use letters, digits, and . _ - : in --name.");
    }

    private static string[] ReadArches(string? words)
    {
        var arches = Words(words);
        return arches.Length > 0 && arches.All(Names.IsWord) ? arches
            : throw Refused("Say which architectures this worker tests, as Debian calls them: --arch amd64.");
    }

    private static string[] ReadTags(string? words)
    {
        var tags = Words(words);
        return tags.All(Names.IsWord) ? tags : throw Refused("A tag is a word of lower case letters, digits, and . _ + -: --tag big.");
    }

    private static IBackend[] ReadBackends(Func<string, string?> value)
    {
        var names = Words(value("backend"));
        if (names.Length == 0 || names.Distinct().Count() != names.Length)
            throw Refused("Say on which backends this worker tests, each once, the preferred one first: --backend unshare.");
        return [.. names.Select(name => ReadBackend(name, value))];
    }

    private static IBackend ReadBackend(string name, Func<string, string?> value) => name switch
    {
        "unshare" => ReadUnshare(value),
        "null" => new NullBackend(ReadUser(value)),
        "fake" => new FakeBackend(value("fake-scenario") is { } file ? Scenario.Read(file) : Scenario.AllPass),
        "schroot" => new ServiceBackend(Service.Schroot, ReadUser(value)),
        "lxc" => new ServiceBackend(Service.Lxc, ReadUser(value)),
        "incus" => new ServiceBackend(Service.Incus, ReadUser(value)),
        "podman" => new ServiceBackend(Service.Podman, ReadUser(value)),
        "qemu" => new QemuBackend(ReadTestbeds(name, value), ReadUser(value)),
        _ => throw Refused($"There is no backend {StoredText.Quote(name)} in this worker; there are unshare, schroot, lxc, incus, qemu, podman, null and fake."),
    };

    private static string ReadTestbeds(string backend, Func<string, string?> value) => value("testbeds") is { } folder && Directory.Exists(folder)
        ? Path.GetFullPath(folder)
        : throw Refused($"The {backend} backend needs --testbeds DIR with testbeds in it; make one with: ops/testbed bookworm amd64 DIR{(backend == "qemu" ? " qemu" : "")}");

    private static string? ReadProgram(string? path) => path is null || File.Exists(path) ? path is null ? null : Path.GetFullPath(path)
        : throw Refused($"There is no program {StoredText.Quote(path)} for --testbed-maker; ops/testbed is one.");

    private static UnshareBackend ReadUnshare(Func<string, string?> value)
    {
        var testbeds = ReadTestbeds("unshare", value);
        var user = ReadUser(value);
        return Environment.IsPrivilegedProcess && user is null or "root"
            ? throw Refused("The unshare backend does not run as root; add --run-as debci-test (ops/testbed makes that user).")
            : new UnshareBackend(testbeds, user);
    }

    private static string? ReadUser(Func<string, string?> value)
    {
        var user = value("run-as");
        if (user is null || (Names.IsWord(user) && Environment.IsPrivilegedProcess))
            return user;
        throw Refused(Environment.IsPrivilegedProcess
            ? $"{StoredText.Quote(user)} is no user name for --run-as."
            : "Only root can run tests as another user; leave --run-as out and start the worker as that user.");
    }

    private static TimeSpan? ReadSeconds(string name, Func<string, string?> value) =>
        ReadNumber(name, "seconds", value) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static int? ReadNumber(string name, string unit, Func<string, string?> value) => value(name) is not { } given ? null
        : int.TryParse(given, System.Globalization.NumberStyles.None, null, out var number) && number > 0 ? number
        : throw Refused($"{StoredText.Quote(given)} is no number of {unit} for --{name}.");

    private static bool ReadOnce(string? once) => once switch
    {
        null or "false" or "no" or "0" => false,
        "true" or "yes" or "1" => true,
        _ => throw Refused($"{StoredText.Quote(once)} is no answer for --once; say true or false."),
    };

    private static string DefaultState()
    {
        var given = Environment.GetEnvironmentVariable("STATE_DIRECTORY"); // systemd.exec(5)
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return given ?? (Environment.IsPrivilegedProcess ? "/var/lib/debci-worker" : Path.Combine(home, "debci-worker"));
    }

    private static string[] Words(string? words) =>
        (words ?? "").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);

    private static RefusedException Refused(string sentence) => new(RefusalCode.Invalid, sentence);
}
