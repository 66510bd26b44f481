using System.CommandLine;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci history</c> and <c>debci queue</c>: rows of one connection, page after page, as a table or as lines of JSON.</summary>
internal static class ListVerbs
{
    private const int Page = 500;

    private const string History = """
        query ($package: String!, $suite: String, $arch: String, $first: Int, $after: String) {
          rows: history(package: $package, suite: $suite, arch: $arch, first: $first, after: $after) {
            nodes { run suite arch status cause version durationSeconds triggers finishedAt message worker pinned } pageInfo { hasNextPage endCursor } } }
        """;

    private const string Queue = """
        query ($package: String, $suite: String, $arch: String, $trigger: String, $requester: String, $first: Int, $after: String) {
          rows: queue(package: $package, suite: $suite, arch: $arch, trigger: $trigger, requester: $requester, first: $first, after: $after) {
            nodes { run package suite arch state place expectedStart priority worker waitsFor requestedAt startedAt attempts } pageInfo { hasNextPage endCursor } } }
        """;

    public static Command CreateHistory()
    {
        var package = new Argument<string>("package") { Description = "A source package." };
        return Create("history", "Prints a package's results, the newest first.", History, 20, ["suite", "arch"], package,
            r => [r.Word("run"), $"{r.Word("suite")}/{r.Word("arch")}", r.Word("status"), r.Word("version"), r.Seconds("durationSeconds"), r.Word("finishedAt"), r.Word("triggers"), r.Word("cause"), r.Word("message")]);
    }

    public static Command CreateQueue() => Create("queue", "Prints what waits and what runs, in the order in which it comes.", Queue, 50, ["package", "suite", "arch", "trigger", "requester"], null,
        r => [r.Word("run"), r.Word("package"), $"{r.Word("suite")}/{r.Word("arch")}", r.Word("state"), r.Word("place"), r.Word("expectedStart"), r.Word("worker"), r.Word("waitsFor")]);

    private static Command Create(string name, string description, string query, int most, string[] filters, Argument<string>? package, Func<JsonElement, string[]> columns)
    {
        var server = new ServerOptions();
        var options = filters.ToDictionary(f => f, f => new Option<string?>($"--{f}") { Description = Describe(f) });
        var limit = new Option<int>("--limit") { Description = "How many rows at most; 0 for all.", DefaultValueFactory = _ => most };
        var command = new Command(name, description) { limit };
        if (package is not null)
            command.Add(package);
        foreach (var option in options.Values)
            command.Add(option);
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var variables = options.ToDictionary(o => o.Key, o => (object?)arguments.GetValue(o.Value));
            if (package is not null)
                variables["package"] = arguments.GetRequiredValue(package);
            await Print(Rows(client, query, variables, arguments.GetValue(limit), cancellation), arguments.GetValue(server.Json), columns);
            return 0;
        }));
        return command;
    }

    private static string Describe(string filter) => filter switch
    {
        "package" => "Of this source package.",
        "suite" => "In this suite.",
        "arch" => "On this architecture.",
        "trigger" => "With this trigger, source/version.",
        _ => "Asked for by this account, by id.",
    };

    // Rows are printed page by page: the widths are of one page, and a long list begins at once.
    private static async Task Print(IAsyncEnumerable<IReadOnlyList<JsonElement>> pages, bool json, Func<JsonElement, string[]> columns)
    {
        await foreach (var page in pages)
        {
            if (json)
                foreach (var row in page)
                    Console.WriteLine(row);
            else
                Table.Print(page.Select(columns));
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<JsonElement>> Rows(
        DebciClient client, string query, Dictionary<string, object?> variables, int limit, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var left = limit == 0 ? int.MaxValue : limit; left > 0;)
        {
            variables["first"] = Math.Min(Page, left);
            var rows = (await client.Ask(query, variables, cancellation)).GetProperty("rows");
            var page = rows.GetProperty("nodes").EnumerateArray().ToList();
            yield return page;
            left -= page.Count;
            if (!rows.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean())
                yield break;
            variables["after"] = rows.GetProperty("pageInfo").GetProperty("endCursor").GetString();
        }
    }
}
