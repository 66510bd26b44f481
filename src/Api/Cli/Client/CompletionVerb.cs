using System.CommandLine;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci completion</c>: what a shell is told once, so that it asks this program how a line may go on.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        # bash completion for debci: source <(debci completion bash), or put it into /usr/share/bash-completion/completions/debci
        _debci() {
            local line words
            line=${COMP_LINE:0:COMP_POINT}
            mapfile -t words < <(debci "[suggest:${#line}]" "$line" 2>/dev/null)
            mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _debci debci
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash." }.AcceptOnlyFromAmong("bash");
        var command = new Command("completion", "Prints what makes a shell complete this program's verbs and options.") { shell };
        command.SetAction(_ => Console.WriteLine(Bash));
        return command;
    }
}
