using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>A result as read models take it up, of a run of here or of one that was imported.</summary>
/// <param name="At">The event that brought it: its place in the log is its place in every order.</param>
/// <param name="Run">What came of the run.</param>
/// <param name="EndedAt">What is shown as its time, UTC: the log's for a run of here, and for an imported one when its test ended there.</param>
/// <param name="Duration">Seconds; null when nobody knows.</param>
/// <remarks>A result that is published comes a second time, and is public then: who keeps private ones too asks <see cref="IsPublication"/>.</remarks>
internal sealed record StoredResult(RecordedEvent At, RunEvent.Finished Run, DateTime EndedAt, int? Duration)
{
    /// <summary>Whether the run was private, and its result is told again since it is so no more.</summary>
    public bool IsPublication => At.Is<RunEvent.Published>();

    /// <summary>The results of a page, in order.</summary>
    public static IEnumerable<StoredResult> In(IEnumerable<RecordedEvent> page) => page.Select(Of).OfType<StoredResult>();

    /// <summary>The result that an event brings; null when it brings none.</summary>
    public static StoredResult? Of(RecordedEvent e) => (e.Is<RunEvent.Finished>() || e.Is<RunEvent.Imported>() || e.Is<RunEvent.Published>() ? e.Decode() : null) switch
    {
        RunEvent.Finished here => new StoredResult(e, here, e.RecordedAt.UtcDateTime, here.Report.DurationSeconds),
        RunEvent.Imported there => new StoredResult(e, there.Result, there.Date.UtcDateTime, there.DurationUnknown is true ? null : there.Result.Report.DurationSeconds),
        RunEvent.Published { Result: { } shown, EndedAt: { } ended } h => new StoredResult(e, shown, ended.UtcDateTime, h.DurationUnknown is true ? null : shown.Report.DurationSeconds),
        _ => null,
    };
}
