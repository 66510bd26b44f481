using System.Globalization;
using Debci.Projections;

namespace Debci.Api.Cli;

/// <summary>How far a rebuild is: one line of a terminal that is written over, or a line every ten seconds where there is none.</summary>
internal sealed class ProgressLine
{
    private const int EveryMs = 250;
    private const int EveryMsInFile = 10_000;
    private readonly bool terminal = !Console.IsErrorRedirected;
    private long last = -EveryMsInFile;
    private string said = "";

    /// <summary>Shows it, unless something was shown a moment ago.</summary>
    public void Show(RebuildProgress progress)
    {
        var now = Environment.TickCount64;
        if (now - last < (terminal ? EveryMs : EveryMsInFile) && progress.Doing == said)
            return;
        (last, said) = (now, progress.Doing);
        Console.Error.Write(terminal ? $"\r\e[K{Words(progress)}" : $"{Words(progress)}\n");
    }

    /// <summary>Leaves the terminal's line.</summary>
    public void End()
    {
        if (terminal && said.Length > 0)
            Console.Error.WriteLine();
    }

    private static string Words(RebuildProgress p) => p.Head == 0 ? p.Doing : string.Create(CultureInfo.InvariantCulture,
        $"{p.Doing}: position {p.Position:#,0} of {p.Head:#,0}, {p.PerSecond:#,0} events/s{(p.Left is { } left ? $", {Left(left)} left" : "")}");

    private static string Left(TimeSpan left) => left.TotalMinutes < 1 ? $"{left.TotalSeconds:0} s" : left.TotalHours < 1 ? $"{left.TotalMinutes:0} min" : $"{left.TotalHours:0.0} h";
}
