using System.Net;

namespace Debci.EventLog.EventStore;

/// <summary>Which nodes of a cluster are preferred for what need not be whole at once.</summary>
public enum NodePreference
{
    /// <summary>The leader.</summary>
    Leader,
    /// <summary>One that follows it.</summary>
    Follower,
    /// <summary>Any.</summary>
    Random,
    /// <summary>One that only serves readers.</summary>
    ReadOnlyReplica,
}

/// <summary>How the cluster is reached: what a connection string says, with the defaults of its own clients. Never shows its password.</summary>
public sealed record EventStoreSettings
{
    /// <summary>The nodes that are named.</summary>
    public required IReadOnlyList<DnsEndPoint> Hosts { get; init; }
    /// <summary>Whether the nodes are asked who leads: with <c>esdb+discover</c>, or where several are named.</summary>
    public bool Discover { get; init; }
    /// <summary>Whether connections are encrypted.</summary>
    public bool Tls { get; init; } = true;
    /// <summary>Whether the servers' certificates are checked.</summary>
    public bool VerifyCertificates { get; init; } = true;
    /// <summary>A file of certificates (PEM) that servers' certificates must lead to; null for the system's.</summary>
    public string? CaFile { get; init; }
    /// <summary>Certificate (PEM) that this client shows.</summary>
    public string? UserCertificateFile { get; init; }
    /// <summary>The key of that.</summary>
    public string? UserKeyFile { get; init; }
    /// <summary>Which node the subscription goes to; pages and appends are the leader's.</summary>
    public NodePreference Preference { get; init; } = NodePreference.Leader;
    /// <summary>How long a call that ends by itself may take; null for as long as it wants.</summary>
    public TimeSpan? Deadline { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>How often the nodes are asked before the cluster counts as away.</summary>
    public int DiscoverAttempts { get; init; } = 10;
    /// <summary>The pause between two rounds of asking.</summary>
    public TimeSpan DiscoveryInterval { get; init; } = TimeSpan.FromMilliseconds(100);
    /// <summary>How long a node has to say who leads.</summary>
    public TimeSpan GossipTimeout { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>How often a silent connection is tried; null for never.</summary>
    public TimeSpan? KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>How long such a trial may go unanswered.</summary>
    public TimeSpan? KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>What the servers' logs call this client.</summary>
    public string ConnectionName { get; init; } = "debci";

    /// <summary>What it was read from.</summary>
    internal Secret? Text { get; init; }

    /// <summary>What is sent as authorization; null for nothing.</summary>
    internal Secret? Authorization { get; init; }

    /// <summary>The nodes, for sentences.</summary>
    public string Where => string.Join(", ", Hosts.Select(h => $"{h.Host}:{h.Port}"));

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="FormatException">It is none; the sentence says what is wrong, and never quotes what could be a password.</exception>
    public static EventStoreSettings Parse(string text) =>
        ConnectionText.Read(text) with { Text = new Secret(text) };

    /// <summary>Whether both were read from the same connection string.</summary>
    public bool Equals(EventStoreSettings? other) => ReferenceEquals(this, other) || (Text is not null && Text.Value == other?.Text?.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => Text?.Value.GetHashCode(StringComparison.Ordinal) ?? 0;

    /// <summary>A text that is only ever sent.</summary>
    internal sealed class Secret(string value)
    {
        public string Value => value;

        public override string ToString() => "(hidden)";
    }
}
