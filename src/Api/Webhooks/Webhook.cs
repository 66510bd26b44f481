using Debci.Projections;

namespace Debci.Api.Webhooks;

/// <summary>An address that is told of changes of runs.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Account">Whose it is; private runs of this account are told too.</param>
/// <param name="Url">The address.</param>
/// <param name="Filter">What it is told, as <c>runChanged</c> takes it.</param>
/// <param name="Cursor">It has been told everything up to here.</param>
/// <param name="CreatedAt">Since when, UTC.</param>
/// <param name="Failures">How often in a row it could not be told.</param>
/// <param name="FailingSince">Since when, UTC; null while all is well.</param>
/// <param name="NextAt">When it is tried again, UTC.</param>
/// <param name="DisabledAt">Since when it is told nothing more, UTC; null while it is.</param>
/// <param name="DisabledWhy">Why, a sentence for its owner.</param>
public sealed record Webhook(
    Guid Id, Guid Account, string Url, RunFilter Filter, FeedCursor Cursor, DateTime CreatedAt,
    int Failures, DateTime? FailingSince, DateTime? NextAt, DateTime? DisabledAt, string? DisabledWhy);

/// <summary>One try to tell.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Run">Of which run.</param>
/// <param name="Succeeded">Whether it was taken.</param>
/// <param name="Outcome">The status that was answered, or why there was none.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record WebhookDelivery(DateTime At, long Run, bool Succeeded, string Outcome, double Seconds);
