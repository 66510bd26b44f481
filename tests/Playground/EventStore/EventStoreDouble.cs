using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;

namespace Debci.Playground.EventStore;

/// <summary>What goes wrong with an append.</summary>
public enum Fault
{
    /// <summary>The connection breaks, and nothing is stored.</summary>
    BeforeStored,
    /// <summary>It is stored, and the reply is lost.</summary>
    AfterStored,
    /// <summary>It is stored, the reply is lost, and another node leads.</summary>
    LeaderDiesAfterStored,
}

/// <summary>
/// A cluster of EventStoreDB as clients see it, over loopback and in memory: so that the engine's every promise can be shown without a server, on
/// good days and bad ones. It knows the rules of the protocol, and what breaks one is in <see cref="Mistakes"/>.
/// </summary>
public sealed class EventStoreDouble : IAsyncDisposable
{
    private const int StateCatchingUp = 4;
    private const int StateFollower = 6;
    private const int StateLeader = 8;

    private readonly ConcurrentQueue<Fault> faults = new();
    private readonly ConcurrentDictionary<DoubleNode, TaskCompletionSource> catchingUp = new();
    private volatile DoubleNode? leader;

    private EventStoreDouble()
    {
    }

    internal DoubleLog Log { get; } = new();

    internal IReadOnlyList<DoubleNode> Nodes { get; private set; } = [];

    internal DoubleNode? Leader => leader;

    /// <summary>What a client did that the protocol does not allow; empty for a good one.</summary>
    public IReadOnlyCollection<string> Mistakes => Log.Mistakes;

    /// <summary>How many events there are, the server's own among them.</summary>
    public int Count => Log.Count;

    /// <summary><c>user:password</c> that every call must bring; null for none.</summary>
    public string? Credentials { get; set; }

    /// <summary>Whether whoever calls may do nothing.</summary>
    public bool DeniesAccess { get; set; }

    /// <summary>How far the clock of the node that stores is from the true one.</summary>
    public TimeSpan ClockOffset { set => Log.ClockOffset = value; }

    /// <summary>A cluster of so many nodes, the first of which leads.</summary>
    public static async Task<EventStoreDouble> Start(int nodes = 1, X509Certificate2? certificate = null)
    {
        var cluster = new EventStoreDouble();
        cluster.Nodes = [.. Enumerable.Range(0, nodes).Select(_ => new DoubleNode(cluster, certificate))];
        foreach (var node in cluster.Nodes)
            await node.Start();
        cluster.leader = cluster.Nodes[0];
        return cluster;
    }

    /// <summary>A connection string to all nodes.</summary>
    public string Connection(string options = "tls=false", string user = "") =>
        $"esdb://{user}{string.Join(',', Nodes.Select(n => $"127.0.0.1:{n.Port}"))}?{options}";

    /// <summary>A connection string to one node, without discovery.</summary>
    public string ConnectionTo(int node, string options = "tls=false") => $"esdb://127.0.0.1:{Nodes[node].Port}?{options}";

    /// <summary>Has the next append, the one after it, … go wrong.</summary>
    public void Next(params Fault[] wrong) => Array.ForEach(wrong, faults.Enqueue);

    /// <summary>Has another node lead: the next one that lives, or nobody.</summary>
    public Task Elect()
    {
        var before = leader;
        leader = Nodes.SkipWhile(n => n != before).Skip(1).Concat(Nodes).FirstOrDefault(n => n != before && n.IsAlive);
        return Task.CompletedTask;
    }

    /// <summary>Nobody leads, until <see cref="Elect"/>.</summary>
    public void Depose() => leader = null;

    /// <summary>Kills a node. If it led, nobody does until <see cref="Elect"/>.</summary>
    public async Task Kill(int node)
    {
        await Nodes[node].Kill();
        if (leader == Nodes[node])
            leader = null;
    }

    /// <summary>Starts a killed node at its old address; it leads where nobody does.</summary>
    public async Task Revive(int node)
    {
        await Nodes[node].Start();
        leader ??= Nodes[node];
    }

    /// <summary>From now on no event comes to a node, until it may catch up.</summary>
    public void FallBehind(int node)
    {
        catchingUp[Nodes[node]] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Nodes[node].Behind = Log.Count;
    }

    /// <summary>The node has all that the others have.</summary>
    public void CatchUp(int node)
    {
        Nodes[node].Behind = null;
        catchingUp[Nodes[node]].TrySetResult();
    }

    /// <summary>Takes back what was appended behind so many events, as a restored backup does.</summary>
    public void CutTo(int count) => Log.CutTo(count);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.Kill();
    }

    internal bool Takes(Fault fault) => faults.TryPeek(out var next) && next == fault && faults.TryDequeue(out _);

    internal int StateOf(DoubleNode node) => leader == node ? StateLeader : leader is null ? StateCatchingUp : StateFollower;

    internal Task CaughtUp(DoubleNode node) => catchingUp[node].Task;
}
