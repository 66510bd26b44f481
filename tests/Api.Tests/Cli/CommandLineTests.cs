using System.CommandLine;
using System.Text;
using Debci.Api.Cli;
using Debci.Playground;

namespace Debci.Api.Tests.Cli;

/// <summary>The command line is an interface that scripts rely on: what it is stands in a file that is read when it changes.</summary>
public sealed class CommandLineTests
{
    private static readonly string File = Repository.Path("ops/command-line.txt");

    [Fact]
    public async Task The_command_line_is_as_it_is_written_down()
    {
        var now = new StringBuilder();
        foreach (var command in Verbs.Root().Subcommands.OrderBy(c => c.Name, StringComparer.Ordinal))
            Tell(command, "debci", now);
        if (Environment.GetEnvironmentVariable("DEBCI_TEST_ACCEPT") == "1") // who changes it on purpose writes it down so
            await System.IO.File.WriteAllTextAsync(File, $"{now}");
        Assert.Equal(await System.IO.File.ReadAllTextAsync(File), $"{now}");
    }

    private static void Tell(Command command, string before, StringBuilder into)
    {
        var name = $"{before} {command.Name}";
        if (command.Subcommands.Count == 0)
        {
            into.AppendLine($"{name}{string.Concat(command.Arguments.Select(a => $" {Shown(a)}"))}").AppendLine($"    {command.Description}");
            foreach (var argument in command.Arguments)
                into.AppendLine($"    {argument.Name}: {argument.Description}");
            foreach (var option in command.Options.OrderBy(o => o.Name, StringComparer.Ordinal))
                into.AppendLine($"    {string.Join(", ", option.Aliases.Prepend(option.Name))}{(option.Required ? " (required)" : "")}: {option.Description}");
            into.AppendLine();
        }
        foreach (var inner in command.Subcommands.OrderBy(c => c.Name, StringComparer.Ordinal))
            Tell(inner, name, into);
    }

    private static string Shown(Argument argument)
    {
        var name = argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name}…" : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }
}
