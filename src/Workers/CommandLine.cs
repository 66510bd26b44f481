using System.CommandLine;

namespace Debci.Workers;

/// <summary>The options of <c>debci-worker</c>, each also as a variable: <c>--key-file</c> is <c>DEBCI_WORKER_KEY_FILE</c>.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, Option<string[]>> options = new()
    {
        ["server"] = Words("server", "URL", "The server's address."),
        ["key-file"] = Words("key-file", "FILE", "A file with the key (scope report); without it the key is taken from DEBCI_KEY."),
        ["name"] = Words("name", "NAME", "The worker's name, its own on this server. Default: the host's name."),
        ["arch"] = Words("arch", "ARCH", "A Debian architecture to test on, such as amd64; may be given several times."),
        ["backend"] = Words("backend", "BACKEND",
            "unshare, schroot, lxc, incus, qemu, podman, fake, or null; may be given several times, the preferred one first. "
            + "DANGEROUS: null tests on this very machine and may destroy it."),
        ["tag"] = Words("tag", "WORD", "What else this worker offers, for packages that the server is configured to send to it; may be given several times."),
        ["testbeds"] = Words("testbeds", "DIR", "Where the testbeds of unshare (SUITE-ARCH.tar, by ops/testbed) and qemu (SUITE-ARCH.img) are."),
        ["testbed-maker"] = Words("testbed-maker", "PROGRAM",
            "Asked once an hour, before a claim, for each testbed that there is, to make it anew if it is too old: PROGRAM SUITE ARCH DIR BACKEND, such as ops/testbed."),
        ["run-as"] = Words("run-as", "USER", "Who runs autopkgtest when the worker is root, such as debci-test."),
        ["state"] = Words("state", "DIR", "The worker's own directory. Default: /var/lib/debci-worker for root, else below the home directory."),
        ["give-up-after"] = Words("give-up-after", "SECONDS", "End a test when the server was not heard of for so long: then another worker has the run. Default: 900."),
        ["log-limit"] = Words("log-limit", "MB", "End a test that writes more log than this, lest it fill the host's disk. Default: 500. The server keeps less."),
        ["idle-exit"] = Words("idle-exit", "SECONDS", "End when there was no run for so long; for hosts that are started when there is work."),
        ["fake-scenario"] = Words("fake-scenario", "FILE",
            """What the fake backend does, by package: {"figlet": {"exitCode": 4, "sleepSeconds": 2}}. Others pass at once."""),
    };
    private readonly Option<bool> once = new("--once") { Description = "Wait for one run, test it, and end." };
    private readonly Command doctor = new("doctor", "Says of each backend whether it can run on this host, and what is in the way; of the server, whether it takes the key. Ends with 0 when all is well, else with 1.");
    private readonly RootCommand command = new(
        "Takes runs from a debci server and tests them with autopkgtest. Each option can also be given in the environment: "
        + "--key-file as DEBCI_WORKER_KEY_FILE. One process tests one run at a time; start as many as the host can bear, each with a --name and a --state of its own. "
        + "SIGTERM or SIGINT: claim no more, finish the run at hand, end; the second one, or SIGQUIT, ends the run too. Ends with 0 when told to, 1 when the server refuses this worker, 2 on bad options.");

    /// <summary>The command with all its options.</summary>
    public CommandLine()
    {
        foreach (var option in options.Values)
        {
            option.Recursive = true;
            command.Add(option);
        }
        command.Add(once);
        command.Add(doctor);
    }

    /// <summary>Reads the arguments, and starts <paramref name="work"/> unless they ask for help or cannot be read.</summary>
    /// <param name="arguments">As given to the program.</param>
    /// <param name="work">Given a function from an option's name to its value or null; returns the exit code.</param>
    /// <param name="examine">The same for the doctor.</param>
    public async Task<int> RunAsync(string[] arguments, Func<Func<string, string?>, Task<int>> work, Func<Func<string, string?>, Task<int>> examine)
    {
        doctor.SetAction((given, _) => examine(name => Value(given, name)));
        command.SetAction((given, _) => work(name => Value(given, name)));
        var parsed = command.Parse(arguments);
        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        foreach (var error in parsed.Errors)
            await Console.Error.WriteLineAsync($"{error.Message} See debci-worker --help.");
        return 2;
    }

    private string? Value(ParseResult given, string name)
    {
        var variable = Environment.GetEnvironmentVariable("DEBCI_WORKER_" + name.Replace('-', '_').ToUpperInvariant());
        if (name == "once")
            return given.GetValue(once) ? "true" : variable;
        return given.GetValue(options[name]) is { Length: > 0 } words ? string.Join(' ', words) : variable;
    }

    private static Option<string[]> Words(string name, string argument, string description) =>
        new("--" + name) { HelpName = argument, Description = description };
}
