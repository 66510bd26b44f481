using System.Text.Json;
using Debci.Domain;
using Debci.Workers.Attempts;
using Debci.Workers.Backends;
using Debci.Workers.Server;

namespace Debci.Workers.Tests;

public class AssignmentTests
{
    private static readonly ClaimAnswer Good = new(
        71831181, 1, "hello", "bookworm", "amd64", ["glibc/2.41-6", "green/1:2~rc1-1"],
        [new Pin(["src:glibc", "libfoo"], "trixie")], [], "unshare", 60, 18000);

    public static IEnumerable<object[]> Hostile() =>
    [
        [Good with { Package = "../../etc/passwd" }],
        [Good with { Package = "--help" }],
        [Good with { Package = "hello; rm -rf /" }],
        [Good with { Package = "Hello" }],
        [Good with { Package = null }],
        [Good with { Suite = "../bookworm" }],
        [Good with { Suite = "" }],
        [Good with { Arch = "s390x" }],
        [Good with { Backend = "null" }],
        [Good with { Triggers = ["glibc/2.41-6 --shell"] }],
        [Good with { Triggers = [null!] }],
        [Good with { Pins = [new Pin(["src:glibc,$(id)"], "trixie")] }],
        [Good with { Pins = [new Pin([], "trixie")] }],
        [Good with { Pins = [new Pin(["src:glibc"], "trixie\nbookworm")] }],
        [Good with { Pins = [new Pin(null!, "trixie")] }],
        [Good with { ExtraSources = ["deb http://a.example/ b main\ndeb http://c.example/ d main"] }],
        [Good with { ExtraSources = ["deb http://a.example/$(id) b main"] }],
        [Good with { ExtraSources = [null!] }],
        [Good with { Mirror = "http://a.example/'$(id)'" }],
        [Good with { Mirror = "http://a.example/", Keyring = "/etc/../x y" }],
        [Good with { Mirror = "http://a.example/", Components = ["main; id"] }],
        [Good with { Mirror = "http://a.example/", Components = [] }],
        [Good with { Run = 0 }],
        [Good with { Attempt = -1 }],
        [Good with { LeaseSeconds = 0 }],
        [Good with { TimeoutSeconds = int.MaxValue }],
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_word_that_breaks_a_rule_is_refused_although_the_server_sent_it(object answer)
    {
        var refused = Assert.Throws<RefusedException>(() => Assignment.Read((ClaimAnswer)answer, ["amd64"], ["unshare"]));

        Assert.StartsWith("The server gave ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_of_a_hostile_package_starts_nothing_and_reports_nothing()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("../../../tmp/x"));
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server);

        Assert.Equal(["claim"], server.Calls.Select(c => c.Name));
        Assert.Contains("no source package name", worker.Lines, StringComparison.Ordinal);
        Assert.Empty(worker.Leftovers);
    }

    [Fact]
    public void Pins_become_autopkgtests_arguments_and_bring_their_suite_with_them() => Assert.Equal(
        [
            "autopkgtest", "--no-built-binaries", "--apt-upgrade", "--output-dir=/state/runs/71831181-1/test/output",
            "--pin-packages=trixie=src:glibc,libfoo", "--add-apt-release=trixie",
            "--env=ADT_TEST_TRIGGERS=glibc/2.41-6 green/1:2~rc1-1", "hello", "--",
            "unshare", "--tarball", "/testbeds/bookworm-amd64.tar", "--prefix", "/state/runs/71831181-1/test/testbed.",
        ],
        Command(Good));

    [Fact]
    public void An_extra_source_takes_the_place_of_the_pinned_release()
    {
        const string line = "deb [signed-by=/usr/share/keyrings/a.gpg] https://a.example/debian trixie-proposed-updates main";

        var words = Command(Good with { ExtraSources = [line] });

        Assert.Contains($"--add-apt-source={line}", words);
        Assert.DoesNotContain(words, w => w.StartsWith("--add-apt-release", StringComparison.Ordinal));
    }

    [Fact]
    public void A_suites_own_mirror_takes_the_place_of_the_testbeds_sources()
    {
        var words = Command(Good with { Mirror = "http://a.example/debian", Keyring = "/no/such.gpg", Components = ["main", "contrib"] });

        Assert.Equal(
            ["--copy=/state/runs/71831181-1/test/sources.list:/etc/apt/sources.list", "--copy=/state/runs/71831181-1/test/debian.sources:/etc/apt/sources.list.d/debian.sources"],
            words.Where(w => w.StartsWith("--copy", StringComparison.Ordinal)));
        Assert.Equal(
            ["deb [signed-by=/no/such.gpg] http://a.example/debian bookworm main contrib", "deb-src [signed-by=/no/such.gpg] http://a.example/debian bookworm main contrib"],
            new ArchiveSource("http://a.example/debian", "/no/such.gpg", ["main", "contrib"]).Lines("bookworm"));
    }

    [Fact]
    public void The_claims_answer_of_the_protocols_page_can_be_read()
    {
        const string page = """
            {"run": 71831181, "attempt": 1, "package": "hello", "suite": "bookworm", "arch": "amd64",
             "triggers": ["glibc/2.41-6"], "pins": [{"packages": ["src:glibc"], "suite": "trixie"}], "extraSources": [],
             "backend": "unshare", "leaseSeconds": 60, "timeoutSeconds": 18000}
            """;

        var run = Assignment.Read(JsonSerializer.Deserialize(page, MessageJson.Default.ClaimAnswer)!, ["amd64"], ["unshare"]);

        Assert.Equal("trixie=src:glibc", Assert.Single(run.Pins).ToString());
        Assert.Equal(TimeSpan.FromHours(5), run.Limit);
    }

    private static IReadOnlyList<string> Command(ClaimAnswer answer)
    {
        var run = Assignment.Read(answer, ["amd64"], ["unshare"]);
        return new UnshareBackend("/testbeds", user: null).Test(run, AttemptFolder.Of("/state/runs", run.Id)).Words;
    }
}
