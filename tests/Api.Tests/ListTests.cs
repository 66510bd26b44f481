using Debci.Playground;

namespace Debci.Api.Tests;

/// <summary>Lists of packages: searched, filtered, sorted, page by page; and their numbers.</summary>
public sealed class ListTests : IClassFixture<ListTests.Archive>
{
    private readonly HttpClient anybody;

    public ListTests(Archive archive) => anybody = archive.Server.Client();

    /// <summary>A few packages with results: zlib fails, gzip and apt-zip pass, libzip is neutral, and dash is private.</summary>
    public sealed class Archive : IAsyncLifetime
    {
        public Server Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Server = await Server.Start();
            var (britney, worker) = (Server.Client(Server.RequestKey), Server.Client(Server.ReportKey));
            await britney.Data("mutation { requestRuns(input: {tests: [{package: \"dash\", suite: \"testing\", arch: \"amd64\", isPrivate: true}]}) { ... on Refused { message } } }");
            await britney.Request("zlib", "gzip", "apt-zip", "libzip");
            while (await worker.Claim(waitSeconds: 1) is { } claimed)
                await Report(worker, claimed.GetProperty("run").GetInt64(), claimed.GetProperty("package").GetString()!);
            var (_, position) = await britney.Request("waiting");
            await britney.Data("query ($p: String) { packages(minPosition: $p) { nodes { name } } }", new { p = position });
        }

        public Task DisposeAsync() => Server.DisposeAsync().AsTask();

        private static async Task Report(HttpClient worker, long run, string package) => await (package switch
        {
            "zlib" => worker.Report(run, exitCode: 4, summary: "t FAIL\n"),
            "libzip" => worker.Report(run, exitCode: 8, summary: "* SKIP no tests\n"),
            _ => worker.Report(run),
        });
    }

    [Theory]
    [InlineData("", "apt-zip gzip libzip zlib")]
    [InlineData("search: \"zip\"", "apt-zip gzip libzip")]
    [InlineData("search: \"zlib\"", "zlib")]
    [InlineData("search: \"z\"", "zlib apt-zip gzip libzip")]
    [InlineData("search: \"%\"", "")]
    [InlineData("search: \"_zip\"", "")]
    [InlineData("status: FAIL", "zlib")]
    [InlineData("status: PASS, suite: \"testing\"", "apt-zip gzip")]
    [InlineData("arch: \"arm64\"", "")]
    [InlineData("orderBy: NEWEST", "libzip apt-zip gzip zlib")]
    public async Task Packages_are_found_by_part_of_name_and_result(string arguments, string names) =>
        Assert.Equal(names, await Pages("packages", arguments, "name"));

    [Theory]
    [InlineData("", "apt-zip gzip libzip zlib")]
    [InlineData("descending: true", "zlib libzip gzip apt-zip")]
    [InlineData("orderBy: STATUS", "zlib libzip apt-zip gzip")]
    [InlineData("orderBy: FINISHED", "zlib gzip apt-zip libzip")]
    [InlineData("orderBy: FINISHED, descending: true", "libzip apt-zip gzip zlib")]
    [InlineData("orderBy: DURATION, descending: true", "zlib libzip gzip apt-zip")]
    [InlineData("search: \"zip\", status: PASS", "apt-zip gzip")]
    public async Task An_index_is_sorted_and_filtered(string arguments, string names) =>
        Assert.Equal(names, await Pages("index", $"suite: \"testing\", arch: \"amd64\", {arguments}", "package"));

    [Fact]
    public async Task Numbers_tell_results_and_what_waits_without_what_is_private()
    {
        var stats = (await anybody.Data("{ stats { suite arch packages pass fail neutral tmpfail pending running } }")).GetProperty("stats");
        Assert.Equal("""[{"suite":"testing","arch":"amd64","packages":4,"pass":2,"fail":1,"neutral":1,"tmpfail":0,"pending":1,"running":0}]""", $"{stats}");
    }

    [Fact]
    public async Task A_mistyped_name_finds_near_ones()
    {
        var near = (await anybody.Data("{ similarPackages(name: \"glibzip\") }")).GetProperty("similarPackages");
        Assert.Equal("libzip", near[0].GetString());
        Assert.DoesNotContain("dash", $"{(await anybody.Data("{ similarPackages(name: \"dahs\") }"))}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("packages(after: \"x\") { nodes { name } }")]
    [InlineData("packages(after: \"1~99999999999999999999~x\") { nodes { name } }")]
    [InlineData("index(suite: \"testing\", arch: \"amd64\", orderBy: DURATION, after: \"zlib\") { nodes { package } }")]
    public async Task Cursors_of_another_list_are_refused(string query) =>
        Assert.Contains("This cursor is not of this list", $"{await anybody.Ask($"{{ {query} }}")}", StringComparison.Ordinal);

    // All names, one a page, so that every cursor is used.
    private async Task<string> Pages(string field, string arguments, string name)
    {
        var names = new List<string?>();
        for (string? after = null; ;)
        {
            var data = await anybody.Data($"query ($a: String) {{ list: {field}({arguments} first: 1, after: $a) {{ nodes {{ {name} }} pageInfo {{ hasNextPage endCursor }} }} }}", new { a = after });
            var list = data.GetProperty("list");
            names.AddRange(list.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty(name).GetString()));
            if (!list.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean())
                return string.Join(' ', names);
            after = list.GetProperty("pageInfo").GetProperty("endCursor").GetString();
        }
    }
}
