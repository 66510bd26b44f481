using Debci.Domain;

namespace Debci.EventLog;

/// <summary>
/// The names under which events are on disk, with their version. STORED CONTRACT: a row is added, never changed.
/// Names of .NET types never matter.
/// </summary>
public static class StoredNames
{
    private static readonly (string Name, Type Type)[] All =
    [
        ("run.requested.v1", typeof(BatchEvent.Requested)),
        ("run.joined.v1", typeof(BatchEvent.Joined)),
        ("request.refused.v1", typeof(BatchEvent.ItemRefused)),
        ("batch.accepted.v1", typeof(BatchEvent.Accepted)),
        ("batch.given-up.v1", typeof(BatchEvent.GivenUp)),
        ("run.started.v1", typeof(RunEvent.Started)),
        ("run.attempt-failed.v1", typeof(RunEvent.AttemptFailed)),
        ("run.lost.v1", typeof(RunEvent.Lost)),
        ("run.finished.v1", typeof(RunEvent.Finished)),
        ("run.cancelled.v1", typeof(RunEvent.Cancelled)),
        ("run.superseded.v1", typeof(RunEvent.Superseded)),
        ("run.abandoned.v1", typeof(RunEvent.Abandoned)),
        ("run.imported.v1", typeof(RunEvent.Imported)),
        ("run.files-expired.v1", typeof(RunEvent.FilesExpired)),
        ("run.published.v1", typeof(RunEvent.Published)),
        ("worker.announced.v1", typeof(WorkerEvent.Announced)),
        ("worker.drained.v1", typeof(WorkerEvent.Drained)),
        ("worker.resumed.v1", typeof(WorkerEvent.Resumed)),
        ("worker.set-aside.v1", typeof(WorkerEvent.SetAside)),
        ("worker.restored.v1", typeof(WorkerEvent.Restored)),
        ("policy.paused.v1", typeof(PolicyEvent.Paused)),
        ("policy.unpaused.v1", typeof(PolicyEvent.Unpaused)),
        ("policy.rejected.v1", typeof(PolicyEvent.Rejected)),
        ("policy.readmitted.v1", typeof(PolicyEvent.Readmitted)),
        ("policy.quarantined.v1", typeof(PolicyEvent.Quarantined)),
        ("policy.quarantine-lifted.v1", typeof(PolicyEvent.QuarantineLifted)),
        ("policy.waived.v1", typeof(PolicyEvent.Waived)),
        ("policy.waiver-withdrawn.v1", typeof(PolicyEvent.WaiverWithdrawn)),
        ("source.removed.v1", typeof(SourceEvent.Removed)),
        ("source.returned.v1", typeof(SourceEvent.Returned)),
    ];

    private static readonly Dictionary<Type, string> ByType = All.ToDictionary(e => e.Type, e => e.Name);
    private static readonly Dictionary<string, Type> ByName = All.ToDictionary(e => e.Name, e => e.Type, StringComparer.Ordinal);

    /// <summary>Every name with its type.</summary>
    public static IReadOnlyList<(string Name, Type Type)> Everything => All;

    /// <summary>The name of an event. Throws for a type that has none: it cannot be stored.</summary>
    public static string Of(object happened) => ByType[happened.GetType()];

    /// <summary>The name of an event type.</summary>
    public static string Of<T>() => ByType[typeof(T)];

    /// <summary>The type behind a stored name; null for a name that this version does not know (written by a newer one).</summary>
    public static Type? TypeOf(string name) => ByName.GetValueOrDefault(name);
}
