using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>Something that was decided.</summary>
/// <param name="Position">The event's position.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Type">The event's stored name.</param>
/// <param name="Actor">Who, as in the envelope.</param>
/// <param name="Run">The run that it is about, if it is about one.</param>
/// <param name="Package">Source package, if it is about one.</param>
/// <param name="Suite">Suite, likewise.</param>
/// <param name="Arch">Debian architecture, likewise.</param>
/// <param name="Subject">What else it is about: a name, a pattern, how many runs.</param>
/// <param name="Reason">Hash of what was said.</param>
public sealed record DecisionRow(
    long Position, DateTime At, string Type, string Actor, long? Run = null, string? Package = null, string? Suite = null, string? Arch = null,
    string? Subject = null, string? Reason = null)
{
    // All others need not be read: a damaged one of another kind does not concern this model.
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        StoredNames.Of<BatchEvent.Requested>(), StoredNames.Of<BatchEvent.Accepted>(), StoredNames.Of<RunEvent.Cancelled>(), StoredNames.Of<RunEvent.Published>(),
        StoredNames.Of<WorkerEvent.Drained>(), StoredNames.Of<WorkerEvent.Resumed>(), StoredNames.Of<WorkerEvent.SetAside>(), StoredNames.Of<WorkerEvent.Restored>(),
        StoredNames.Of<PolicyEvent.Paused>(), StoredNames.Of<PolicyEvent.Unpaused>(), StoredNames.Of<PolicyEvent.Rejected>(), StoredNames.Of<PolicyEvent.Readmitted>(),
        StoredNames.Of<PolicyEvent.Quarantined>(), StoredNames.Of<PolicyEvent.QuarantineLifted>(), StoredNames.Of<PolicyEvent.Waived>(), StoredNames.Of<PolicyEvent.WaiverWithdrawn>(),
    };

    /// <summary>The decision in an event; null for an event that is none.</summary>
    /// <exception cref="System.Text.Json.JsonException">The event is damaged.</exception>
    internal static DecisionRow? Of(RecordedEvent e) => !Names.Contains(e.Name) ? null : e.Decode() switch
    {
        BatchEvent.Requested { RetryOf: { } of } h => New(e).About(h.Run) with { Subject = $"{of}" },
        BatchEvent.Accepted h when e.Command().Name != "retryRun" => New(e) with { Subject = $"{h.Runs}" }, // a retry was told above
        RunEvent.Cancelled h => New(e).About(h.Run) with { Reason = h.Reason },
        RunEvent.Published h => New(e).About(h.Run),
        WorkerEvent.Drained h => New(e) with { Subject = h.Worker, Reason = h.Reason },
        WorkerEvent.Resumed h => New(e) with { Subject = h.Worker, Reason = h.Reason },
        WorkerEvent.SetAside h => New(e) with { Subject = h.Worker },
        WorkerEvent.Restored h => New(e) with { Subject = h.Worker, Run = h.ByProbe, Reason = h.Reason },
        PolicyEvent.Paused h => New(e) with { Subject = $"{Columns.Word(h.Kind)} {h.Name}", Reason = h.Reason },
        PolicyEvent.Unpaused h => New(e) with { Subject = $"{Columns.Word(h.Kind)} {h.Name}", Reason = h.Reason },
        PolicyEvent.Rejected h => New(e) with { Subject = h.Pattern, Reason = h.Reason },
        PolicyEvent.Readmitted h => New(e) with { Subject = h.Pattern, Reason = h.Reason },
        PolicyEvent.Quarantined h => New(e) with { Package = h.Package, Suite = h.Suite, Arch = h.Arch, Subject = h.Version },
        PolicyEvent.QuarantineLifted h => New(e) with { Package = h.Package, Suite = h.Suite, Arch = h.Arch, Subject = h.Version, Reason = h.Reason },
        PolicyEvent.Waived h => New(e).About(h.Waiver) with { Reason = h.Reason },
        PolicyEvent.WaiverWithdrawn h => New(e).About(h.Waiver) with { Reason = h.Reason },
        _ => null,
    };

    private static DecisionRow New(RecordedEvent e) => new(e.Position, e.RecordedAt.UtcDateTime, e.Name, e.Command().Actor);

    private DecisionRow About(RunKey run) => this with { Run = run.Id, Package = run.Package, Suite = run.Suite, Arch = run.Arch };

    private DecisionRow About(Waiver waiver) => this with { Package = waiver.Package, Suite = waiver.Suite, Arch = waiver.Arch, Subject = $"{Columns.Word(waiver.Kind)} {waiver.Version}" };
}
