using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Dispatch;

/// <summary>Which worker gets what, and what is said where none can.</summary>
public sealed class RoutingTests : Dispatching
{
    [Fact]
    public async Task A_run_goes_to_a_worker_that_provides_its_backend_and_on_that_backend()
    {
        var run = (await Queue(Alice, Test("systemd", backend: "qemu")))[0];
        Assert.Null(await Take("small", backends: "lxc fake"));
        var claimed = await Claim("large", backends: "lxc qemu");
        Assert.Equal((run, "qemu"), (claimed!.Value.GetProperty("run").GetInt64(), claimed.Value.GetProperty("backend").GetString()));
    }

    [Fact]
    public async Task A_run_that_no_known_worker_can_take_says_so_at_once()
    {
        await Take("small", backends: "lxc");
        await Settled();
        var answer = await Ask(Alice, [Test("hello", arch: "arm64"), Test("gzip", backend: "qemu"), Test("figlet")]);
        string? Notice(int i) => answer.GetProperty("items")[i].GetProperty("notice").GetString();
        Assert.Equal("No known worker can take it: none offers arm64", Notice(0));
        Assert.Equal("No known worker can take it: none offers amd64, qemu together", Notice(1));
        Assert.Null(Notice(2));
        await Passed(answer.GetProperty("position").GetString()!);
        Assert.Equal(3, (await Queue()).Count);
        Assert.Equal(Notice(0), (await Queue("arch: \"arm64\""))[0].GetProperty("waitsFor").GetString());
    }

    [Fact]
    public async Task What_a_test_was_skipped_for_is_needed_the_next_time_if_any_worker_has_it()
    {
        await Take("large", backends: "qemu");
        await Settled();
        var first = (await Queue(Alice, Test("systemd")))[0];
        Assert.Equal(first, await Take("small", backends: "lxc"));
        using var reported = await Workers.Report(first, worker: "small", exitCode: 2,
            summary: "a PASS\nb SKIP Test requires machine-level isolation but testbed does not provide that\n");
        await Passed();

        var second = (await Queue(Alice, Test("systemd")))[0];
        Assert.Equal("isolation-machine", (await Run(second)).GetProperty("needs")[0].GetString());
        Assert.Null(await Take("small", backends: "lxc"));
        Assert.Equal(second, await Take("large", backends: "qemu"));
    }

    [Theory]
    [InlineData("lxc", "a PASS\nb PASS\n", 0, false)] // no test misses it any more
    [InlineData("qemu", "a PASS\nb PASS\n", 0, true)] // where it is there, no test can miss it
    [InlineData("lxc", "", 16, true)] // no test ran
    [InlineData("lxc", "a PASS\nb SKIP Test requires machine-level isolation but testbed does not provide that\n", 2, true)]
    public async Task What_was_learnt_is_forgotten_when_the_tests_no_longer_miss_it(string backend, string summary, int exitCode, bool still)
    {
        Server.Get<Debci.Api.Configuration.LiveConfiguration>().Replace(Server.Configuration with { Attempts = 1 });
        await Take("large", backends: "lxc qemu");
        await Settled();
        await Pass("systemd", "lxc", 2, "a PASS\nb SKIP Test requires machine-level isolation but testbed does not provide that\n");
        await Pass("systemd", backend, exitCode, summary);
        var next = (await Queue(Alice, Test("systemd")))[0];
        Assert.Equal(still ? ["isolation-machine"] : [], (await Run(next)).GetProperty("needs").EnumerateArray().Select(n => n.GetString()!));
    }

    private async Task Pass(string package, string backend, int exitCode, string summary)
    {
        var run = (await Queue(Alice, Test(package, backend: backend)))[0];
        Assert.Equal(run, await Take("large", backends: "lxc qemu"));
        using var reported = await Workers.Report(run, worker: "large", exitCode: exitCode, summary: summary, version: exitCode == 16 ? "" : "systemd 1-1");
        Assert.True(reported.IsSuccessStatusCode);
        await Passed();
    }

    [Fact]
    public async Task The_next_attempt_is_another_workers_where_one_is_there()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        Assert.Null(await Take("w2"));
        using (await Workers.Report(run, exitCode: 16, summary: "", version: "")) { }
        await Settled();
        Assert.Null(await Take("w1"));
        Assert.Equal(run, await Take("w2"));
    }

    [Fact]
    public async Task Alone_a_worker_gets_its_own_failure_again()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        using (await Workers.Report(run, exitCode: 16, summary: "", version: "")) { }
        await Passed();
        Assert.Equal(run, await Take("w1"));
    }

    [Theory]
    [InlineData("capacity: 0", "capacity")]
    [InlineData("capacity: 100000", "capacity")]
    [InlineData("tags: qemu", "tags")]
    [InlineData("tags: isolation-machine", "tags")]
    [InlineData("tags: Big!", "tags")]
    [InlineData("arches: vax", "arches")]
    [InlineData("backends: docker", "backends")]
    public async Task An_impossible_ability_is_refused(string what, string path)
    {
        var (key, value) = (what.Split(": ")[0], what.Split(": ")[1]);
        var claim = new Dictionary<string, object>
        { ["claim"] = Guid.NewGuid(), ["worker"] = "w1", ["arches"] = new[] { "amd64" }, ["backends"] = new[] { "fake" }, ["software"] = "test" };
        claim[key] = key == "capacity" ? int.Parse(value) : new[] { value };
        using var answer = await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(Workers, "/worker/v1/claim", claim);
        Assert.Equal(400, (int)answer.StatusCode);
        var refusal = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.Equal(path, refusal.GetProperty("path").GetString());
    }
}
