using Debci.Playground;

namespace Debci.Api.Tests.Cli;

/// <summary>The verbs that talk to a server, against one: each says what it did, or a sentence and the exit code 1.</summary>
[Collection("console")]
public sealed class VerbTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-cli-").FullName;
    private Server server = null!;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        await File.WriteAllTextAsync(Path.Combine(folder, "alice"), server.RequestKey);
        await File.WriteAllTextAsync(Path.Combine(folder, "operator"), server.AdminKey);
        await server.Client(server.ReportKey).Claim("w1");
        await server.Get<Projections.ReadPosition>().WaitFor(await server.Get<EventLog.IEventLog>().Head(), TimeSpan.FromSeconds(10));
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("alice", "request --suite testing --arch amd64 --trigger glibc/2 hello", 0, "1  hello")]
    [InlineData("alice", "request --suite testing --arch vax hello", 1, "There is no architecture")]
    [InlineData("alice", "status", 0, "worker w1")]
    [InlineData("alice", "status 99", 1, "There is no run 99.")]
    [InlineData("alice", "status hello", 0, "")]
    [InlineData("operator", "pause arch amd64 --reason moving", 0, "arch amd64 is paused.")]
    [InlineData("operator", "unpause suite testing", 1, "is not paused, so nothing changes; nothing is paused.")]
    [InlineData("operator", "pause backend docker", 1, "There is no backend \"docker\" here")]
    [InlineData("alice", "pause arch amd64", 1, "Your key lacks the scope admin")]
    [InlineData("operator", "worker drain w1 --reason disk", 0, "w1 is drained.")]
    [InlineData("operator", "worker resume w1", 0, "w1 takes runs again.")]
    [InlineData("operator", "worker restore w1", 0, "w1 is one among others again.")]
    [InlineData("operator", "worker drain w9", 1, "No worker \"w9\" has ever called here.")]
    [InlineData("operator", "reject add linux* --reason boots", 0, "linux* is refused from now on.")]
    [InlineData("operator", "reject add linux*", 1, "Say why")]
    [InlineData("operator", "reject remove linux*", 1, "is not rejected")]
    [InlineData("operator", "reject list", 0, "")]
    [InlineData("operator", "quarantine list", 0, "")]
    [InlineData("operator", "quarantine lift hello --suite testing --arch amd64", 1, "is not in quarantine")]
    [InlineData("operator", "waiver add force-badtest hello/2.10-3 --suite testing --until 2030-01-01 --reason flaky", 0, "force-badtest hello/2.10-3 holds.")]
    [InlineData("operator", "waiver withdraw force-badtest hello/2.10-3 --suite testing", 1, "is not waived")]
    [InlineData("operator", "waiver add force-skiptest hello --suite testing --reason x", 1, "with its version")]
    [InlineData("alice", "waiver add force-skiptest hello/2 --suite testing --reason x", 1, "lacks the scope waive")]
    [InlineData("alice", "waiver list", 0, "")]
    [InlineData("alice", "cancel --package hello", 0, "0 runs are cancelled.")]
    [InlineData("alice", "cancel 7", 1, "There is no run 7.")]
    [InlineData("alice", "cancel", 1, "Say which runs")]
    [InlineData("alice", "events --type worker.announced.v1 --worker w1", 0, "\"type\":\"worker.announced.v1\"")]
    [InlineData("alice", "events --from soon", 1, "is no moment")]
    public async Task A_verb_does_what_it_says(string key, string line, int exitCode, string words)
    {
        var (code, said) = await Run([.. line.Split(' '), "--server", $"{server.Address}", "--key-file", Path.Combine(folder, key)]);
        Assert.Equal((exitCode, true), (code, said.Contains(words, StringComparison.Ordinal) || Fail(said)));
    }

    [Theory]
    [InlineData("pause suite testing", "unpause suite testing", "suite testing goes on.")]
    [InlineData("reject add linux* --reason no", "reject remove linux*", "linux* is taken again.")]
    [InlineData("waiver add force-badtest hello/2.10-3 --suite testing --reason flaky", "waiver withdraw force-badtest hello/2.10-3 --suite testing", "force-badtest hello/2.10-3 is withdrawn.")]
    public async Task What_is_decided_can_be_taken_back_once(string decide, string takeBack, string words)
    {
        string[] more = ["--server", $"{server.Address}", "--key-file", Path.Combine(folder, "operator")];
        Assert.Equal(0, (await Run([.. decide.Split(' '), .. more])).Code);
        var (code, said) = await Run([.. takeBack.Split(' '), .. more]);
        Assert.Equal((0, true), (code, said.Contains(words, StringComparison.Ordinal) || Fail(said)));
        Assert.Equal(1, (await Run([.. takeBack.Split(' '), .. more])).Code);
    }

    [Fact]
    public async Task What_is_decided_shows_in_the_status()
    {
        await server.Client(server.AdminKey).Data("mutation { a: pause(kind: SUITE, name: \"testing\", reason: \"freeze\") { __typename } b: drainWorker(worker: \"w1\", reason: \"disk\") { __typename } }");
        var (_, said) = await Run("status", "--server", $"{server.Address}");
        Assert.Contains("paused suite testing  freeze", said, StringComparison.Ordinal);
        Assert.Contains("drained  disk", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice", "", 0, "the scopes request; it gets what it needs")]
    [InlineData("alice", "--suite testing --arch amd64 --extra-source unstable", 0, "(alice may use it)")]
    [InlineData("operator", "--extra-source unstable", 1, "operator may not use the extra source unstable")]
    [InlineData("alice", "--extra-source sid", 1, "There is no extra source \"sid\"")]
    [InlineData("alice", "--suite sarge --arch vax", 1, "There is no architecture \"vax\"")]
    [InlineData("alice", "--scope report", 1, "lacks the scope report")]
    [InlineData("nobody", "", 1, "is not known in this database")]
    public async Task The_configuration_is_held_against_what_a_key_needs(string key, string line, int exitCode, string words)
    {
        var config = Path.Combine(folder, "debci.toml");
        await File.WriteAllTextAsync(config, $"""
            [database]
            connection = "{server.Configuration.Database}"
            [archive]
            suites = ["testing"]
            [extra-sources.unstable]
            entry = "deb http://deb.example.org/debian unstable main"
            allow = ["alice"]
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "nobody"), "debci_x");
        var (code, said) = await Run(["config", "check", "--config", config, "--key-file", Path.Combine(folder, key), .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal((exitCode, true), (code, said.Contains(words, StringComparison.Ordinal) || Fail(said)));
    }

    [Theory]
    [InlineData("--scope report worker-7")]
    [InlineData("worker-7 --scope report --scope request")]
    public async Task A_key_is_made_whichever_is_said_first(string line)
    {
        var config = Path.Combine(folder, "debci.toml");
        await File.WriteAllTextAsync(config, $"[database]\nconnection = \"{server.Configuration.Database}\"\n");
        var (code, said) = await Run(["key", "create", .. line.Split(' '), "--config", config]);
        Assert.Equal((0, true), (code, said.StartsWith("debci_", StringComparison.Ordinal) || Fail(said)));
    }

    [Fact]
    public async Task A_configuration_with_a_mistake_is_told_with_its_place()
    {
        var config = Path.Combine(folder, "debci.toml");
        await File.WriteAllTextAsync(config, "[extra-sources.unstable]\nallow = [\"alice\"]\n");
        var (code, said) = await Run("config", "check", "--config", config);
        Assert.Equal((2, true), (code, said.Contains("the extra source unstable has no entry", StringComparison.Ordinal) || Fail(said)));
    }

    private static bool Fail(string said) => throw new Xunit.Sdk.XunitException($"it said: {said}");

    private static Task<(int Code, string Said)> Run(params string[] arguments) => CommandLine.Run(arguments);
}
