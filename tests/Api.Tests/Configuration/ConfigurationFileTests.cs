using System.Collections;
using Debci.Api.Amqp;
using Debci.Api.Configuration;
using Debci.Playground;

namespace Debci.Api.Tests.Configuration;

public sealed class ConfigurationFileTests
{
    private static readonly Hashtable NoVariables = [];

    [Fact]
    public void The_example_is_the_defaults()
    {
        var example = ConfigurationFile.Load(Repository.Path("ops/debci.toml"), NoVariables);
        var defaults = new DebciConfiguration();
        Assert.Equal(defaults.Suites, example.Suites);
        Assert.Equal(defaults.Arches, example.Arches);
        Assert.Equal(defaults.Backends, example.Backends);
        Assert.Empty(example.SuiteSettings.Count + example.Rejects.Count + example.Needs.Count + example.ExtraSources.Count == 0 ? "" : "a table is not commented out");
        Assert.Equal(defaults.Amqp.Digest(), example.Amqp.Digest());
        Assert.Equal(WithoutLists(defaults), WithoutLists(example));

        DebciConfiguration WithoutLists(DebciConfiguration c) => c with
        {
            Suites = [], Arches = [], Backends = [], ListsWithoutPending = [], ExtraSources = example.ExtraSources, SuiteSettings = example.SuiteSettings, Rejects = example.Rejects, Needs = example.Needs, Schedules = example.Schedules, Amqp = example.Amqp,
        };
    }

    [Fact]
    public void Everything_can_be_said_in_the_file()
    {
        var read = Parse("""
            [server]
            listen = "http://127.0.0.1:9"
            [archive]
            suites = ["sid", "trixie-backports"]
            [suites.sid]
            mirror = "http://deb.example.org/debian"
            keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
            components = ["main", "contrib"]
            timeout-factor = 1.5
            gating = true
            [suites.sid.riscv64]
            timeout-factor = 4
            log-max-bytes = 5000
            [suites.experimental]
            [reject]
            "linux*/sid" = "it boots the host"
            [needs]
            "systemd" = ["qemu"]
            [extra-sources]
            unstable = "deb http://example.org/debian unstable main"
            [extra-sources.ci]
            entry = "deb [trusted=no] http://example.org/ci sid main"
            key = "/etc/apt/ci.gpg"
            allow = ["britney"]
            [rest]
            without-pending = ["tracker"]
            [runs]
            lease-seconds = 5
            [graphql]
            documents = "/etc/debci/documents"
            only-documents = true
            introspection = false
            """);
        Assert.Equal(("/etc/debci/documents", true, false), (read.Documents, read.OnlyDocuments, read.Introspection));
        Assert.Equal(("http://127.0.0.1:9", 5), (read.Listen, read.LeaseSeconds));
        Assert.Equal(["sid", "trixie-backports", "experimental"], read.Suites);
        Assert.Equal((1.5, 4, null), (read.SettingsOf("sid", "amd64").TimeoutFactor, read.SettingsOf("sid", "riscv64").TimeoutFactor, read.SettingsOf("trixie-backports", "amd64").TimeoutFactor));
        Assert.Equal((27_000, 18_000, 72_000), (read.TimeoutSecondsOf("sid", "amd64"), read.TimeoutSecondsOf("experimental", "amd64"), read.TimeoutSecondsOf("sid", "riscv64")));
        var riscv64 = read.SettingsOf("sid", "riscv64");
        Assert.Equal(("http://deb.example.org/debian", 5000L, true, "main contrib"), (riscv64.Mirror, riscv64.LogMaxBytes, riscv64.Gating, string.Join(' ', riscv64.Components!)));
        Assert.Equal(("it boots the host", "qemu"), (read.Rejects["linux*/sid"], read.Needs["systemd"][0]));
        Assert.Contains("unstable", read.ToArchive().ExtraSources);
        Assert.Equal(("deb http://example.org/debian unstable main", true), (read.EntryOf("unstable"), read.ExtraSources["unstable"].IsFor("anybody")));
        Assert.Equal("deb [signed-by=/etc/apt/ci.gpg trusted=no] http://example.org/ci sid main", read.EntryOf("ci"));
        Assert.Equal((true, false), (read.ExtraSources["ci"].IsFor("britney"), read.ExtraSources["ci"].IsFor("bob")));
        Assert.Equal(["tracker"], read.ListsWithoutPending);
    }

