using Debci.Domain;

namespace Debci.Workers;

/// <summary>What the worker tells its operator: one line each, without a time of its own (the service's journal has one).</summary>
/// <param name="lines">Standard error, or what a test reads.</param>
internal sealed class Journal(TextWriter lines)
{
    private const int LongestLine = 2000;
    private readonly TextWriter lines = TextWriter.Synchronized(lines);

    /// <summary>Writes a line; what came from outside cannot steer the terminal or begin a line of its own.</summary>
    public void Say(string line) =>
        lines.WriteLine(string.Concat(StoredText.Clean(line, LongestLine).Select(c => char.IsControl(c) ? ' ' : c)));
}
