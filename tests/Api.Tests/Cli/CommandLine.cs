using Debci.Api.Cli;

namespace Debci.Api.Tests.Cli;

/// <summary>The command line within this process; whoever uses it is in the collection "console", since there is one console.</summary>
internal static class CommandLine
{
    /// <summary>Runs a line: its exit code, and all that it said.</summary>
    public static async Task<(int Code, string Said)> Run(params string[] arguments)
    {
        var (output, error, said) = (Console.Out, Console.Error, new StringWriter());
        Console.SetOut(said);
        Console.SetError(said);
        try
        {
            return (await Verbs.Root().Parse(arguments).InvokeAsync(), said.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
