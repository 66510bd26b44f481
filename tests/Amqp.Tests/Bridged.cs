using System.Text;
using Debci.Api.Amqp;
using Debci.Api.Configuration;
using Debci.EventLog;
using Debci.Playground;
using RabbitMQ.Client;

namespace Debci.Amqp.Tests;

/// <summary>A message as a test sees it.</summary>
internal sealed record Seen(string Body, IReadOnlyBasicProperties Properties)
{
    public string Header(string name) => Properties.Headers?.TryGetValue(name, out var value) is true && value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "";
}

/// <summary>A server with a bridge to a broker, in queues of its own, and a client of that broker.</summary>
internal sealed class Bridged : IAsyncDisposable
{
    private static int count;
    private IConnection? connection;
    private IChannel? channel;

    private Bridged(Rabbit rabbit, string name) => (Rabbit, Name) = (rabbit, name);

    public Rabbit Rabbit { get; }
    public Server Server { get; private set; } = null!;

    /// <summary>Architecture of its own, so that debci's queue is its own as well.</summary>
    public string Name { get; }
    public string Requests => $"requests-testing-{Name}";
    public string Results => $"results-{Name}";
    public string DeadLetters => $"dead-{Name}";
    public string Fleet => $"debci-tests-{Name}-lxc";

    public HttpClient Anybody => Server.Client();

    /// <summary>What the server says of itself, whether it is well or not yet.</summary>
    public async Task<string> Health() => await (await Anybody.GetAsync("/health")).Content.ReadAsStringAsync();

    public static async Task<Bridged> Start(
        Func<AmqpSettings, AmqpSettings>? configure = null, Func<DebciConfiguration, DebciConfiguration>? more = null, Rabbit? rabbit = null, FleetLimits? limits = null)
    {
        var world = new Bridged(rabbit ?? await Rabbit.Shared, $"arch{Interlocked.Increment(ref count)}");
        var settings = new AmqpSettings
        {
            Brokers = world.Rabbit.Addresses, Results = world.Results, DeadLetters = world.DeadLetters,
            Requests = new Dictionary<string, RequestQueue> { ["requests-{suite}-{arch}"] = new() { Account = "alice" } },
            Dispatch = limits is null ? new Dictionary<(string, string), FleetLimits>() : new() { [(world.Name, "lxc")] = limits },
        };
        settings = configure?.Invoke(settings) ?? settings;
        world.Server = await Server.Start(c => (more ?? (same => same))(c with { Arches = ["amd64", world.Name], Suites = ["testing", "unstable"], Backends = ["fake", "lxc"], Amqp = settings }));
        return world;
    }

    /// <summary>Waits until the bridge has all its queues.</summary>
    public Task IsReady() => Eventually.True("the bridge works", async () => await Declared(Results) && await Declared(DeadLetters)
        && (Server.Configuration.Amqp.Dispatch.Count == 0 || await Declared(Fleet)) && (Server.Configuration.Amqp.Requests.Count == 0 || await Declared(Requests)));

