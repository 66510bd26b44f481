using System.Net.Http.Json;
using System.Text.Json;
using Debci.Playground;
using Debci.Projections;

namespace Debci.Api.Tests.Dispatch;

/// <summary>A server, its people and its workers, for stories about who gets what.</summary>
public abstract class Dispatching : IAsyncLifetime
{
    protected Server Server { get; private set; } = null!;
    protected HttpClient Alice { get; private set; } = null!;
    protected HttpClient Bob { get; private set; } = null!;
    protected HttpClient Operator { get; private set; } = null!;
    protected HttpClient Workers { get; private set; } = null!;
    protected HttpClient Anybody { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await Server.Start(c => c with { Backends = ["fake", "unshare", "lxc", "qemu"], LeaseSeconds = Lease });
        (Alice, Bob, Operator) = (Server.Client(Server.RequestKey), Server.Client(Server.OtherKey), Server.Client(Server.AdminKey));
        (Workers, Anybody) = (Server.Client(Server.ReportKey), Server.Client());
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>How long a lease lasts, in seconds.</summary>
    protected virtual int Lease => 60;

    /// <summary>One test; what is null is left out.</summary>
    protected static Dictionary<string, object?> Test(
        string package, string? trigger = null, int priority = 5, string arch = "amd64", string suite = "testing", string? backend = null)
    {
        var test = new Dictionary<string, object?> { ["package"] = package, ["suite"] = suite, ["arch"] = arch, ["priority"] = priority };
        if (trigger is not null)
            test["triggers"] = trigger.Split(' ');
        if (backend is not null)
            test["backend"] = backend;
        return test;
    }

    /// <summary>Requests tests; the answer, whichever.</summary>
    protected static async Task<JsonElement> Ask(HttpClient who, IEnumerable<Dictionary<string, object?>> tests, string? batchId = null, string onBadTest = "REFUSE_BATCH") =>
        (await who.Data("""
            mutation ($input: RequestRunsInput!) { requestRuns(input: $input) {
                ... on BatchAccepted { batch runs accepted alreadyPending refused position items { outcome run notice refusal { code message path } } }
                ... on Refused { code message path } } }
            """, new { input = new { batchId, onBadTest, tests } })).GetProperty("requestRuns");

    /// <summary>Requests tests and waits until they are in the queue; their runs.</summary>
    protected async Task<IReadOnlyList<long>> Queue(HttpClient who, params Dictionary<string, object?>[] tests)
    {
        var answer = await Ask(who, tests);
        await Passed(answer.GetProperty("position").GetString()!);
        return [.. answer.GetProperty("runs").EnumerateArray().Select(r => long.Parse(r.GetString()!))];
    }

    /// <summary>Waits until the rows have a position.</summary>
    protected async Task Passed(string position) => await Anybody.Data("query ($p: String) { server { position } queue(first: 1, minPosition: $p) { nodes { run } } }", new { p = position });

    /// <summary>Waits until the rows have all that is in the log now.</summary>
    protected async Task Passed() => Assert.True(await Server.Get<ReadPosition>().WaitFor(await Server.Get<EventLog.IEventLog>().Head(), TimeSpan.FromSeconds(10)));

    /// <summary>Waits until the rows have all that is in the log now, and has dispatch look at them.</summary>
    protected async Task Settled()
    {
        await Passed();
        Server.Get<Api.Dispatch.DispatchState>().Forget();
    }

    /// <summary>A mutation of an operator's, with its arguments as written.</summary>
    protected static async Task<JsonElement> Do(HttpClient who, string call) =>
        (await who.Data($"mutation {{ it: {call} {{ __typename {(call.StartsWith("cancelRuns", StringComparison.Ordinal) ? "... on RunsCancelled { cancelled more position }" : "... on Decided { position }")} ... on Refused {{ code message path }} }} }}")).GetProperty("it");

    /// <summary>A claim as a worker of some abilities makes it; the run's number, or null for none.</summary>
    protected async Task<JsonElement?> Claim(string worker, string arch = "amd64", string backends = "fake", string tags = "", int waitSeconds = 0)
    {
        using var answer = await Workers.PostAsJsonAsync("/worker/v1/claim", new
        {
            claim = Guid.NewGuid(), worker, arches = arch.Split(' '), backends = backends.Split(' '), software = "test", waitSeconds,
            tags = tags.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return answer.StatusCode == System.Net.HttpStatusCode.NoContent ? null : await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>The number of the run that a worker gets; null for none.</summary>
    protected async Task<long?> Take(string worker, string arch = "amd64", string backends = "fake", string tags = "", int waitSeconds = 0) =>
        (await Claim(worker, arch, backends, tags, waitSeconds))?.GetProperty("run").GetInt64();

    /// <summary>One run by GraphQL, at least as new as now.</summary>
    protected async Task<JsonElement> Run(long run)
    {
        await Passed();
        return (await Operator.Data("query ($id: ID!) { run(id: $id) { state status cause message attempt worker priority needs } }", new { id = $"{run}" })).GetProperty("run");
    }

    /// <summary>The queue as anybody sees it, in its order.</summary>
    protected async Task<IReadOnlyList<JsonElement>> Queue(string arguments = "first: 500") =>
        [.. (await Anybody.Data($"{{ queue({arguments}) {{ nodes {{ run package state place expectedStart waitsFor needs priority }} }} }}")).GetProperty("queue").GetProperty("nodes").EnumerateArray()];
}
