using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Debci.Api.Cli;
using Debci.Api.Keys;
using Debci.EventLog;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.EndToEnd.Tests;

/// <summary>A PostgreSQL, a server and workers with the fake backend, each a process of its own that can be killed.</summary>
internal sealed class World : IAsyncDisposable
{
#if DEBUG
    private const string Build = "Debug";
#else
    private const string Build = "Release";
#endif
    private readonly string folder = Directory.CreateTempSubdirectory("debci-world-").FullName;
    private readonly int port = Ports.Free();
    private int otherPort;
    private readonly List<Process> processes = [];
    private string connection = "";
    private string reportKey = "";
    private int leaseSeconds;
    private NpgsqlDataSource? database;
    private PostgresCluster? standby;
    private int readerPort;
    private IOpenLog? ownLog;
    private TestEngine? log; // in this process, and so outlives the servers that are killed

    public PostgresCluster Cluster { get; private set; } = null!;
    public Process Server { get; private set; } = null!;

    /// <summary>The double of EventStoreDB that has the log, if one does.</summary>
    public EventStoreDouble? EventStore => log?.Doubled;
    public Process? Other { get; private set; }
    public HttpClient Requester { get; private set; } = null!;
    public HttpClient Anybody { get; private set; } = null!;

    /// <summary>The server's configuration file; empty at first.</summary>
    public string ConfigurationFile => Path.Combine(folder, "debci.toml");

    /// <summary>Where the server answers.</summary>
    public string Address => $"http://127.0.0.1:{port}/";

    /// <summary>The requester's key.</summary>
    public string RequestKey { get; private set; } = "";

    /// <summary>Everything but workers.</summary>
    /// <param name="configuration">The server's configuration file, beside what every test needs.</param>
    /// <param name="leaseSeconds">How long a worker has its run without a heartbeat.</param>
    /// <param name="withStandby">Whether PostgreSQL has a synchronous standby; then the server knows both.</param>
    /// <param name="onCluster">Whether the log is on EventStoreDB also where <see cref="TestEngine"/> says otherwise.</param>
    public static async Task<World> Create(string configuration = "", int leaseSeconds = 3, bool withStandby = false, bool onCluster = false)
    {
        var world = new World { Cluster = await PostgresCluster.Start(), leaseSeconds = leaseSeconds };
        world.log = await TestEngine.Start(onCluster);
        world.connection = await world.Cluster.NewDatabase("debci", c => Migration.Run(c, cluster: world.log?.Settings));
        await using (var database = NpgsqlDataSource.Create(world.connection))
        {
            var keys = new AccessKeys(database);
            world.Requester = world.Client(world.RequestKey = await keys.Create("alice", [Scope.Request]));
            world.reportKey = await keys.Create("worker", [Scope.Report]);
        }
        world.Anybody = world.Client(null);
        if (withStandby)
            await world.StartStandby();
        await System.IO.File.WriteAllTextAsync(world.ConfigurationFile, configuration);
        await world.StartServer();
        return world;
    }

    public async Task StartServer()
    {
        Server = Start(Built("src/Api", "debci"), ["serve"], Settings);
        await Eventually.True("the server answers", async () => await Answers(Anybody));
    }

    /// <summary>A second server beside the first, on the same database, at an address of its own.</summary>
    /// <param name="sharesFolder">Whether it has the first one's folder of files; not where another store keeps them.</param>
    public async Task StartOther(bool sharesFolder = true)
    {
        otherPort = otherPort == 0 ? Ports.Free() : otherPort;
        Other = Start(Built("src/Api", "debci"), ["serve"], new(Settings) { ["DEBCI__SERVER__LISTEN"] = $"http://127.0.0.1:{otherPort}", ["DEBCI__FILES__ROOT"] = sharesFolder ? Files : File("other-files") });
        using var client = Client(null, otherPort);
        await Eventually.True("the other server answers", async () => await Answers(client));
    }

