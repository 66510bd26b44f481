using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>A result as read models take it up, of a run of here or of one that was imported.</summary>
/// <param name="At">The event that brought it: its place in the log is its place in every order.</param>
/// <param name="Run">What came of the run.</param>
/// <param name="EndedAt">What is shown as its time, UTC: the log's for a run of here, and for an imported one when its test ended there.</param>
/// <param name="Duration">Seconds; null when nobody knows.</param>
internal sealed record StoredResult(RecordedEvent At, RunEvent.Finished Run, DateTime EndedAt, int? Duration)
{
    /// <summary>The results of a page, in order.</summary>
    public static IEnumerable<StoredResult> In(IEnumerable<RecordedEvent> page)
    {
        foreach (var e in page.Where(e => e.Is<RunEvent.Finished>() || e.Is<RunEvent.Imported>()))
        {
            yield return e.Decode() is RunEvent.Imported imported
                ? new StoredResult(e, imported.Result, imported.Date.UtcDateTime, imported.DurationUnknown is true ? null : imported.Result.Report.DurationSeconds)
                : new StoredResult(e, (RunEvent.Finished)e.Decode()!, e.RecordedAt.UtcDateTime, ((RunEvent.Finished)e.Decode()!).Report.DurationSeconds);
        }
    }
}
