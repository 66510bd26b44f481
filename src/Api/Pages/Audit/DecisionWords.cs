using Debci.EventLog;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Audit;

/// <summary>Decisions in the words of the page.</summary>
public static class DecisionWords
{
    private static readonly (string Kind, string[] Types)[] ByKind =
    [
        ("requests", [StoredNames.Of<BatchEvent.Accepted>()]),
        ("retries", [StoredNames.Of<BatchEvent.Requested>()]),
        ("cancellations", [StoredNames.Of<RunEvent.Cancelled>()]),
        ("publications", [StoredNames.Of<RunEvent.Published>()]),
        ("pauses", [StoredNames.Of<PolicyEvent.Paused>(), StoredNames.Of<PolicyEvent.Unpaused>()]),
        ("reject list", [StoredNames.Of<PolicyEvent.Rejected>(), StoredNames.Of<PolicyEvent.Readmitted>()]),
        ("quarantine", [StoredNames.Of<PolicyEvent.Quarantined>(), StoredNames.Of<PolicyEvent.QuarantineLifted>()]),
        ("waivers", [StoredNames.Of<PolicyEvent.Waived>(), StoredNames.Of<PolicyEvent.WaiverWithdrawn>()]),
        ("workers", [StoredNames.Of<WorkerEvent.Drained>(), StoredNames.Of<WorkerEvent.Resumed>(), StoredNames.Of<WorkerEvent.SetAside>(), StoredNames.Of<WorkerEvent.Restored>()]),
    ];

    /// <summary>What can be asked for.</summary>
    public static IEnumerable<string> Kinds => ByKind.Select(k => k.Kind);

    /// <summary>The stored names of a kind; null for a kind that there is not.</summary>
    public static IReadOnlyList<string>? TypesOf(string kind) => ByKind.FirstOrDefault(k => k.Kind == kind).Types;

    /// <summary>A decision in a few words; one that this version does not know, by its stored name.</summary>
    public static string Of(DecisionRow row) => StoredNames.TypeOf(row.Type)?.Name switch
    {
        nameof(BatchEvent.Accepted) => $"requested {(row.Subject == "1" ? "1 run" : $"{row.Subject} runs")}",
        nameof(BatchEvent.Requested) => $"retried run {row.Subject}",
        nameof(RunEvent.Cancelled) => "cancelled",
        nameof(RunEvent.Published) => "published",
        nameof(PolicyEvent.Paused) => $"paused {row.Subject}",
        nameof(PolicyEvent.Unpaused) => $"unpaused {row.Subject}",
        nameof(PolicyEvent.Rejected) => $"put {row.Subject} on the reject list",
        nameof(PolicyEvent.Readmitted) => $"took {row.Subject} off the reject list",
        nameof(PolicyEvent.Quarantined) => "put into quarantine",
        nameof(PolicyEvent.QuarantineLifted) => "lifted the quarantine",
        nameof(PolicyEvent.Waived) => $"waived {row.Subject}",
        nameof(PolicyEvent.WaiverWithdrawn) => $"withdrew the waiver {row.Subject}",
        nameof(WorkerEvent.Drained) => $"drained worker {row.Subject}",
        nameof(WorkerEvent.Resumed) => $"resumed worker {row.Subject}",
        nameof(WorkerEvent.SetAside) => $"set worker {row.Subject} aside",
        nameof(WorkerEvent.Restored) => $"restored worker {row.Subject}",
        _ => row.Type,
    };
}
