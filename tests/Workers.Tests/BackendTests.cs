using Debci.Playground;
using Debci.Workers.Attempts;
using Debci.Workers.Backends;
using Debci.Workers.Server;

namespace Debci.Workers.Tests;

/// <summary>What each backend makes of a run, and what a host says of it.</summary>
public class BackendTests
{
    private static readonly AttemptFolder Folder0 = AttemptFolder.Of("/state/runs", new AttemptId(7, 1));
    private static readonly string Session = Service.SessionOf(Folder0);

    public static TheoryData<string, string> Servers => new()
    {
        { "schroot", $"schroot --session-id {Session} debci-bookworm-armhf" },
        { "lxc", $"lxc --ephemeral --name {Session} debci-bookworm-armhf" },
        { "incus", $"incus debci-bookworm-armhf --config user.debci={Session}" },
        { "podman", $"podman localhost/debci-bookworm-armhf --label debci={Session}" },
        { "qemu", "qemu --dpkg-architecture=armhf --overlay-dir=/state/runs/7-1/test /testbeds/bookworm-armhf.img" },
        { "null", "null" },
    };

    [Theory]
    [MemberData(nameof(Servers))]
    public void A_testbeds_arch_is_the_runs_whatever_the_hosts(string backend, string server)
    {
        var run = Assignment.Read(new ClaimAnswer(7, 1, "hello", "bookworm", "armhf", [], [], [], backend, 60, 600), ["armhf"], [backend]);
        var words = Backend(backend).Test(run, Folder0).Words;
        Assert.Equal(server, string.Join(' ', words.SkipWhile(w => w != "--").Skip(1)));
    }

    [Theory]
    [InlineData("source:debci-bookworm-amd64", "bookworm", "amd64")]
    [InlineData("localhost/debci-bookworm-backports-arm64", "bookworm-backports", "arm64")]
    [InlineData("debci-sid-i386", "sid", "i386")]
    [InlineData("sid-amd64-sbuild", null, null)]
    [InlineData("debci-", null, null)]
    [InlineData("debci-sid", null, null)]
    [InlineData("docker.io/library/debian", null, null)]
    public void Testbeds_are_known_by_their_names(string line, string? suite, string? arch) =>
        Assert.Equal(suite is null ? null : new Testbed(suite, arch!), Service.Read(line));

