using System.Text.Json;
using System.Text.RegularExpressions;
using Debci.Playground;

namespace Debci.EndToEnd.Tests.Britney;

/// <summary>A way to bring results to a britney, to run it and to bring its requests back.</summary>
internal interface IWay
{
    /// <summary>One round. A failure leaves things so that the next round makes up for it.</summary>
    Task Round();
}

/// <summary>As Debian does: curl fetches the listing, britney runs, and its script posts the requests in chunks of 500.</summary>
/// <param name="world">The product.</param>
/// <param name="archive">What britney reads.</param>
/// <param name="britney">Which one.</param>
/// <param name="bySwift">Whether it fetches its results itself, as from Swift's containers.</param>
internal sealed partial class RestWay(World world, Archive archive, Gatekeeper britney, bool bySwift = false) : IWay
{
    private long since = 1;

    /// <summary>Runs that were acknowledged.</summary>
    public HashSet<long> Acknowledged { get; } = [];

    public async Task Round()
    {
        using var client = new HttpClient { BaseAddress = new Uri(world.Address) };
        client.DefaultRequestHeaders.Add("Auth-Key", world.RequestKey);
        var listing = await client.GetStringAsync(new Uri($"{world.Address}/api/v1/test?since={since}"));
        await (bySwift ? File.WriteAllTextAsync(archive.Requests, "") : File.WriteAllTextAsync(archive.Results, listing)); // like this it adds to its requests
        await Gatekeeper.Run(archive.Folder, britney.Command);
        foreach (var arch in (await File.ReadAllLinesAsync(archive.Requests)).Select(Read).GroupBy(r => r.Arch))
        {
            foreach (var chunk in arch.Chunk(500))
                await Post(client, arch.Key, JsonSerializer.Serialize(chunk.Select(r => r.Item)));
        }
        since = JsonDocument.Parse(listing).RootElement.GetProperty("until").GetInt64(); // only now: what failed is seen again
    }

    private async Task Post(HttpClient client, string arch, string tests)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["tests"] = tests, ["priority"] = "5" });
        using var answer = await client.PostAsync(new Uri($"{client.BaseAddress}/api/v1/test/testing/{arch}"), form);
        if ((int)answer.StatusCode != 201)
            throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        Acknowledged.UnionWith(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("runs").EnumerateArray().Select(r => r.GetInt64()));
    }

    private static (string Arch, object Item) Read(string line)
    {
        var (arch, package, rest) = Line().Match(line).Groups is var g ? (g[1].Value, g[2].Value, g[3].Value) : default;
        var trigger = JsonDocument.Parse(rest).RootElement.GetProperty("triggers")[0].GetString()!;
        return (arch, trigger == "migration-reference/0"
            ? new Dictionary<string, object> { ["is_private"] = false, ["package"] = package, ["trigger"] = trigger }
            : new Dictionary<string, object>
            {
                ["is_private"] = false, ["package"] = package, ["trigger"] = trigger, ["extra-apt-sources"] = new[] { "unstable" },
                ["pin-packages"] = new[] { new[] { string.Join(',', trigger.Split(' ').Select(t => "src:" + t.Split('/')[0])), "unstable" } },
            });
    }

    [GeneratedRegex(@"\Adebci-testing-([^:]+):(\S+) (.*)\z")]
    private static partial Regex Line();
}

/// <summary>By GraphQL: the adapter in ops/britney.</summary>
internal sealed class AdapterWay : IWay
{
    private readonly Archive archive;
    private readonly string[] command;

    public AdapterWay(World world, Archive archive, Gatekeeper britney)
    {
        this.archive = archive;
        File.WriteAllText(archive.In("key"), world.RequestKey + "\n");
        command = [Repository.Path("ops/britney/debci-britney"), "--url", world.Address, "--key-file", "key", "--suite", "testing", "--state", "adapter",
            "--results", "data/debci.json", "--requests", "output/debci.input", "--", .. britney.Command];
    }

    public async Task Round() => await Gatekeeper.Run(archive.Folder, command);
}
