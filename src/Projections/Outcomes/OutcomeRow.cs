using Debci.Domain;

namespace Debci.Projections;

/// <summary>What came of a run, as a gate reads it; or a run that is still to come, whose result is null.</summary>
/// <param name="Position">The event that ended it; 0 while it is pending.</param>
/// <param name="Run">The run's number.</param>
/// <param name="Package">Source package.</param>
/// <param name="Suite">Suite.</param>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Private">Whether only its requester and operators may see it.</param>
/// <param name="Triggers">What it counts for, <c>source/version</c> each, a blank between them.</param>
/// <param name="ExtraSources">Names of the apt sources that were added, a blank between them.</param>
/// <param name="Status">pass, fail, neutral, tmpfail (also for what was cancelled, superseded or abandoned); null while it is pending or running.</param>
/// <param name="Version">The tested version; null when it is unknown.</param>
/// <param name="DurationSeconds">How long it took; null when it did not run.</param>
/// <param name="RecordedAt">When the outcome was stored, UTC; nothing later moves it. Of a pending run: when it was asked for.</param>
/// <param name="UpdatedAt">When it was accepted: the same, but for an imported run, whose outcome was accepted elsewhere.</param>
/// <param name="Date">When the test ended: the same again, but for an imported run.</param>
public sealed record OutcomeRow(
    long Position, long Run, string Package, string Suite, string Arch, bool Private, string Triggers, string ExtraSources,
    Status? Status, string? Version, int? DurationSeconds, DateTime RecordedAt, DateTime UpdatedAt, DateTime Date);

/// <summary>What results are looked up by.</summary>
/// <param name="Package">The tested source package.</param>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Trigger">What it was tested for, <c>source/version</c>.</param>
public sealed record OutcomeKey(string Package, string Arch, string Trigger);
