namespace Debci.Api.Amqp;

/// <summary>What is exchanged with RabbitMQ; nothing, unless brokers are named. <c>ops/rabbitmq.md</c> tells how to connect.</summary>
public sealed record AmqpSettings
{
    /// <summary>No broker.</summary>
    public static readonly AmqpSettings Off = new();

    /// <summary>Addresses of one broker, or of the nodes of a cluster, with user and password: <c>amqp://user:password@host:5672/</c>. The first that answers is used.</summary>
    public IReadOnlyList<string> Brokers { get; init; } = [];
    /// <summary>The queue that results come in by.</summary>
    public string Results { get; init; } = "debci_results";
    /// <summary>The queue for messages that cannot be taken, each with the reason.</summary>
    public string DeadLetters { get; init; } = "debci_dead_letters";
    /// <summary>The exchange that what came of runs is published to; empty for none.</summary>
    public string Outcomes { get; init; } = "";
    /// <summary>Whether queues of requests, results and dead letters are quorum queues, which outlive a node of a cluster.</summary>
    public bool Quorum { get; init; }
    /// <summary>Queues of requests, by their name, in which <c>{suite}</c> and <c>{arch}</c> stand for each that is configured.</summary>
    public IReadOnlyDictionary<string, RequestQueue> Requests { get; init; } = new Dictionary<string, RequestQueue>();
    /// <summary>Fleets of debci's own worker, by architecture and backend.</summary>
    public IReadOnlyDictionary<(string Arch, string Backend), FleetLimits> Dispatch { get; init; } = new Dictionary<(string, string), FleetLimits>();

    /// <summary>Whether there is anything to do.</summary>
    public bool IsOn => Brokers.Count > 0;

    /// <summary>The fleets, in one order.</summary>
    public IReadOnlyList<AmqpFleet> Fleets => [.. Dispatch.Select(d => new AmqpFleet(d.Key.Arch, d.Key.Backend, d.Value)).OrderBy(f => f.Worker, StringComparer.Ordinal)];

    /// <summary>What is missing, a line for each.</summary>
    public IEnumerable<string> Mistakes() => Requests.SelectMany(r => r.Value.Mistakes(r.Key));

    /// <summary>The same for the same settings, to find out whether anything has changed.</summary>
    public string Digest() => string.Join('\n',
        [.. Brokers, Results, DeadLetters, Outcomes, $"{Quorum}", .. Requests.Select(r => $"{r.Key} {r.Value.Account} {r.Value.Suite} {r.Value.Arch} {r.Value.Priority} {r.Value.PinTriggersFrom} {string.Join(' ', r.Value.ExtraSources)}"),
            .. Fleets.Select(f => $"{f.Worker} {f.Limits}")]);
}

/// <summary>Queues of requests of one kind.</summary>
public sealed record RequestQueue
{
    /// <summary>The account that requests from it belong to.</summary>
    public string Account { get; init; } = "";
    /// <summary>Their suite, where neither the queue's name nor the request says it.</summary>
    public string? Suite { get; init; }
    /// <summary>Their architecture, where the queue's name does not say it.</summary>
    public string? Arch { get; init; }
    /// <summary>Their priority, 1 (last) to 10 (first).</summary>
    public int Priority { get; init; } = Domain.TestRequest.DefaultPriority;
    /// <summary>The suite that the triggers' sources are pinned to, as a migration needs; null where requests say their pins themselves.</summary>
    public string? PinTriggersFrom { get; init; }
    /// <summary>Extra sources that go with such pins.</summary>
    public IReadOnlyList<string> ExtraSources { get; init; } = [];

    internal IEnumerable<string> Mistakes(string name)
    {
        if (Account.Length == 0)
            yield return $"[amqp.requests.\"{name}\"] has no account; write account = \"britney\", whose requests they are.";
        if (Arch is null && !name.Contains(RequestQueues.ArchHole, StringComparison.Ordinal))
            yield return $"[amqp.requests.\"{name}\"] says no architecture; write {{arch}} in its name, or arch = \"amd64\".";
    }
}

/// <summary>How much a fleet gets.</summary>
/// <param name="InFlight">So many runs at most are delivered and not finished.</param>
/// <param name="LimitSeconds">A run without a result is lost so long after it was claimed, the wait in the broker's queue included.</param>
public sealed record FleetLimits(int InFlight = 20, int LimitSeconds = 86_400);

/// <summary>Workers of debci's own kind that share a queue. To the rest of the server they are one worker.</summary>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Backend">Backend.</param>
/// <param name="Limits">How much it gets.</param>
public sealed record AmqpFleet(string Arch, string Backend, FleetLimits Limits)
{
    /// <summary>What the names of these workers begin with; no other worker's does.</summary>
    public const string WorkerBegin = "amqp:";

    /// <summary>debci's name for the queue.</summary>
    public string Queue => $"debci-tests-{Arch}-{Backend}";

    /// <summary>The worker that claims for it.</summary>
    public string Worker => $"{WorkerBegin}{Arch}:{Backend}";
}
