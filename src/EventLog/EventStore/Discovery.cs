using System.Net;
using Debci.EventLog.EventStore.Protocol;
using Grpc.Core;

namespace Debci.EventLog.EventStore;

/// <summary>Finds the node to speak to, by asking those that are known what the cluster looks like.</summary>
internal sealed class Discovery(EventStoreSettings settings, Channels channels)
{
    // The states of a node that matter here, as numbers of the protocol.
    private const int Follower = 6;
    private const int Leader = 8;
    private const int ReadOnlyLeaderless = 12;
    private const int ReadOnlyReplica = 14;

    private volatile IReadOnlyList<DnsEndPoint> known = settings.Hosts;

    /// <summary>A node of the kind that is preferred; the leader, where that is asked for.</summary>
    /// <exception cref="LogAwayException">None was found in as many rounds as the settings allow.</exception>
    public async Task<DnsEndPoint> Find(NodePreference preference, CancellationToken cancellation)
    {
        if (!settings.Discover)
            return settings.Hosts[0];
        var reason = "";
        for (var round = 0; round < settings.DiscoverAttempts; round++)
        {
            if (round > 0)
                await Task.Delay(settings.DiscoveryInterval, cancellation);
            foreach (var node in Everybody())
            {
                (var found, reason) = await Ask(node, preference, cancellation);
                if (found is not null)
                    return found;
            }
        }
        throw new LogAwayException($"The log's cluster does not say who leads (asked {string.Join(", ", Everybody().Select(n => $"{n.Host}:{n.Port}").Order())}): {reason}");
    }

    // The members that were last seen, then those of the settings: all of the former may be gone.
    private List<DnsEndPoint> Everybody()
    {
        var members = known.ToArray();
        Random.Shared.Shuffle(members);
        return [.. members.Union(settings.Hosts)];
    }

    private async Task<(DnsEndPoint? Found, string Reason)> Ask(DnsEndPoint node, NodePreference preference, CancellationToken cancellation)
    {
        try
        {
            var answer = await new Gossip.GossipClient(channels.To(node)).ReadAsync(new Empty(), deadline: DateTime.UtcNow + settings.GossipTimeout, cancellationToken: cancellation);
            var alive = answer.Members.Where(m => m.IsAlive && m.HttpEndPoint is { Port: > 0 }).ToList();
            if (alive.Count > 0)
                known = [.. alive.Select(Address)];
            return alive.Where(m => m.State is Leader or Follower or ReadOnlyLeaderless or ReadOnlyReplica).OrderBy(m => Rank(m.State, preference)).ThenBy(_ => Random.Shared.Next())
                .FirstOrDefault(m => preference != NodePreference.Leader || m.State == Leader) is { } best ? (Address(best), "") : (null, "no leader is elected at the moment.");
        }
        catch (RpcException failure) when (!cancellation.IsCancellationRequested)
        {
            return (null, Failures.Reason(failure));
        }
    }

    private static DnsEndPoint Address(MemberInfo member) => new(member.HttpEndPoint.Address, (int)member.HttpEndPoint.Port);

    private static int Rank(int state, NodePreference preference) => (preference, state) switch
    {
        (NodePreference.Leader, Leader) => 0,
        (NodePreference.Follower, Follower) => 0,
        (NodePreference.ReadOnlyReplica, ReadOnlyReplica or ReadOnlyLeaderless) => 0,
        (NodePreference.Random, Leader or Follower) => 0,
        _ => 1,
    };
}
