using System.Diagnostics;
using System.Text.Json;
using Debci.Api.Amqp;
using Debci.Api.Configuration;
using Debci.Playground;

namespace Debci.Amqp.Tests;

/// <summary>Debian's own debci-worker, as the package debci brings it, with its fake backend, against the bridge.</summary>
public sealed class DebianWorkerTests
{
    private static string? Folder => Environment.GetEnvironmentVariable("DEBCI_TEST_DEBCI");

    // What the fake backend runs in place of a test.
    private const string Command = """
        if [ "$debci_test_package" = broken ]; then echo "smoke FAIL it is broken" > "$debci_test_outputdir/summary"; exit 1; fi
        echo "smoke PASS" > "$debci_test_outputdir/summary"
        """;

    [LongFact]
    public async Task Debians_worker_takes_runs_from_the_bridge_and_its_results_count()
    {
        Assert.True(Folder is not null, "There is no debci here: ops/test --long unpacks it, and sets DEBCI_TEST_DEBCI.");
        await using var world = await Bridged.Start(
            a => a with { Requests = new Dictionary<string, RequestQueue> { ["requests-{suite}-{arch}"] = new() { Account = "alice", PinTriggersFrom = "unstable", ExtraSources = ["unstable"] } } },
            c => c with { ExtraSources = new Dictionary<string, ExtraSource> { ["unstable"] = new() { Entry = "deb http://deb.debian.org/debian unstable main" } } },
            limits: new FleetLimits(InFlight: 2));
        await world.IsReady();
        var data = Directory.CreateTempSubdirectory("debci-data-").FullName;
        using var worker = Start(world, data);
        try
        {
            var runs = await world.Ask("green", "broken", "red");
            await world.Send(world.Requests, "migrating\n{\"triggers\": [\"blue/1:2-1 purple/3\"]}");

            foreach (var run in runs)
                await world.Reaches(run, "FINISHED", TimeSpan.FromMinutes(3));
            await world.AllEndOnce(["green", "broken", "red", "migrating"], "FINISHED", TimeSpan.FromMinutes(3));
            Assert.Equal("PASS FAIL PASS", string.Join(' ', await Task.WhenAll(runs.Select(async r => (await world.Run(r)).Status))));
            var log = await world.Anybody.GetStringAsync($"/runs/{(await world.Runs("migrating"))[0]}/log");
            Assert.Contains("--pin-packages=unstable=src:blue,src:purple", log);
            Assert.Contains("--add-apt-source=deb http://deb.debian.org/debian unstable main", log);
            var state = JsonSerializer.Deserialize<JsonElement>(await world.Anybody.GetStringAsync($"/api/v1/job_state/{runs[0]}"));
            Assert.Equal("completed", state.GetProperty("state").GetString());
        }
        finally
        {
            worker.Kill(entireProcessTree: true);
            Directory.Delete(data, recursive: true);
        }
    }

    private static Process Start(Bridged world, string data)
    {
        var start = new ProcessStartInfo(Path.Combine(Folder!, "usr/share/debci/bin/debci"), ["worker", "--arch", world.Name, "--backend", "fake", "--suite", "testing", "--amqp", world.Rabbit.Addresses[0].TrimEnd('/')]);
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["RUBYLIB"] = Path.Combine(Folder!, "usr/lib/ruby/vendor_ruby"), ["debci_config_dir"] = data, ["debci_data_basedir"] = data, ["debci_lock_dir"] = data,
            ["debci_amqp_queue"] = world.Fleet, ["debci_amqp_results_queue"] = world.Results, ["DEBCI_FAKE_COMMAND"] = Command,
        })
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