    /// <summary>A server that only reads, from the standby.</summary>
    public async Task<HttpClient> StartReader()
    {
        readerPort = Ports.Free();
        Start(Built("src/Api", "debci"), ["serve"], new(Settings)
        {
            ["DEBCI__SERVER__LISTEN"] = $"http://127.0.0.1:{readerPort}", ["DEBCI__SERVER__READS_ONLY"] = "true",
            ["DEBCI__DATABASE__CONNECTION"] = standby!.ConnectionString(new NpgsqlConnectionStringBuilder(connection).Database!),
        });
        var client = Client(RequestKey, readerPort);
        await Eventually.True("the reading server answers", async () => await Answers(client));
        return client;
    }

    /// <summary>kill -9 of the primary, and the standby takes its place.</summary>
    public async Task LosePrimary()
    {
        Cluster.Kill();
        await standby!.Promote();
    }

    /// <summary>The database, for those who look behind the server.</summary>
    public NpgsqlDataSource Database => database ??= NpgsqlDataSource.Create(connection);

    /// <summary>The log, on whichever engine, for those who look behind the server.</summary>
    public IEventLog Log => ownLog ??= LogEngines.Open(Database, log?.Settings);

    /// <summary>All events of these names.</summary>
    public async Task<List<RecordedEvent>> Events(params string[] names)
    {
        var events = new List<RecordedEvent>();
        for (var at = 0L; await Log.ReadAll(at, 2000) is [.., var last] page; at = last.Position)
            events.AddRange(page.Where(e => names.Contains(e.Name)));
        return events;
    }

    /// <summary>A client with the key of workers.</summary>
    /// <param name="other">Whether it talks to the other server.</param>
    public HttpClient Worker(bool other = false) => Client(reportKey, other ? otherPort : null);

    /// <summary>A client with the requester's key that talks to the other server.</summary>
    public HttpClient OtherRequester() => Client(RequestKey, otherPort);

    /// <summary>Starts a second server on the first one's address; its exit code and all that it says.</summary>
    public async Task<(int ExitCode, string Words)> StartSecondServer()
    {
        using var second = Start(Built("src/Api", "debci"), ["serve"], Settings, captured: true);
        var words = await Task.WhenAll(second.StandardOutput.ReadToEndAsync(), second.StandardError.ReadToEndAsync());
        await second.WaitForExitAsync();
        processes.Remove(second);
        return (second.ExitCode, string.Concat(words));
    }

    /// <summary>Starts the server without waiting until it answers.</summary>
    public void BeginServer() => Server = Start(Built("src/Api", "debci"), ["serve"], Settings);

    /// <summary>Whether the server answers.</summary>
    public Task<bool> Answers() => Answers(Anybody);

    /// <summary>A verb of debci on the world's database; its exit code and all that it says.</summary>
    public async Task<(int ExitCode, string Words)> Debci(params string[] arguments)
    {
        using var verb = Start(Built("src/Api", "debci"), arguments, Settings, captured: true);
        var words = await Task.WhenAll(verb.StandardOutput.ReadToEndAsync(), verb.StandardError.ReadToEndAsync());
        await verb.WaitForExitAsync();
        processes.Remove(verb);
        return (verb.ExitCode, string.Concat(words));
    }

    /// <summary>The same, begun and not waited for.</summary>
    public Process BeginDebci(params string[] arguments) => Start(Built("src/Api", "debci"), arguments, Settings);

    /// <summary>Stops the server as an operator does.</summary>
    public async Task StopServer()
    {
        await Signal(Server, "TERM");
        await Server.WaitForExitAsync();
    }

    /// <summary>A file of this world's.</summary>
    public string File(string name) => Path.Combine(folder, name);

    /// <summary>A worker; what its backend does is said by package, in the scenario's JSON.</summary>
    public Process StartWorker(string name, string scenario = "{}", WorkerKind kind = WorkerKind.Net)
    {
        var file = File($"{name}.json");
        System.IO.File.WriteAllText(file, scenario);
        return Start(kind == WorkerKind.Net ? Built("src/Workers", "debci-worker") : PortableWorker.Program,
            ["--server", $"http://127.0.0.1:{port}", "--name", name, "--arch", "amd64", "--backend", "fake", "--fake-scenario", file, "--state", Path.Combine(folder, name)],
            new() { ["DEBCI_KEY"] = reportKey });
    }