    [Fact]
    public void Sessions_of_two_workers_on_one_host_differ() =>
        Assert.NotEqual(Session, Service.SessionOf(AttemptFolder.Of("/other/runs", new AttemptId(7, 1))));

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task The_doctor_says_of_each_backend_what_is_in_its_way_and_of_the_server_that_it_takes_the_key(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync();
        using var folder = new Folder();
        using var doctor = WorkerProgram.Start(folder.Path,
            ["doctor", "--server", server.Address.ToString(), "--arch", "amd64", "--name", "host-1", "--backend", "fake", "--backend", "qemu", "--testbeds", folder.Path], kind: kind);
        var (code, _) = await doctor.EndAsync();
        var lines = await doctor.OutputAsync();
        Assert.Equal(1, code);
        Assert.Contains("fake: ready", lines, StringComparison.Ordinal);
        Assert.Matches("qemu: .*(qemu-utils|ops/testbed SUITE ARCH .* qemu)", lines);
        Assert.Contains("takes this key", lines, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task The_doctor_warns_of_backends_that_share_the_host_with_their_tests(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync();
        using var folder = new Folder();
        using var doctor = WorkerProgram.Start(folder.Path,
            ["doctor", "--server", server.Address.ToString(), "--arch", "amd64", "--name", "host-1", "--backend", "schroot", "--backend", "lxc", "--backend", "null"], kind: kind);
        await doctor.EndAsync();
        var lines = await doctor.OutputAsync();
        Assert.Contains("schroot: CAUTION: Its tests share the host's table of processes and its network", lines, StringComparison.Ordinal);
        Assert.Contains("null: CAUTION: ", lines, StringComparison.Ordinal);
        Assert.DoesNotContain("lxc: CAUTION", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_missing_is_named_with_its_package_also_where_another_user_is_to_run_it() => Assert.Equal(
        "no-such-program is missing; install the package incus.",
        await new ServiceBackend(Service.Incus with { List = ["no-such-program"] }, Environment.IsPrivilegedProcess ? "root" : null).ObstacleAsync(default));

    [Theory]
    [InlineData("incus")]
    [InlineData("podman")]
    [InlineData("schroot")]
    public void Who_has_no_testbed_is_told_the_command_that_makes_one(string backend) =>
        Assert.Equal($"ops/testbed SUITE ARCH DIR {backend}", new[] { Service.Incus, Service.Podman, Service.Schroot }.Single(s => s.Backend == backend).HowToMake(new Testbed("SUITE", "ARCH")));

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task The_doctor_finds_a_wrong_key_and_a_server_that_is_away(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync();
        server.Mishaps = (_, _) => Mishap.BadKey;
        using var folder = new Folder();
        foreach (var address in new[] { server.Address.ToString(), "http://127.0.0.1:9/" })
        {
            using var doctor = WorkerProgram.Start(folder.Path, ["doctor", "--server", address, "--arch", "amd64", "--name", "host-1", "--backend", "fake"], kind: kind);
            Assert.Equal(1, (await doctor.EndAsync()).Code);
            Assert.DoesNotContain("takes this key", await doctor.OutputAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_backend_that_cannot_run_here_is_said_at_start_up_and_nothing_is_claimed(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        using var worker = WorkerProgram.Start(folder.Path,
            ["--server", server.Address.ToString(), "--arch", "amd64", "--name", "host-1", "--backend", "qemu", "--testbeds", folder.Path], kind: kind);
        var (code, lines) = await worker.EndAsync();
        Assert.Equal(2, code);
        Assert.Contains("The backend qemu cannot run here: ", lines, StringComparison.Ordinal);
        Assert.Equal(0, server.Count("claim"));
    }

    [Fact]
    public async Task Before_a_claim_the_maker_is_asked_for_each_testbed_that_there_is()
    {
        using var folder = new Folder();
        File.WriteAllText(folder.File("bookworm-amd64.img"), "");
        File.WriteAllText(folder.File("sid-i386.img"), "");
        var program = folder.File("maker");
        File.WriteAllText(program, $"#!/bin/sh\necho \"$@\" >> {folder.File("asked")}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var maker = new TestbedMaker(program, folder.Path, [new QemuBackend(folder.Path, null), new NullBackend(null)], new Journal(TextWriter.Null));

        await maker.RefreshAsync(default);
        await maker.RefreshAsync(default); // not again within the hour

        Assert.Equal([$"bookworm amd64 {folder.Path} qemu", $"sid i386 {folder.Path} qemu"], File.ReadAllLines(folder.File("asked")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task So_does_the_portable_worker()
    {
        await using var server = await ServerDouble.StartAsync();
        using var folder = new Folder();
        var testbeds = Directory.CreateDirectory(folder.File("testbeds")).FullName;
        File.WriteAllText(Path.Combine(testbeds, "bookworm-amd64.img"), "");
        File.WriteAllText(Path.Combine(testbeds, "sid-i386.img"), "");
        File.WriteAllText(folder.File("maker"), $"#!/bin/sh\necho \"$@\" >> {folder.File("asked")}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.File("maker"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var worker = WorkerProgram.Start(folder.Path,
            ["--server", server.Address.ToString(), "--arch", "amd64", "--name", "host-1", "--backend", "qemu", "--testbeds", testbeds, "--testbed-maker", folder.File("maker"), "--idle-exit", "1"],
            kind: WorkerKind.Portable);
        await worker.EndAsync();

        Assert.Equal([$"bookworm amd64 {testbeds} qemu", $"sid i386 {testbeds} qemu"], File.ReadAllLines(folder.File("asked")).Order(StringComparer.Ordinal));
        Assert.True(server.Count("claim") > 0);
    }

    private static IBackend Backend(string name) => name switch
    {
        "schroot" => new ServiceBackend(Service.Schroot, null),
        "lxc" => new ServiceBackend(Service.Lxc, null),
        "incus" => new ServiceBackend(Service.Incus, null),
        "podman" => new ServiceBackend(Service.Podman, null),
        "qemu" => new QemuBackend("/testbeds", null),
        _ => new NullBackend(null),
    };
}
