using System.Collections.Concurrent;

namespace Debci.Api.Import;

/// <summary>What an import has done, and what it did not understand.</summary>
public sealed class ImportReport
{
    private readonly ConcurrentQueue<string> lines = new();
    private long imported, known, pending, leftOut;

    /// <summary>Runs that are new here.</summary>
    public long Imported => Interlocked.Read(ref imported);

    /// <summary>Runs that an import has brought before.</summary>
    public long Known => Interlocked.Read(ref known);

    /// <summary>Runs without a result yet, which are left to a later import.</summary>
    public long Pending => Interlocked.Read(ref pending);

    /// <summary>Records that were left out.</summary>
    public long LeftOut => Interlocked.Read(ref leftOut);

    /// <summary>What was not understood: file, record and why, a line each.</summary>
    public IReadOnlyCollection<string> Lines => lines;

    /// <summary>How many records have been looked at.</summary>
    public long Done => Imported + Known + Pending + LeftOut;

    /// <summary>The whole in a sentence.</summary>
    public string Summary => $"{Imported:#,0} runs imported, {Known:#,0} were here already, {Pending:#,0} have no result yet, {LeftOut:#,0} left out.";

    internal void AddImported() => Interlocked.Increment(ref imported);

    internal void AddKnown() => Interlocked.Increment(ref known);

    internal void AddPending() => Interlocked.Increment(ref pending);

    internal void LeaveOut(string file, string record, string why)
    {
        Interlocked.Increment(ref leftOut);
        Doubt(file, record, why);
    }

    internal void Doubt(string file, string record, string why) => lines.Enqueue($"{file}: {record}: {why}.");
}
