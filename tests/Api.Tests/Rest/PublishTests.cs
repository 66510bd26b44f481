using System.Net;
using System.Text.Json;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Api.Tests.Rest;

/// <summary>A private run becomes public by its requester's word, with all that hangs on it; by nobody else's, and not before it is over.</summary>
public sealed class PublishTests : Debci
{
    private const string Folder = "/data/autopkgtest/testing/amd64/g/green";
    private const string Status = "/data/status/testing/amd64/packages.json";
    private const string Jobs = "/data/packages/testing/amd64/g/green/history.json";

    [Fact]
    public async Task A_published_run_is_seen_by_everybody_wherever_a_public_one_is()
    {
        var run = (await Taken("""[{"package": "green", "trigger": "green/2", "is_private": true}]"""))[0];
        Assert.Contains("not over", await Refused(Publish(Alice, $"{run}"), 400), StringComparison.Ordinal);
        await EndWithLog(run);
        Assert.True(Assert.Single((await Listing()).GetProperty("results").EnumerateArray()).GetProperty("is_private").GetBoolean());
        foreach (var address in new[] { $"{Folder}/{run}/log.gz", $"/runs/{run}", "/data/packages/testing/amd64/g/green/latest.json" })
            Assert.Equal(HttpStatusCode.NotFound, await Anybody(address));
        Assert.DoesNotContain($"\"run-{run}\"", await Events(), StringComparison.Ordinal);

        Assert.Equal([run!.Value], await Published(Alice, $"{run}, 4711"));

        foreach (var address in new[] { $"{Folder}/{run}/log.gz", $"{Folder}/by-version/2/log.gz", $"/runs/{run}", "/data/packages/testing/amd64/g/green/latest-autopkgtest/log.gz" })
            Assert.Equal(HttpStatusCode.OK, await Anybody(address));
        Assert.Equal(run, Assert.Single((await Json(Status)).EnumerateArray()).GetProperty("run_id").GetInt64());
        Assert.EndsWith(".000Z", Assert.Single((await Json(Status)).EnumerateArray()).GetProperty("last_pass_date").GetString(), StringComparison.Ordinal); // as debci writes it
        Assert.Equal(run, Assert.Single((await Json(Jobs)).EnumerateArray()).GetProperty("run_id").GetInt64());
        Assert.Equal(1, (await Json("/data/status/testing/amd64/status.json")).GetProperty("pass").GetInt32());
        Assert.False(Assert.Single((await Listing()).GetProperty("results").EnumerateArray()).GetProperty("is_private").GetBoolean());
        Assert.Contains($"\"run-{run}\"", await Events(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_result_that_is_published_changes_the_history_for_who_has_it_already_and_no_status()
    {
        var hidden = (await Taken("""[{"package": "green", "is_private": true}]"""))[0];
        await End(hidden, exitCode: 4, summary: "t FAIL why\n");
        var open = (await Taken("""[{"package": "green"}]"""))[0];
        await End(open);
        var tag = await Tag(Jobs);

        await Published(Alice, $"{hidden}");

        Assert.NotEqual(tag, await Tag(Jobs));
        Assert.Equal([hidden, open], (await Json(Jobs)).EnumerateArray().Select(j => (long?)j.GetProperty("run_id").GetInt64()));
        Assert.Equal("pass", Assert.Single((await Json(Status)).EnumerateArray()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_newer_result_that_is_published_is_the_status_and_its_change_is_news()
    {
        await End((await Taken("""[{"package": "green"}]"""))[0]);
        var hidden = (await Taken("""[{"package": "green", "is_private": true}]"""))[0];
        await End(hidden, exitCode: 4, summary: "t FAIL why\n");
        const string feed = "/data/feeds/g/green.xml";
        Assert.DoesNotContain("→", await Server.Client().GetStringAsync(At(feed)), StringComparison.Ordinal);

        await Published(Alice, $"{hidden}");

        Assert.Contains("pass → fail", await Server.Client().GetStringAsync(At(feed)), StringComparison.Ordinal);
        Assert.Contains("\"pass\":0,\"fail\":1,", await Server.Client().GetStringAsync(At("/data/status/testing/amd64/status.json")), StringComparison.Ordinal);
        var job = Assert.Single((await Json(Status)).EnumerateArray());
        Assert.Equal((hidden, "fail", "pass"), (job.GetProperty("run_id").GetInt64(), job.GetProperty("status").GetString(), job.GetProperty("previous_status").GetString()));
    }

    [Fact]
    public async Task Others_and_what_is_public_are_passed_over_twice_is_once_and_an_operator_may()
    {
        var runs = new List<long?>();
        for (var i = 0; i < 2; i++)
        {
            runs.Add((await Taken("""[{"package": "green", "is_private": true}]"""))[0]);
            await End(runs[i]);
        }
        Assert.Empty(await Published(WithKey(Server.OtherKey), $"{runs[0]}, 4711"));
        Assert.Equal(HttpStatusCode.NotFound, await Anybody($"/runs/{runs[0]}"));
        Assert.Contains("no run", await Refused(Publish(Alice, "x"), 400), StringComparison.Ordinal);
        Assert.Contains("names no run", await Refused(Publish(Alice, " , "), 400), StringComparison.Ordinal);
        Assert.Contains("key", await Refused(Publish(Server.Client(), $"{runs[0]}"), 403), StringComparison.Ordinal);
        Assert.Equal(0, await Publications());

        Assert.Equal([runs[0]!.Value], await Published(Alice, $"{runs[0]},{runs[0]}"));
        Assert.Equal([runs[0]!.Value], await Published(Alice, $"{runs[0]}"));
        Assert.Equal(1, await Publications());
        Assert.Equal([runs[1]!.Value], await Published(WithKey(Server.AdminKey), $"{runs[1]}"));
        var decisions = await Server.Client(Server.AdminKey).GetStringAsync(At("/events?decisions=true&type=run.published.v1"));
        Assert.Equal(2, decisions.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private Task<HttpResponseMessage> Publish(HttpClient client, string ids) =>
        client.PostAsync(At("/api/v1/test/publish"), new FormUrlEncodedContent(new Dictionary<string, string> { ["run_ids"] = ids }));

    private async Task<List<long>> Published(HttpClient client, string ids)
    {
        using var answer = await Publish(client, ids);
        Assert.Equal(200, (int)answer.StatusCode);
        await Passed();
        return [.. JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("runs").EnumerateArray().Select(r => r.GetInt64())];
    }

    private async Task<int> Publications() => (await Server.Get<IEventLog>().ReadAll(0, 1000)).Count(e => e.Name == "run.published.v1");

    private async Task EndWithLog(long? run)
    {
        var claimed = await Worker.Claim(waitSeconds: 10);
        Assert.Equal(run, claimed?.GetProperty("run").GetInt64());
        using (var sent = await Worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset=0", new StringContent("all is well\n")))
            sent.EnsureSuccessStatusCode();
        using var answer = await Worker.Report(run!.Value, version: "green 2", logSize: 12);
        answer.EnsureSuccessStatusCode();
        await Passed();
    }

    private async Task<HttpStatusCode> Anybody(string address)
    {
        using var answer = await Server.Client().GetAsync(At(address));
        return answer.StatusCode;
    }

    private async Task<JsonElement> Json(string address) => JsonDocument.Parse(await Server.Client().GetStringAsync(At(address))).RootElement;

    private async Task<string?> Tag(string address)
    {
        using var answer = await Server.Client().GetAsync(At(address));
        return answer.Headers.ETag?.ToString();
    }

    private Task<string> Events() => Server.Client().GetStringAsync(At("/events"));
}
