namespace Debci.Domain;

/// <summary>How attempts went on some workers: how many there were, and how many failed for reasons of the host.</summary>
public sealed record Tally(int Failed, int Attempts);

/// <summary>When a worker is worse than its peers, the other workers of its architectures.</summary>
public static class Peers
{
    /// <summary>So many of a worker's newest attempts are looked at.</summary>
    public const int Window = 10;

    /// <summary>Fewer failures than these say nothing.</summary>
    public const int LeastFailures = 4;

    /// <summary>Fewer attempts of the peers than these are no comparison: perhaps everything fails today.</summary>
    public const int LeastPeers = 10;

    /// <summary>
    /// Whether the worker fails so much more often than its peers that it is set aside: at least four times of its last ten, and at
    /// least three times as often as they.
    /// </summary>
    public static bool IsWorse(Tally worker, Tally peers) =>
        worker.Failed >= LeastFailures && peers.Attempts >= LeastPeers
        && (long)worker.Failed * peers.Attempts >= 3L * peers.Failed * worker.Attempts;
}
