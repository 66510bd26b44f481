using System.Text.Json;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Erasure;

/// <summary>The events that speak of texts, by their hashes.</summary>
internal static class StoredTexts
{
    /// <summary>Whether an event is of a kind that can; most are not, and need not be read.</summary>
    public static bool MayHold(RecordedEvent e) => e.Name.StartsWith("policy.", StringComparison.Ordinal) || e.Name.StartsWith("worker.", StringComparison.Ordinal)
        || e.Is<RunEvent.Cancelled>() || e.Is<RunEvent.Imported>();

    /// <summary>The hash of the text that an event speaks of; null for none, and for an event that cannot be read.</summary>
    public static string? In(RecordedEvent e)
    {
        try
        {
            return e.Decode() switch
            {
                RunEvent.Cancelled h => h.Reason,
                RunEvent.Imported h => h.Words,
                WorkerEvent.Drained h => h.Reason,
                WorkerEvent.Resumed h => h.Reason,
                WorkerEvent.Restored h => h.Reason,
                PolicyEvent.Paused h => h.Reason,
                PolicyEvent.Unpaused h => h.Reason,
                PolicyEvent.Rejected h => h.Reason,
                PolicyEvent.Readmitted h => h.Reason,
                PolicyEvent.QuarantineLifted h => h.Reason,
                PolicyEvent.Waived h => h.Reason,
                PolicyEvent.WaiverWithdrawn h => h.Reason,
                _ => null,
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
