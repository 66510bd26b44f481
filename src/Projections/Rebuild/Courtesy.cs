using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// How a rebuild leaves room for those who serve from the same database: while it folds and makes indexes beside them, it writes one model at a time, and rests three
/// times as long as it worked. PostgreSQL's part of the work cannot be made nice as ours can, and on a small machine a claim would take twice its time.
/// </summary>
/// <param name="log">Tells whether they are there: one of those who serve has the projector.</param>
/// <param name="hurries">Whether it takes all it can get nevertheless.</param>
internal sealed class Courtesy(IEventLog log, bool hurries)
{
    private const int RestPerWork = 3;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private const int LookEveryMs = 2_000;

    private volatile Look last = new(Environment.TickCount64 - LookEveryMs, false);

    private sealed record Look(long At, bool InCompany);

    /// <summary>Whether somebody serves now.</summary>
    public async Task<bool> InCompany(CancellationToken cancellation)
    {
        if (hurries)
            return false;
        var now = Environment.TickCount64;
        if (now - last.At >= LookEveryMs) // two at once may look both
            last = new Look(now, await log.IsLed(Projector.Role, cancellation));
        return last.InCompany;
    }

    /// <summary>How long to rest behind so much work; half a minute at most, since who is rested for may be gone by then.</summary>
    public async Task<TimeSpan> RestAfter(TimeSpan worked, CancellationToken cancellation) =>
        !await InCompany(cancellation) ? TimeSpan.Zero : worked * RestPerWork < Longest ? worked * RestPerWork : Longest;
}
