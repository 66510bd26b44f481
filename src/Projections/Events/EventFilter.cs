namespace Debci.Projections;

/// <summary>Which events: those that fit all that is given.</summary>
/// <param name="Run">About this run.</param>
/// <param name="Package">About runs of this source package.</param>
/// <param name="Suite">About runs in this suite.</param>
/// <param name="Arch">About runs on this architecture.</param>
/// <param name="Type">Of this stored name.</param>
/// <param name="Actor">Caused by this actor.</param>
/// <param name="Worker">Of or about this worker.</param>
/// <param name="Requester">About what this account (by its id) asked for.</param>
/// <param name="From">Recorded at or after this.</param>
/// <param name="Until">Recorded at or before this.</param>
/// <param name="Decisions">Only what somebody decided, as <see cref="DecisionsModel"/> has it.</param>
public sealed record EventFilter(
    long? Run = null, string? Package = null, string? Suite = null, string? Arch = null, string? Type = null, string? Actor = null,
    string? Worker = null, string? Requester = null, DateTimeOffset? From = null, DateTimeOffset? Until = null, bool Decisions = false)
{
    /// <summary>Whether an event fits, as far as itself can tell: who asked for its run is in the rows.</summary>
    public bool Fits(LogEvent e) => Fits(Type, e.Stored.Name) && Fits(Actor, e.Command?.Actor) && Fits(Worker, e.Worker)
        && (Run is null || Run == e.Run?.Id) && Fits(Package, e.Run?.Package) && Fits(Suite, e.Run?.Suite) && Fits(Arch, e.Run?.Arch)
        && (From is null || e.Stored.RecordedAt >= From) && (Until is null || e.Stored.RecordedAt <= Until);

    private static bool Fits(string? wanted, string? actual) => wanted is null || wanted == actual;
}

/// <summary>Events, and how far was looked for them.</summary>
/// <param name="Events">In the log's order.</param>
/// <param name="End">The position behind which one goes on.</param>
/// <param name="GoesOn">Whether there is anything behind it, that may fit or not.</param>
public sealed record EventPage(IReadOnlyList<LogEvent> Events, long End, bool GoesOn);
