using System.Diagnostics;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Cli;

/// <summary>What people and scripts do at a shell: ask for runs, also many by a file, wait for their end, ask again, look.</summary>
[Collection("console")]
public sealed class ClientTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-cli-").FullName;
    private Server server = null!;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        await File.WriteAllTextAsync(Path.Combine(folder, "key"), server.RequestKey);
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Each_package_is_asked_for_in_each_suite_on_each_architecture()
    {
        var (code, said) = await Run("request --suite testing --suite unstable --arch amd64 --arch arm64 --trigger glibc/2 hello gzip");
        Assert.Equal((0, 8), (code, said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Contains("unstable/arm64", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello\n\n  gzip \n", "hello gzip")]
    [InlineData("{\"package\": \"hello\", \"suite\": \"unstable\", \"triggers\": [\"glibc/2\"]}\ngzip\n", "hello gzip")]
    [InlineData("[{\"package\": \"hello\"}, {\"package\": \"gzip\", \"arch\": \"arm64\"}]", "hello gzip")]
    public async Task A_file_names_packages_or_says_whole_tests(string text, string packages)
    {
        var (code, said) = await Run($"request --suite testing --arch amd64 --json --file {Written(text)}");
        Assert.True(code == 0, said);
        await Eventually.True($"{packages} wait", async () => string.Join(' ', Lines((await Run("queue --json")).Said).OrderBy(r => r.GetProperty("run").GetString()).Select(r => r.GetProperty("package").GetString())) == packages);
    }

    [Theory]
    [InlineData("{\"package\": \"hello\"}\n{\"package\": \n", "Line 2 of the file is no JSON")]
    [InlineData("[1]", "Number 1 of the file's array is no object")]
    [InlineData("[{\"package\": ", "The file is no JSON")]
    [InlineData("{\"package\": \"hello\", \"suit\": \"x\"}", "suit")]
    [InlineData("", "Say which packages")]
    public async Task A_file_that_cannot_be_read_is_refused_whole_and_says_where(string text, string words)
    {
        var (code, said) = await Run($"request --suite testing --arch amd64 --file {Written(text)}");
        Assert.Equal((1, true), (code, said.Contains(words, StringComparison.Ordinal) || Fail(said)));
        Assert.Equal("", (await Run("queue")).Said);
    }

    [Fact]
    public async Task Who_says_no_suite_is_told_how()
    {
        var (code, said) = await Run("request --arch amd64 hello");
        Assert.Equal((1, "hello has no suite; give --suite, or say it in the file."), (code, said.Trim()));
    }

    [Fact]
    public async Task With_each_what_is_right_is_taken()
    {
        var (code, said) = await Run($"request --suite testing --arch amd64 --each --file {Written("hello\nBAD\n")}");
        Assert.Equal((1, true), (code, (said.Contains("refused", StringComparison.Ordinal) && said.Contains("1  ", StringComparison.Ordinal)) || Fail(said)));
    }

    [Theory]
    [InlineData("0", 0, "PASS")]
    [InlineData("4", 4, "FAIL")]
    [InlineData("8", 8, "NEUTRAL")]
    [InlineData("0 8", 0, "NEUTRAL")]
    [InlineData("0 4", 4, "FAIL")]
    [InlineData("4 cancel", 16, "CANCELLED")]
    public async Task Who_waits_ends_with_the_outcome(string ends, int exitCode, string words)
    {
        var packages = ends.Split(' ').Select((_, n) => $"p{n}").ToArray();
        var waiting = Run($"request --wait --suite testing --arch amd64 {string.Join(' ', packages)}");
        foreach (var end in ends.Split(' '))
            await End(end);
        var (code, said) = await waiting;
        Assert.Equal((exitCode, true), (code, said.Contains(words, StringComparison.Ordinal) || Fail(said)));
    }

    [Fact]
    public async Task A_private_run_is_published_when_it_is_over_and_another_s_is_passed_over()
    {
        Assert.Equal(0, (await Run("request --suite testing --arch amd64 --private hello")).Code);
        var (early, why) = await Run("publish 1");
        Assert.Equal((1, true), (early, why.Contains("not over", StringComparison.Ordinal) || Fail(why)));
        var worker = server.Client(server.ReportKey);
        await worker.Claim(waitSeconds: 30);
        using (var report = await worker.Report(1))
            report.EnsureSuccessStatusCode();

        Assert.Equal((0, "None of these runs is yours.\n"), await Run("publish 4711"));
        Assert.Equal((0, "Public: run 1.\n"), await Run("publish 1 4711"));
        await Eventually.True("everybody sees it", async () => (await server.Client().GetAsync("/runs/1")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_run_that_is_over_is_asked_for_again_and_shows_in_the_history()
    {
        await Run("request --suite testing --arch amd64 --trigger glibc/2 hello");
        var (early, said) = await Run("retry 1");
        await End("4");
        await Eventually.True("it is over", async () => (await Run("status 1")).Said.Contains("FAIL", StringComparison.Ordinal));
        var (late, again) = await Run("retry 1");
        var (_, history) = await Run("history hello");
        var (_, rows) = await Run("history hello --json");

        Assert.Equal((1, true), (early, said.Contains("when it is over", StringComparison.Ordinal) || Fail(said)));
        Assert.Equal((0, "run 1 is asked for again as run 2."), (late, again.Trim()));
        Assert.Matches("^1  testing/amd64  FAIL .* glibc/2", history);
        Assert.Equal("glibc/2", JsonSerializer.Deserialize<JsonElement>(rows).GetProperty("triggers")[0].GetString());
    }

    [Theory]
    [InlineData("debci req", "request")]
    [InlineData("debci request --su", "--suite")]
    [InlineData("debci pause ba", "backend")]
    public async Task Bash_completes_verbs_options_and_words(string line, string expected)
    {
        var program = Repository.Path($"src/Api/bin/{(typeof(ClientTests).Assembly.Location.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug")}/net10.0/debci");
        var script = $$"""
            debci() { "{{program}}" "$@"; }
            source <(debci completion bash)
            COMP_LINE="{{line}}" COMP_POINT={{line.Length}} COMP_WORDS=({{line}}) COMP_CWORD={{line.Split(' ').Length - 1}}
            _debci; printf '%s\n' "${COMPREPLY[@]}"
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true })!;
        Assert.Contains(expected, (await bash.StandardOutput.ReadToEndAsync()).Split('\n'));
    }

    private async Task End(string end)
    {
        var worker = server.Client(server.ReportKey);
        if (end == "cancel")
        {
            await Eventually.True("it is cancelled", async () => (await server.Client(server.RequestKey).Ask("mutation { cancelRun(run: 2) { __typename } }")).GetRawText().Contains("RunCancelled", StringComparison.Ordinal));
            return;
        }
        var claimed = (await worker.Claim(waitSeconds: 30))!.Value;
        using var report = await worker.Report(long.Parse($"{claimed.GetProperty("run")}"), exitCode: int.Parse(end), summary: end == "8" ? "* SKIP no tests in this package\n" : end == "4" ? "t FAIL\n" : "t PASS\n");
        report.EnsureSuccessStatusCode();
    }

    private static IEnumerable<JsonElement> Lines(string said) => said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<JsonElement>(l));

    private string Written(string text)
    {
        var path = Path.Combine(folder, "tests");
        File.WriteAllText(path, text);
        return path;
    }

    private Task<(int Code, string Said)> Run(string line) => CommandLine.Run([.. line.Split(' '), "--server", $"{server.Address}", "--key-file", Path.Combine(folder, "key")]);

    private static bool Fail(string said) => throw new Xunit.Sdk.XunitException($"it said: {said}");
}
