using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Debci.Api.Cli.Client;

/// <summary>The tests that <c>debci request</c> asks for: packages by name, a file, or both; what a test does not say itself, the options say.</summary>
internal sealed class RequestedTests
{
    private readonly Argument<string[]> packages = new("package") { Description = "Source packages.", Arity = ArgumentArity.ZeroOrMore };

    private readonly Option<string?> file = new("--file")
    {
        Description = "A file of tests, or - for standard input: names of packages, a line each; or JSON, an object with the fields of GraphQL's TestInput in each line, or an array of such.",
    };

    private readonly Option<string[]> suites = new("--suite") { Description = "Suite to test in; can be given several times." };
    private readonly Option<string[]> arches = new("--arch") { Description = "Debian architecture; can be given several times." };
    private readonly Option<string[]> triggers = new("--trigger") { Description = "What caused it, as source/version; can be given several times." };
    private readonly Option<string[]> pins = new("--pin") { Description = "Packages from another suite, as unstable=src:green,src:other; can be given several times." };
    private readonly Option<string?> backend = new("--backend") { Description = "The backend that it needs." };
    private readonly Option<int?> priority = new("--priority") { Description = "1 (last) to 10 (first); 5 if left out." };
    private readonly Option<bool> isPrivate = new("--private") { Description = "Only you and operators may see it." };

    public void AddTo(Command command)
    {
        command.Add(packages);
        foreach (var option in new Option[] { file, suites, arches, triggers, pins, backend, priority, isPrivate })
            command.Add(option);
    }

    /// <summary>One object for each package, suite and architecture.</summary>
    /// <exception cref="InvalidOperationException">Nothing is asked for, a line cannot be read, or a test has no suite or architecture.</exception>
    public async Task<IReadOnlyList<JsonObject>> Read(ParseResult arguments, CancellationToken cancellation)
    {
        var tests = (arguments.GetValue(packages) ?? []).Select(Named).ToList();
        if (arguments.GetValue(file) is { } path)
            tests.AddRange(Parse(path == "-" ? await Console.In.ReadToEndAsync(cancellation) : await File.ReadAllTextAsync(path, cancellation)));
        return tests.Count == 0 ? throw new InvalidOperationException("Say which packages, by name or with --file.") : [.. tests.SelectMany(t => Spread(t, arguments))];
    }

    private static JsonObject Named(string package) => new() { ["package"] = package };

    private static List<JsonObject> Parse(string text)
    {
        if (text.TrimStart().StartsWith('['))
            return [.. ReadJson<JsonArray>(text, "The file").Select((t, n) => t as JsonObject ?? throw new InvalidOperationException($"Number {n + 1} of the file's array is no object with the fields of a test."))];
        return text.Split('\n').Select((line, n) => (Text: line.Trim(), Number: n + 1)).Where(l => l.Text.Length > 0)
            .Select(l => l.Text.StartsWith('{') ? ReadJson<JsonObject>(l.Text, $"Line {l.Number} of the file") : Named(l.Text)).ToList();
    }

    private static T ReadJson<T>(string text, string where) where T : JsonNode
    {
        try
        {
            return (T)JsonNode.Parse(text)!;
        }
        catch (Exception damage) when (damage is JsonException or InvalidCastException)
        {
            throw new InvalidOperationException($"{where} is no JSON that can be read: {damage.Message}", damage);
        }
    }

    private IEnumerable<JsonObject> Spread(JsonObject test, ParseResult arguments) =>
        from suite in Of(test, "suite", arguments.GetValue(suites)) from arch in Of(test, "arch", arguments.GetValue(arches)) select Whole(test, suite, arch, arguments);

    private static string[] Of(JsonObject test, string field, string[]? given) => test[field] is { } own ? [$"{own}"]
        : given is { Length: > 0 } ? given : throw new InvalidOperationException($"{test["package"]} has no {field}; give --{field}, or say it in the file.");

    private JsonObject Whole(JsonObject test, string suite, string arch, ParseResult arguments)
    {
        var whole = (JsonObject)test.DeepClone();
        (whole["suite"], whole["arch"]) = (suite, arch);
        Default("triggers", arguments.GetValue(triggers) is { Length: > 0 } t ? JsonSerializer.SerializeToNode(t) : null);
        Default("pins", arguments.GetValue(pins) is { Length: > 0 } p ? JsonSerializer.SerializeToNode(p.Select(ReadPin)) : null);
        Default("backend", arguments.GetValue(backend));
        Default("priority", arguments.GetValue(priority));
        Default("isPrivate", arguments.GetValue(isPrivate) ? true : null);
        return whole;

        void Default(string field, JsonNode? value)
        {
            if (value is not null && !whole.ContainsKey(field))
                whole[field] = value;
        }
    }

    private static object ReadPin(string text)
    {
        var parts = text.Split('=', 2);
        return parts.Length == 2 ? new { packages = parts[1].Split(','), suite = parts[0] }
            : throw new InvalidOperationException($"The pin {text} cannot be read; write SUITE=src:PACKAGE,src:PACKAGE.");
    }
}