    [Fact]
    public void Variables_count_over_the_file()
    {
        var variables = new Hashtable { ["DEBCI__RUNS__LEASE_SECONDS"] = "7", ["DEBCI__ARCHIVE__ARCHES"] = "amd64, riscv64", ["DEBCI__GRAPHQL__INTROSPECTION"] = "false", ["HOME"] = "/" };
        var read = ConfigurationFile.Parse("[runs]\nlease-seconds = 5\n", "debci.toml", variables);
        Assert.Equal(7, read.LeaseSeconds);
        Assert.False(read.Introspection);
        Assert.Equal(["amd64", "riscv64"], read.Arches);
    }

    [Theory]
    [InlineData("[server]\nport = 5", "debci.toml:2: there is no key \"server.port\"")]
    [InlineData("[suites.sid]\nmirorr = \"http://x\"", "debci.toml:2: there is no key \"suites.sid.mirorr\"")]
    [InlineData("[suites.SID]", "debci.toml:1: [suites.SID] stands in a table that is no name of a suite")]
    [InlineData("[suites.a.b.c]", "debci.toml:1: there is no key \"[suites.a.b.c]\"")]
    [InlineData("[reject]\n\"[a-z]\" = \"x\"", "debci.toml:2: reject.[a-z] is no pattern")]
    [InlineData("[suites.sid]\ntimeout-factor = 0", "debci.toml:2: suites.sid.timeout-factor takes a number above 0")]
    [InlineData("[schedule.sid]\npriority = 11", "debci.toml:2: schedule.sid.priority takes a number from 1 to 10.")]
    [InlineData("[schedule.sid]\nmirror = \"deb.example.org/debian\"", "debci.toml:2: schedule.sid.mirror takes an address")]
    [InlineData("[schedule.sid]\nmirror = \"ftp://deb.example.org/debian\"", "debci.toml:2: schedule.sid.mirror takes an address")]
    [InlineData("[schedule.sid]\nproxy = \"proxy:3128\"", "debci.toml:2: schedule.sid.proxy takes an address")]
    [InlineData("[archive]\nsuites = [\"sid\"]\n[schedule.sid]\npriority = 2", "debci.toml: [schedule.sid] names no mirror")]
    [InlineData("[schedule.sid]\nmirror = \"http://deb.example.org/debian\"", "debci.toml: [schedule.sid] is of no suite")]
    [InlineData("[archive]\nsuites = [\"sid\"]\n[schedule.sid]\nmirror = \"http://deb.example.org/debian\"\narches = [\"vax\"]", "debci.toml: [schedule.sid] names the architecture vax")]
    [InlineData("color = \"red\"", "debci.toml:1: there is no key \"color\"")]
    [InlineData("[runs]\n\nattempts = \"three\"", "debci.toml:3: runs.attempts takes a number from 1 to 100")]
    [InlineData("[runs]\nattempts = 0", "debci.toml:2: runs.attempts takes a number")]
    [InlineData("[archive]\nsuites = []", "debci.toml:2: archive.suites takes one or more words")]
    [InlineData("[archive]\nsuites = [\"../x\"]", "debci.toml:2: archive.suites takes one or more words")]
    [InlineData("[server]\nlisten = \"ftp://x\"", "debci.toml:2: server.listen takes an address")]
    [InlineData("[graphql]\nintrospection = 1", "debci.toml:2: graphql.introspection takes true or false")]
    [InlineData("[graphql]\nonly-documents = \"yes\"", "debci.toml:2: graphql.only-documents takes true or false")]
    [InlineData("[graphql]\ndocuments = 5", "debci.toml:2: graphql.documents takes a text in quotes")]
    [InlineData("[amqp]\nbrokers = [\"http://u:secret@mq/\"]", "debci.toml:2: amqp.brokers takes addresses such as")]
    [InlineData("[amqp]\nbrokers = [\"amqp://u:secret@mq/a/b\"]", "debci.toml:2: amqp.brokers takes addresses such as")]
    [InlineData("[amqp]\ncolor = 1", "debci.toml:2: there is no key \"amqp.color\"")]
    [InlineData("[amqp]\nresults = \"two words\"", "debci.toml:2: amqp.results is no name of a queue")]
    [InlineData("[amqp.requests.\"amq.x-{arch}\"]\naccount = \"britney\"", "debci.toml:2: amqp.requests.amq.x-{arch}.account is no name of a queue")]
    [InlineData("[amqp.requests.\"debci-{suite}-{arch}\"]\npriority = 5", "debci.toml: [amqp.requests.\"debci-{suite}-{arch}\"] has no account")]
    [InlineData("[amqp.requests.debci]\naccount = \"britney\"", "debci.toml: [amqp.requests.\"debci\"] says no architecture")]
    [InlineData("[amqp.dispatch.amd64.lxc]\nin-flight = 0", "debci.toml:2: amqp.dispatch.amd64.lxc.in-flight takes a number from 1 to 1000")]
    [InlineData("[amqp.dispatch.amd64]\nin-flight = 1", "debci.toml:2: there is no key \"amqp.dispatch.amd64.in-flight\"")]
    [InlineData("[server\n", "debci.toml:1: ")]
    [InlineData("[log]\nengine = \"kafka\"", "debci.toml:2: log.engine takes \"postgresql\" or \"eventstoredb\".")]
    [InlineData("[log]\nengine = \"eventstoredb\"", "debci.toml: [log] engine is \"eventstoredb\", and no cluster is named")]
    [InlineData("[log]\nconnection = \"esdb://h\"", "debci.toml: [log] connection names a cluster of EventStoreDB, and the engine is \"postgresql\"")]
    [InlineData("[log]\nengine = \"eventstoredb\"\nconnection = \"esdb://u:secret@h:x\"", "debci.toml:3: log.connection has no host:port as its host number 1")]
    public void Mistakes_are_named_with_their_place(string toml, string start) =>
        Assert.StartsWith(start, Assert.Throws<ConfigurationException>(() => Parse(toml)).Mistakes[0], StringComparison.Ordinal);

