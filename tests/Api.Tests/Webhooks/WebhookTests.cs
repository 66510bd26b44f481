using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Debci.Api.Webhooks;
using Debci.Playground;

namespace Debci.Api.Tests.Webhooks;

/// <summary>Webhooks: nothing that was asked for is left out, each is signed, and nobody is led where the operator does not want it.</summary>
public sealed class WebhookTests : WebhookWorld
{
    private const string Add = "mutation ($url: String!, $filter: RunFilter) { addWebhook(url: $url, filter: $filter) { ... on WebhookAdded { id secret } ... on Refused { code message } } }";
    [Fact]
    public async Task What_fits_is_told_in_order_and_signed()
    {
        var (id, secret) = await Added(new { state = "FINISHED" });
        await Finish("hello", "gzip");
        await Told(2);

        var told = Receiver.Got.ToList();
        Assert.Equal(["hello PASS", "gzip PASS"], told.Select(d => JsonSerializer.Deserialize<JsonElement>(d.Body).GetProperty("run")).Select(r => $"{r.GetProperty("package")} {r.GetProperty("status")}"));
        Assert.All(told, d =>
        {
            var parts = d.Signature.Split(',').Select(p => p.Split('=')[1]).ToArray();
            Assert.Equal(WebhookSender.Sign(secret, long.Parse(parts[0], CultureInfo.InvariantCulture), Encoding.UTF8.GetBytes(d.Body)), parts[1]);
            Assert.StartsWith($"{id}.", d.Id, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task What_could_not_be_told_is_told_again_before_what_came_later()
    {
        Receiver.Status = 500;
        var (id, _) = await Added(new { state = "FINISHED" });
        await Finish("hello");
        await Told(1);
        await Finish("gzip");
        Receiver.Status = 200;
        await Eventually.True("both are told", async () => (await Hook(id)).GetProperty("failures").GetInt32() == 0 && Receiver.Got.Any(d => d.Body.Contains("gzip", StringComparison.Ordinal)));

        var ids = Receiver.Got.Select(d => d.Id).ToList();
        Assert.Equal(ids[0], ids[1]); // the same delivery again
        Assert.Equal(["failed", "told"], (await Hook(id)).GetProperty("deliveries").EnumerateArray().Select(d => d.GetProperty("succeeded").GetBoolean() ? "told" : "failed").Distinct().Order());
    }

    [Fact]
    public async Task One_that_is_gone_is_disabled_with_a_notice_and_can_be_enabled_again()
    {
        Receiver.Status = 410;
        var (id, _) = await Added(new { });
        await Finish("hello");
        await Eventually.True("it is disabled", async () => (await Hook(id)).GetProperty("disabledWhy").GetString() is { } why && why.Contains("gone", StringComparison.Ordinal));
        Receiver.Status = 200;
        await Alice.Data("mutation ($id: ID!) { enableWebhook(id: $id) { __typename } }", new { id });
        await Eventually.True("it is told from where it was left", () => Task.FromResult(Receiver.Got.Any(d => d.Body.Contains("FINISHED", StringComparison.Ordinal))));
        Assert.Equal(JsonValueKind.Null, (await Hook(id)).GetProperty("disabledAt").ValueKind);
    }

    [Fact]
    public async Task A_redirect_is_a_failure_and_not_followed()
    {
        await using var other = await Receiver.Start();
        (Receiver.Status, Receiver.Elsewhere) = (302, other.Url);
        var (id, _) = await Added(new { });
        await Finish("hello");
        await Eventually.True("it failed", async () => (await Hook(id)).GetProperty("failures").GetInt32() > 0);
        Assert.Empty(other.Got);
    }

    [Fact]
    public async Task Private_runs_are_told_to_their_owner_alone()
    {
        await using var others = await Receiver.Start();
        await Added(new { state = "PENDING" });
        await Server.Client(Server.OtherKey).Data(Add, new { url = others.Url, filter = new { state = "PENDING" } });
        await Alice.Data("mutation { requestRuns(input: {tests: [{package: \"secret\", suite: \"testing\", arch: \"amd64\", isPrivate: true}, {package: \"open\", suite: \"testing\", arch: \"amd64\"}]}) { __typename } }");
        await Told(2);
        await Eventually.True("the other is told", () => Task.FromResult(!others.Got.IsEmpty));
        Assert.DoesNotContain(others.Got, d => d.Body.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_private_run_that_is_published_is_told_to_others_too()
    {
        var added = await Server.Client(Server.OtherKey).Data(Add, new { url = Receiver.Url, filter = new { state = "FINISHED" } });
        Assert.NotNull(added.GetProperty("addWebhook").GetProperty("id").GetString());
        var hidden = (await Alice.Data("mutation { requestRuns(input: {tests: [{package: \"secret\", suite: \"testing\", arch: \"amd64\", isPrivate: true}]}) { ... on BatchAccepted { runs } } }"))
            .GetProperty("requestRuns").GetProperty("runs")[0].GetString();
        await EndNext();
        await Finish("open");
        await Told(1);
        Assert.DoesNotContain("secret", Assert.Single(Receiver.Got).Body, StringComparison.Ordinal); // what came before it was passed over

        var published = await Alice.Data("mutation ($r: [ID!]!) { publishRuns(runs: $r) { ... on RunsPublished { runs position } } }", new { r = new[] { hidden, "4711" } });
        Assert.Equal($"[\"{hidden}\"]", published.GetProperty("publishRuns").GetProperty("runs").GetRawText());

        await Told(2);
        Assert.Contains("secret", Receiver.Got.Last().Body, StringComparison.Ordinal);
        Assert.Contains("\"isPrivate\":false", Receiver.Got.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_not_asked_for_by_the_operator_is_not_called()
    {
        await using var strict = await Server.Start();
        var owner = strict.Client(strict.RequestKey);
        var id = (await owner.Data(Add, new { url = Receiver.Url })).GetProperty("addWebhook").GetProperty("id").GetString()!;
        await owner.Request("hello");
        await Eventually.True("it failed", async () => (await Hook(id, owner)).GetProperty("deliveries").EnumerateArray().Any(d => d.GetProperty("outcome").GetString()!.Contains("private network", StringComparison.Ordinal)));
        Assert.Empty(Receiver.Got);
    }

    [Theory]
    [InlineData("ftp://example.org/")]
    [InlineData("https://user:secret@example.org/")]
    [InlineData("example.org")]
    [InlineData("file:///etc/passwd")]
    public async Task What_is_no_address_is_refused(string url)
    {
        var refused = (await Alice.Data(Add, new { url })).GetProperty("addWebhook");
        Assert.Equal("INVALID", refused.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Nobody_changes_or_sees_another_s()
    {
        var (id, _) = await Added(new { });
        var bob = Server.Client(Server.OtherKey);
        Assert.Contains("You have no webhook", (await bob.Ask("mutation ($id: ID!) { removeWebhook(id: $id) { ... on Refused { message } } }", new { id })).GetRawText(), StringComparison.Ordinal);
        Assert.Empty((await bob.Data("{ webhooks { id } }")).GetProperty("webhooks").EnumerateArray());
        Assert.Empty((await Server.Client(null).Data("{ webhooks { id } }")).GetProperty("webhooks").EnumerateArray());
        Assert.Single((await Server.Client(Server.AdminKey).Data("{ webhooks { id } }")).GetProperty("webhooks").EnumerateArray());
    }

    [Theory]
    [InlineData("10.1.2.3", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("2002:a00:1::", false)] // 10.0.0.1 within
    [InlineData("64:ff9b::a00:1", false)] // and so
    [InlineData("93.184.216.34", true)]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946", true)]
    public void A_number_is_of_the_world_or_not(string number, bool isPublic) => Assert.Equal(isPublic, WebhookAddress.IsPublic(IPAddress.Parse(number)));

    [Fact]
    public void Pauses_grow_to_an_hour() => Assert.Equal([1, 2, 4, 8, 3600, 3600], new[] { 1, 2, 3, 4, 13, 1000 }.Select(n => (int)WebhookTeller.PauseBehind(n).TotalSeconds));

    private async Task<(string Id, string Secret)> Added(object filter)
    {
        var added = (await Alice.Data(Add, new { url = Receiver.Url, filter })).GetProperty("addWebhook");
        return (added.GetProperty("id").GetString()!, added.GetProperty("secret").GetString()!);
    }

    private Task<JsonElement> Hook(string id) => Hook(id, Alice);

    private static async Task<JsonElement> Hook(string id, HttpClient owner) => (await owner.Data("{ webhooks { id failures disabledAt disabledWhy deliveries { succeeded outcome } } }"))
        .GetProperty("webhooks").EnumerateArray().Single(w => w.GetProperty("id").GetString() == id);

    private Task Told(int count) => Eventually.True($"{count} are told", () => Task.FromResult(Receiver.Got.Count >= count));
}
