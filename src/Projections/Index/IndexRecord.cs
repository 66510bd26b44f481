using Debci.Domain;

namespace Debci.Projections;

/// <summary>A row of the index as the database gives it.</summary>
internal sealed record IndexRecord(
    string Suite, string Arch, string Package, long Run, string Status, string? Version, string Message, string Triggers, int? Duration, DateTime Finished_At)
{
    public IndexRow ToRow() => new(Suite, Arch, Package, Run, Columns.Enum<Status>(Status), Version, Message, Columns.Words(Triggers), Duration, Finished_At);
}
