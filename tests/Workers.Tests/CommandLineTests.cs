namespace Debci.Workers.Tests;

public class CommandLineTests
{
    private static readonly string[] Good = ["--server", "http://127.0.0.1:9/", "--name", "host-1", "--arch", "amd64", "--backend", "fake"];

    [Theory]
    [InlineData("--server", "ftp://a.example", "--server https://")]
    [InlineData("--server", "http://user:secret@a.example", "--server https://")]
    [InlineData("--name", "a b", "no worker name")]
    [InlineData("--arch", "../x", "--arch amd64")]
    [InlineData("--backend", "docker", "there are unshare, schroot, lxc, incus, qemu, podman, null and fake")]
    [InlineData("--backend", "unshare", "--testbeds DIR")]
    [InlineData("--fake-scenario", "/nonexistent/scenario.json", "cannot be read")]
    [InlineData("--key-file", "/nonexistent/key", "cannot be read")]
    [InlineData("--ky-file", "x", "--help")]
    public async Task A_bad_value_gets_a_sentence_and_exit_code_2(string option, string value, string sentence)
    {
        using var folder = new Folder();
        using var worker = WorkerProgram.Start(folder.Path, With(option, value));

        var (code, lines) = await worker.EndAsync();

        Assert.Equal(2, code);
        Assert.Contains(sentence, lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_without_a_key_says_where_to_put_one()
    {
        using var folder = new Folder();
        using var worker = WorkerProgram.Start(folder.Path, Good, new Dictionary<string, string>());

        var (code, lines) = await worker.EndAsync();

        Assert.Equal(2, code);
        Assert.Contains("--key-file", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_option_can_come_from_the_environment_and_the_key_from_a_file()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("key"), "sesame\n");
        using var worker = WorkerProgram.Start(folder.Path, [], new Dictionary<string, string>
        {
            ["DEBCI_WORKER_SERVER"] = server.Address.ToString(),
            ["DEBCI_WORKER_KEY_FILE"] = folder.File("key"),
            ["DEBCI_WORKER_NAME"] = "host-1",
            ["DEBCI_WORKER_ARCH"] = "amd64",
            ["DEBCI_WORKER_BACKEND"] = "fake",
            ["DEBCI_WORKER_ONCE"] = "true",
        });

        var (code, lines) = await worker.EndAsync();

        Assert.Equal(0, code);
        Assert.Equal("Bearer sesame", server.Calls.First().Key);
        Assert.DoesNotContain("sesame", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_the_server_does_not_know_ends_the_worker_with_1_and_is_not_shown()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        server.Mishaps = (_, _) => Mishap.BadKey;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(server, folder.Path, new { });

        var (code, lines) = await worker.EndAsync();

        Assert.Equal(1, code);
        Assert.Contains("ask an operator for one (`debci key create --scope report NAME`).", lines, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelt_scenario_is_refused_before_it_could_pass_for_a_pass()
    {
        using var folder = new Folder();
        var scenario = LocalWorker.WriteScenario(folder.Path, new { hello = new { exitcod = 4 } });
        using var worker = WorkerProgram.Start(folder.Path, [.. Good, "--fake-scenario", scenario]);

        var (code, lines) = await worker.EndAsync();

        Assert.Equal(2, code);
        Assert.Contains("exitcod", lines, StringComparison.Ordinal);
    }

    private static string[] With(string option, string value)
    {
        var at = Array.IndexOf(Good, option);
        return at < 0 ? [.. Good, option, value] : [.. Good[..(at + 1)], value, .. Good[(at + 2)..]];
    }
}