    /// <summary>Sends a message, and waits until the broker has it; through its absences.</summary>
    public async Task Send(string queue, byte[] body, string? id = null)
    {
        await Eventually.True("the broker takes a message", async () => await Trying(async c =>
        {
            await c.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { Persistent = true, MessageId = id }, body);
            return true;
        }), TimeSpan.FromMinutes(2));
    }

    public Task Send(string queue, string body, string? id = null) => Send(queue, Encoding.UTF8.GetBytes(body), id);

    /// <summary>The next message of a queue.</summary>
    public async Task<Seen> Next(string queue)
    {
        Seen? seen = null;
        await Eventually.True($"a message in {queue}", async () => (seen = await TryNext(queue)) is not null);
        return seen!;
    }

    /// <summary>The next message of a queue; null for none just now.</summary>
    public async Task<Seen?> TryNext(string queue)
    {
        Seen? seen = null;
        await Trying(async c =>
        {
            if (await c.BasicGetAsync(queue, autoAck: true) is { } got)
                seen = new Seen(Encoding.UTF8.GetString(got.Body.Span), got.BasicProperties);
            return true;
        });
        return seen;
    }

    /// <summary>How many messages wait in a queue.</summary>
    public async Task<uint> Waiting(string queue)
    {
        var waiting = 0u;
        await Trying(async c => (waiting = await c.MessageCountAsync(queue)) >= 0);
        return waiting;
    }

    /// <summary>The runs of a package, the first one first.</summary>
    public async Task<IReadOnlyList<long>> Runs(string package)
    {
        var data = await Server.Client(Server.AdminKey).Data("query ($p: String!) { runs(filter: {package: $p}) { nodes { id } } }", new { p = package });
        return [.. data.GetProperty("runs").GetProperty("nodes").EnumerateArray().Select(n => long.Parse(n.GetProperty("id").GetString()!)).Order()];
    }

    /// <summary>The state of a run, and its status.</summary>
    public async Task<(string State, string? Status, int Attempt)> Run(long id)
    {
        var run = (await Anybody.Data("query ($id: ID!) { run(id: $id) { state status attempt } }", new { id = $"{id}" })).GetProperty("run");
        return (run.GetProperty("state").GetString()!, run.GetProperty("status").GetString(), run.GetProperty("attempt").ValueKind == System.Text.Json.JsonValueKind.Null ? 0 : run.GetProperty("attempt").GetInt32());
    }

    public async Task Reaches(long run, string state, TimeSpan? limit = null)
    {
        try
        {
            await Eventually.True($"run {run} is {state}", async () => (await Run(run)).State == state, limit);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}\n{await BridgedWords.Of(this, run)}", late);
        }
    }

    /// <summary>What happened to a run, by the log itself: the names of its events.</summary>
    public async Task<IReadOnlyList<string>> Events(long run) =>
        [.. (await Server.Get<IEventLog>().ReadStream($"run-{run}")).Select(e => e.Name)];

    /// <summary>Waits until each package has one run that has ended so, and looks in the log whether it ended once, in its first attempt.</summary>
    public async Task AllEndOnce(IReadOnlyCollection<string> packages, string state, TimeSpan? limit = null)
    {
        foreach (var package in packages)
        {
            await Eventually.True($"{package} has a run", async () => (await Runs(package)).Count > 0, limit);
            var run = Assert.Single(await Runs(package));
            await Reaches(run, state, limit);
            Assert.Equal(["run.started.v1", "run.finished.v1"], await Events(run));
        }
    }

    /// <summary>Waits for so long by looking at leases, of which none may be lost meanwhile.</summary>
    public async Task OutlivesLeases(TimeSpan time)
    {
        var until = DateTime.UtcNow + time;
        await using var database = Npgsql.NpgsqlDataSource.Create(Server.Configuration.Database);
        await Eventually.True("time has passed", async () =>
        {
            await using var command = database.CreateCommand("select count(*) from work.leases where lost");
            Assert.Equal(0L, await command.ExecuteScalarAsync());
            return DateTime.UtcNow > until;
        });
    }

    /// <summary>Sends a request for each package, each again until the broker has confirmed it.</summary>
    public async Task SendAll(IEnumerable<string> packages)
    {
        foreach (var package in packages)
            await Send(Requests, $"{package}\n{{}}", id: package);
    }

    /// <summary>A request, a claim, a report and a query by HTTP.</summary>
    public async Task WorksByHttp()
    {
        var (runs, _) = await Server.Client(Server.RequestKey).Request("elsewhere");
        using var worker = Server.Client(Server.ReportKey);
        Assert.Equal(runs[0], (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64());
        (await worker.Report(runs[0])).EnsureSuccessStatusCode();
        await Reaches(runs[0], "FINISHED");
    }

    /// <summary>A request by HTTP for the architecture of this world.</summary>
    public async Task<IReadOnlyList<long>> Ask(params string[] packages)
    {
        var data = await Server.Client(Server.RequestKey).Data("mutation ($t: [TestInput!]!) { requestRuns(input: {tests: $t}) { ... on BatchAccepted { runs } ... on Refused { message } } }",
            new { t = packages.Select(package => new { package, suite = "testing", arch = Name }) });
        return [.. data.GetProperty("requestRuns").GetProperty("runs").EnumerateArray().Select(r => long.Parse(r.GetString()!))];
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (connection is not null)
            await connection.DisposeAsync();
    }

    private Task<bool> Declared(string queue) => Trying(async c => await c.QueueDeclarePassiveAsync(queue) is not null);

    // A channel with confirms; false, and a new one the next time, where the broker does not want to.
    private async Task<bool> Trying(Func<IChannel, Task<bool>> act)
    {
        try
        {
            if (channel is not { IsOpen: true })
            {
                if (connection is not { IsOpen: true })
                    connection = await Rabbit.Connect();
                channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
            }
            return await act(channel).WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (Exception away) when (away is RabbitMQ.Client.Exceptions.RabbitMQClientException or IOException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            channel = null;
            return false;
        }
    }
}