    /// <summary>Whether a portable worker has finished a test that it has not reported.</summary>
    public bool HasResult(string name) =>
        Directory.EnumerateFiles(Path.Combine(folder, name), "finished.json", SearchOption.AllDirectories).Any();

    /// <summary>Sends a signal by its name, such as <c>STOP</c>.</summary>
    public static async Task Signal(Process process, string name)
    {
        using var kill = Process.Start("kill", ["-s", name, $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>ops/fleet, which starts workers as the server wants them, four at most.</summary>
    public Process StartFleet() => Start(Repository.Path("ops/fleet"),
        ["--server", $"http://127.0.0.1:{port}", "--arch", "amd64", "--most", "4", "--every", "0.5", "--idle-exit", "2", "--state", Path.Combine(folder, "fleet"),
            "--", Built("src/Workers", "debci-worker"), "--backend", "fake"],
        new() { ["DEBCI_KEY"] = reportKey });

    /// <summary>A verb whose words are read by who starts it.</summary>
    public Process StartVerb(params string[] words) => Start(Built("src/Api", "debci"), words, Settings, captured: true);

    /// <summary>Where logs and artifacts are.</summary>
    public string Files => Path.Combine(folder, "files");

    public static void Kill(Process process)
    {
        process.Kill(); // SIGKILL, of this process alone
        process.WaitForExit();
    }

    public async Task<JsonElement> Run(long id) =>
        (await Anybody.Data("query ($id: ID!) { run(id: $id) { state status message attempt worker cause version logUrl } }", new { id = $"{id}" })).GetProperty("run");

    /// <summary>Waits until the run is in a state; through interruptions of the server.</summary>
    public Task Reaches(long id, string state) => Eventually.True($"run {id} is {state}", async () =>
    {
        try
        {
            return (await Run(id)).GetProperty("state").GetString() == state;
        }
        catch (Exception away) when (away is HttpRequestException or InvalidOperationException or JsonException)
        {
            return false;
        }
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes.Where(p => !p.HasExited))
            Kill(process);
        if (ownLog is not null)
            await ownLog.DisposeAsync();
        if (database is not null)
            await database.DisposeAsync();
        if (log is not null)
            await log.DisposeAsync();
        standby?.Dispose();
        Cluster.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task StartStandby()
    {
        standby = await Cluster.StartSynchronousStandby();
        connection = Cluster.ConnectionString(new NpgsqlConnectionStringBuilder(connection).Database!, standby);
    }

    private HttpClient Client(string? key, int? at = null)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{at ?? port}") };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private Dictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["DEBCI__SERVER__LISTEN"] = $"http://127.0.0.1:{port}", ["DEBCI__DATABASE__CONNECTION"] = connection, ["DEBCI__FILES__ROOT"] = Path.Combine(folder, "files"),
        ["DEBCI_CONFIG"] = ConfigurationFile, ["DEBCI__ARCHIVE__SUITES"] = "testing", ["DEBCI__ARCHIVE__BACKENDS"] = "fake", ["DEBCI__RUNS__LEASE_SECONDS"] = $"{leaseSeconds}", ["DEBCI__RUNS__RETRY_PAUSE_SECONDS"] = "0",
    }.Concat(LogSettings).ToDictionary();

    private Dictionary<string, string> LogSettings =>
        log is null ? [] : new() { ["DEBCI__LOG__ENGINE"] = "eventstoredb", ["DEBCI__LOG__CONNECTION"] = log.Connection };

    /// <summary>A program of the project, as it was built.</summary>
    public static string Built(string project, string program) => Repository.Path($"{project}/bin/{Build}/net10.0/{program}");

    private Process Start(string program, IEnumerable<string> arguments, Dictionary<string, string> environment, bool captured = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        { WorkingDirectory = folder, RedirectStandardOutput = captured, RedirectStandardError = captured };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        processes.Add(Process.Start(start)!);
        return processes[^1];
    }

    private static async Task<bool> Answers(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("/health");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
