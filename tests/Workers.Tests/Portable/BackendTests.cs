using System.Text;
using Debci.Workers.Attempts;
using Debci.Workers.Backends;

namespace Debci.Workers.Tests.Portable;

/// <summary>What becomes of a run on autopkgtest's command line.</summary>
public class BackendTests
{
    [Theory]
    [InlineData("null", "null")]
    [InlineData("schroot", "schroot --session-id SESSION debci-bookworm-amd64")]
    [InlineData("lxc", "lxc --ephemeral --name SESSION debci-bookworm-amd64")]
    [InlineData("incus", "incus debci-bookworm-amd64 --config user.debci=SESSION")]
    [InlineData("qemu", "qemu --dpkg-architecture=amd64 --overlay-dir=STATE/runs/7-1/test TESTBEDS/bookworm-amd64.img")]
    [InlineData("podman", "podman localhost/debci-bookworm-amd64 --label debci=SESSION")]
    public async Task Each_backend_is_a_virtualisation_server_with_its_testbed(string backend, string words)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 7, backend: backend));
        using var folder = new Folder();
        using var worker = Stub.Start(server, folder, backend);
        await worker.EndAsync();

        Assert.Equal(0, server.Report!.Value.GetProperty("exitCode").GetInt32());
        var virtualisation = string.Join(' ', Arguments(server).SkipWhile(w => w != "--").Skip(1));
        Assert.Equal(words, virtualisation.Replace(Session(worker), "SESSION", StringComparison.Ordinal).Replace(worker.State, "STATE", StringComparison.Ordinal).Replace(folder.File("testbeds"), "TESTBEDS", StringComparison.Ordinal));
    }

    // The same as debci-worker's: whichever program comes next on a host finds it.
    private static string Session(WorkerProgram worker) => Service.SessionOf(AttemptFolder.Of(Path.Combine(worker.State, "runs"), new(7, 1)));

    [Fact]
    public async Task What_a_run_asks_for_reaches_autopkgtest_as_it_is()
    {
        await using var server = await ServerDouble.StartAsync(new
        {
            run = 7, attempt = 1, package = "hello", suite = "bookworm", arch = "amd64", triggers = new[] { "glibc/2.41-6", "green/1:2~rc1" },
            pins = new object[] { new { packages = new[] { "src:glibc", "libc6" }, suite = "trixie" } }, extraSources = Array.Empty<string>(), backend = "null",
            leaseSeconds = 60, timeoutSeconds = 600, timeoutFactor = 2.5, mirror = "http://deb.debian.org/debian", components = new[] { "main", "contrib" },
        });
        using var folder = new Folder();
        using var worker = Stub.Start(server, folder, "null");
        await worker.EndAsync();

        Assert.Equal(
            ["--no-built-binaries", "--apt-upgrade", $"--output-dir={worker.State}/runs/7-1/test/output",
             $"--copy={worker.State}/runs/7-1/test/sources.list:/etc/apt/sources.list", $"--copy={worker.State}/runs/7-1/test/debian.sources:/etc/apt/sources.list.d/debian.sources",
             "--pin-packages=trixie=src:glibc,libc6", "--add-apt-release=trixie", "--timeout-factor=2.5", "--env=ADT_TEST_TRIGGERS=glibc/2.41-6 green/1:2~rc1",
             "hello", "--", "null"], Arguments(server));
    }

    [Theory]
    [InlineData("package", "-x")]
    [InlineData("suite", "../etc")]
    [InlineData("arch", "s390x")]
    [InlineData("backend", "fake")]
    [InlineData("mirror", "http://a/'; reboot; '")]
    [InlineData("triggers", "no list")]
    [InlineData("leaseSeconds", -1)]
    public async Task A_run_with_words_that_break_a_rule_is_left_alone(string field, object value)
    {
        var answer = new Dictionary<string, object>
        {
            ["run"] = 7, ["attempt"] = 1, ["package"] = "hello", ["suite"] = "bookworm", ["arch"] = "amd64", ["backend"] = "null", ["leaseSeconds"] = 60, ["timeoutSeconds"] = 600,
            [field] = value,
        };
        await using var server = await ServerDouble.StartAsync(answer);
        using var folder = new Folder();
        using var worker = Stub.Start(server, folder, "null");
        var (code, lines) = await worker.EndAsync();

        Assert.Equal((0, 1), (code, server.Calls.Count));
        Assert.Contains("The run is left alone", lines, StringComparison.Ordinal);
    }

    // A container is kept by a daemon: only autopkgtest itself can have it removed.
    [Fact]
    public async Task A_test_in_a_container_may_remove_it_before_it_is_killed()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "incus", timeout: 1));
        using var folder = new Folder();
        using var worker = Stub.Start(server, folder, "incus", """
            trap 'echo container removed >> "$output/log"; kill $sleep; exit 1' TERM
            sleep 600 & sleep=$!
            wait
            """);
        await worker.EndAsync();

        Assert.True(server.Report!.Value.GetProperty("timedOut").GetBoolean());
        Assert.EndsWith("container removed\n", Encoding.UTF8.GetString(server.Log), StringComparison.Ordinal);
        Assert.Empty(worker.Living());
    }

    private static string[] Arguments(ServerDouble server) => Encoding.UTF8.GetString(server.Log).TrimEnd('\n').Split('\n');
}
