using Debci.Projections;

namespace Debci.Api.Pages.Log;

/// <summary>The log of a run's newest attempt, as its page begins with it.</summary>
/// <param name="Run">Which run.</param>
/// <param name="Attempt">Which attempt.</param>
/// <param name="Outline">Its sections.</param>
/// <param name="Complete">Whether nothing will be added.</param>
/// <param name="Shown">The lines that are on the page from the start, by their section's first line.</param>
/// <param name="From">The line that was asked for; 0 for none.</param>
public sealed record LogView(
    long Run, int Attempt, LogOutline Outline, bool Complete, IReadOnlyDictionary<int, IReadOnlyList<LogLine>> Shown, int From);

/// <summary>Puts a log on a page: what readers want first is there at once, the rest is fetched when it is looked at.</summary>
public sealed class LogViews(LogOutlines outlines, LogLines lines)
{
    private const int MostLines = 1500;
    private const int MostOfSection = 500;

    /// <summary>The log of the newest attempt; null before the first, and when there is none any more.</summary>
    /// <param name="run">Of which run.</param>
    /// <param name="from">A line that must be on the page, with those behind it; 0 for none.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Domain.RefusedException">The log is gone.</exception>
    public async Task<LogView?> Of(RunRow run, int from, CancellationToken cancellation)
    {
        if (run.Attempt == 0 || run.Expired is not null)
            return null;
        var outline = await outlines.Of(run, run.Attempt, cancellation);
        if (run.IsImported && outline.Bytes == 0)
            return null;
        var shown = new Dictionary<int, IReadOnlyList<LogLine>>();
        var left = MostLines;
        foreach (var section in outline.Sections.Where(s => s.Open || Holds(s, from)).OrderBy(s => !Holds(s, from)))
        {
            var first = Holds(section, from) ? from : section.First;
            var count = Math.Min(Math.Min(section.First + section.Lines - first, MostOfSection), left);
            if (count > 0)
                shown[section.First] = await lines.Read(run.Key, run.Attempt, outline, first, count, cancellation);
            left -= count;
        }
        return new LogView(run.Key.Id, run.Attempt, outline, run.State != RunState.Running, shown, from);
    }

    private static bool Holds(LogSection section, int line) => line >= section.First && line < section.First + section.Lines;
}
