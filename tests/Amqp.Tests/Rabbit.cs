using System.Diagnostics;
using System.Globalization;
using Debci.Playground;
using RabbitMQ.Client;

namespace Debci.Amqp.Tests;

/// <summary>A real RabbitMQ of one node or more, by ops/rabbitmq, that ends with this process however that ends.</summary>
internal sealed class Rabbit : IDisposable
{
    private static readonly Lazy<Task<Rabbit>> SharedOne = new(() => Start(1));
    private readonly string folder = Directory.CreateTempSubdirectory("debci-rabbit-").FullName;
    private readonly int[] ports;
    private Process? script;

    private Rabbit(int nodes) => ports = [.. Enumerable.Range(0, 1 + (2 * nodes)).Select(_ => Ports.Free())];

    /// <summary>The broker that the tests of this process share; each has queues of its own.</summary>
    public static Task<Rabbit> Shared => SharedOne.Value;

    /// <summary>A broker for tests that kill it.</summary>
    public static async Task<Rabbit> Start(int nodes)
    {
        var rabbit = new Rabbit(nodes);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => rabbit.Dispose();
        rabbit.Run();
        await Eventually.True("RabbitMQ is ready", () => rabbit.script!.HasExited
            ? throw new InvalidOperationException("ops/rabbitmq ended; see its words above. RabbitMQ comes with: apt-get install rabbitmq-server")
            : Task.FromResult(File.Exists(Path.Combine(rabbit.folder, "ready"))), TimeSpan.FromMinutes(3));
        return rabbit;
    }

    /// <summary>A broker that is not there yet: its address is known.</summary>
    public static Rabbit Absent() => new(1);

    /// <summary>Starts one that was absent; whoever needs it waits for it.</summary>
    public void Run()
    {
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        script = Process.Start(new ProcessStartInfo(Repository.Path("ops/rabbitmq"), ["run", folder, string.Join(',', ports), "--until-stdin-closes", "--throw-away"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Addresses of its nodes, the first one first.</summary>
    public IReadOnlyList<string> Addresses => [.. Enumerable.Range(1, (ports.Length - 1) / 2).Select(Address)];

    /// <summary>Address of a node, from 1 on.</summary>
    public string Address(int node) => $"amqp://guest:guest@127.0.0.1:{ports[(2 * node) - 1]}/";

    /// <summary>kill -9 of a node.</summary>
    public void Kill(int node) => ProcessTree.Kill(int.Parse(File.ReadAllText(Path.Combine(folder, $"{node}", "pid")), CultureInfo.InvariantCulture));

    /// <summary>Starts a node that was killed.</summary>
    public void StartNode(int node) => script!.StandardInput.WriteLine($"start {node}");

    /// <summary>Removes all that a node that was killed has stored.</summary>
    public void Forget(int node) => Directory.Delete(Path.Combine(folder, $"{node}", "mnesia"), recursive: true);

    /// <summary>What rabbitmqctl says.</summary>
    public async Task<string> Control(int node, params string[] arguments)
    {
        using var control = Process.Start(new ProcessStartInfo(Repository.Path("ops/rabbitmq"), ["ctl", folder, $"{node}", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await Task.WhenAll(control.StandardOutput.ReadToEndAsync(), control.StandardError.ReadToEndAsync());
        await control.WaitForExitAsync();
        return control.ExitCode == 0 ? said[0] : throw new InvalidOperationException(string.Concat(said));
    }

    /// <summary>Whether a queue has no messages, neither waiting nor unacknowledged; looked at until it has none.</summary>
    public async Task<bool> IsEmpty(int node, string queue)
    {
        await Eventually.True($"{queue} is empty", async () =>
            (await Control(node, "list_queues", "name", "messages", "--no-table-headers")).Split('\n').Contains($"{queue}\t0", StringComparer.Ordinal));
        return true;
    }

    /// <summary>Connects, to the first node that answers; tried until one does.</summary>
    public async Task<IConnection> Connect()
    {
        IConnection? connection = null;
        await Eventually.True("a node answers", async () =>
        {
            foreach (var address in Addresses)
            {
                try
                {
                    connection = await new ConnectionFactory { Uri = new Uri(address), AutomaticRecoveryEnabled = false, RequestedConnectionTimeout = TimeSpan.FromSeconds(5) }.CreateConnectionAsync();
                    return true;
                }
                catch (Exception away) when (away is RabbitMQ.Client.Exceptions.BrokerUnreachableException or IOException or OperationCanceledException)
                {
                    // the next one
                }
            }
            return false;
        });
        return connection!;
    }

    public void Dispose()
    {
        if (script is not null)
        {
            script.StandardInput.Close();
            script.WaitForExit(TimeSpan.FromSeconds(15)); // at the end of the process there is less time; ops/rabbitmq clears away all the same
            script = null;
        }
        else if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