    [Fact]
    public void The_log_is_on_the_engine_that_is_named_and_its_password_is_never_shown()
    {
        Assert.Null(Parse("").Log.Cluster);
        var read = ConfigurationFile.Parse("[log]\nengine = \"eventstoredb\"\n", "debci.toml", new Hashtable { ["DEBCI__LOG__CONNECTION"] = "esdb://u:secret@one,two?tls=false" });
        Assert.Equal("one:2113, two:2113", read.Log.Cluster?.Where);
        Assert.DoesNotContain("secret", $"{read}", StringComparison.Ordinal);
        Assert.Empty(new LiveConfiguration(read).Replace(read with { Log = read.Log with { Connection = EventLog.EventStore.EventStoreSettings.Parse("esdb://u:secret@one,two?tls=false") } }));
        Assert.Equal(["log"], new LiveConfiguration(read).Replace(Parse("")).Where(k => k == "log"));
    }

    [Fact]
    public void Queues_and_fleets_are_read_and_a_password_comes_by_a_variable()
    {
        var amqp = ConfigurationFile.Parse("""
            [amqp]
            quorum = true
            [amqp.requests."debci-{suite}-{arch}"]
            account = "britney"
            pin-triggers-from = "unstable"
            extra-sources = ["unstable"]
            [amqp.requests."autopkgtest_{arch}"]
            account = "tracker"
            suite = "sid"
            [amqp.dispatch.arm64.lxc]
            in-flight = 12
            """, "debci.toml", new Hashtable { ["DEBCI__AMQP__BROKERS"] = "amqp://u:secret@a/, amqp://u:secret@b/" }).Amqp;
        Assert.Equal(["amqp://u:secret@a/", "amqp://u:secret@b/"], amqp.Brokers);
        Assert.Equal(("britney", "unstable", 5), (amqp.Requests["debci-{suite}-{arch}"].Account, amqp.Requests["debci-{suite}-{arch}"].PinTriggersFrom, amqp.Requests["debci-{suite}-{arch}"].Priority));
        Assert.Equal(["autopkgtest_amd64 sid", "debci-sid-amd64 sid", "debci-testing-amd64 testing"],
            RequestQueues.Of(amqp, ["testing", "sid"], ["amd64"]).Select(q => $"{q.Name} {q.Suite}").Order(StringComparer.Ordinal));
        var fleet = Assert.Single(amqp.Fleets);
        Assert.Equal(("debci-tests-arm64-lxc", "amqp:arm64:lxc", 12, 86_400), (fleet.Queue, fleet.Worker, fleet.Limits.InFlight, fleet.Limits.LimitSeconds));
    }

    [Fact]
    public void Several_mistakes_are_told_together_and_a_wrong_variable_by_its_name()
    {
        var wrong = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse(
            "a = 1\nb = 2\n", "debci.toml", new Hashtable { ["DEBCI__RUNS__ATTEMPTS"] = "many" }));
        Assert.Equal(3, wrong.Mistakes.Count);
        Assert.StartsWith("the variable DEBCI__RUNS__ATTEMPTS: ", wrong.Mistakes[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_said_to_be_missing() =>
        Assert.Contains("no such file", Assert.Throws<ConfigurationException>(() => ConfigurationFile.Load("/nowhere/debci.toml", NoVariables)).Message, StringComparison.Ordinal);

    private static DebciConfiguration Parse(string toml) => ConfigurationFile.Parse(toml, "debci.toml", NoVariables);
}
