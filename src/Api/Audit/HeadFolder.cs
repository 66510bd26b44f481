namespace Debci.Api.Audit;

/// <summary>
/// The heads that lie in a folder, the smallest first. Others may be able to write there, and a head names its key itself: that it is
/// signed says only that it is whole, never that it is ours.
/// </summary>
public sealed class HeadFolder
{
    private readonly string folder;

    /// <summary>Reads the heads of a folder; one that is not there has none.</summary>
    /// <exception cref="InvalidOperationException">A head is altered, or of another log: its word for itself can be changed in PostgreSQL, and so excuses nothing.</exception>
    public HeadFolder(string folder, string log)
    {
        this.folder = folder;
        All = Directory.Exists(folder) ? [.. AuditHead.LoadAll([folder]).OrderBy(h => h.Size)] : [];
        foreach (var head in All)
            Check(head, log);
    }

    /// <summary>All of them, the smallest first.</summary>
    public IReadOnlyList<AuditHead> All { get; }

    /// <summary>The one that covers so many events; null for none.</summary>
    public AuditHead? Of(long size) => All.FirstOrDefault(h => h.Size == size);

    /// <summary>Where a head of this folder is.</summary>
    public string File(AuditHead head) => Path.Combine(folder, head.FileName);

    private void Check(AuditHead head, string log)
    {
        if (head.Log != log)
            throw new InvalidOperationException($"ALERT: {File(head)} is of the log {head.Log}, and this log calls itself {log}. Give each log a folder of its own; if this is the same log, its name was changed: `debci audit verify` tells more.");
        if (!head.IsSignedBy(head.Key))
            throw new InvalidOperationException($"ALERT: {File(head)} is not signed by the key that it names: it was altered. No head is made beside it; fetch it from who has a copy.");
    }
}
