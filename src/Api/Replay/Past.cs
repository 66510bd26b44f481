using Debci.Api.Hosting;
using Debci.EventLog;

namespace Debci.Api.Replay;

/// <summary>The moment that a server shows, when it shows the past.</summary>
/// <param name="Log">The log as it was.</param>
/// <param name="At">When its last event was recorded; null for a log that had none.</param>
/// <param name="Position">That event's position, as positions are shown.</param>
public sealed record Past(IEventLog Log, DateTimeOffset? At, string Position)
{
    /// <summary>What is said to who wants to change something.</summary>
    public const string Refusal = "This server shows the past, where nothing can be changed; ask the one that serves the present.";

    /// <summary>It has all of its log, and a database of its own.</summary>
    internal static readonly ReadsOnly Reading = new(Refusal, SignsIn: true, IsBehind: false);
}
