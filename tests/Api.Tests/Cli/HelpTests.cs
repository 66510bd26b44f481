using System.CommandLine;
using Debci.Api.Cli;
using Debci.Playground;

namespace Debci.Api.Tests.Cli;

/// <summary>The command line is an interface: its verbs, arguments and options stand in a file, and change with it only.</summary>
public sealed class HelpTests
{
    [Fact]
    public async Task Verbs_and_options_are_those_that_are_written_down()
    {
        var now = string.Concat(Lines(Verbs.Root(), "debci").Select(l => l + "\n"));
        var written = Path.Combine(Path.GetTempPath(), "debci-verbs.txt");
        if (now == await File.ReadAllTextAsync(Repository.Path("tests/Api.Tests/Cli/verbs.txt")))
            return;
        await File.WriteAllTextAsync(written, now);
        Assert.Fail($"The command line has changed. If that is meant: cp {written} tests/Api.Tests/Cli/verbs.txt");
    }

    private static IEnumerable<string> Lines(Command command, string path)
    {
        yield return $"{path}{string.Concat(command.Arguments.Select(a => $" <{a.Name}>"))}: {command.Description}";
        foreach (var option in command.Options.Where(o => o is not System.CommandLine.Help.HelpOption and not VersionOption))
            yield return $"    {string.Join(", ", option.Aliases.Prepend(option.Name))}{(option.Required ? " (required)" : "")}: {option.Description}";
        foreach (var verb in command.Subcommands)
            foreach (var line in Lines(verb, $"{path} {verb.Name}"))
                yield return line;
    }
}
