using Debci.EventLog.EventStore;

namespace Debci.EventLog.Tests.EventStore;

/// <summary>Connection strings are those of EventStoreDB's own clients.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public void The_shortest_one_has_the_defaults_of_its_own_clients()
    {
        var settings = EventStoreSettings.Parse("esdb://db.example.org");
        Assert.Equal("db.example.org:2113", settings.Where);
        Assert.True(settings.Tls && settings.VerifyCertificates && !settings.Discover);
        Assert.Equal((10, 100, 5000), (settings.DiscoverAttempts, settings.DiscoveryInterval.TotalMilliseconds, settings.GossipTimeout.TotalMilliseconds));
        Assert.Equal((10, 10, 10), (settings.Deadline?.TotalSeconds, settings.KeepAliveInterval?.TotalSeconds, settings.KeepAliveTimeout?.TotalSeconds));
        Assert.Null(settings.Authorization);
    }

    [Fact]
    public void All_that_can_be_said_is_taken()
    {
        var settings = EventStoreSettings.Parse("esdb+discover://ad%40min:ch%3Ange%2Fit@one:1,two,[::1]:3?TLS=false&tlsVerifyCert=false&tlsCaFile=%2Fetc%2Fca.crt"
            + "&nodePreference=readonlyreplica&defaultDeadline=-1&maxDiscoverAttempts=3&discoveryInterval=0&gossipTimeout=7&keepAliveInterval=-1&keepAliveTimeout=9"
            + "&connectionName=here&throwOnAppendFailure=true&userCertFile=a&userKeyFile=b");
        Assert.Equal("one:1, two:2113, ::1:3", settings.Where);
        Assert.Equal("Basic " + Convert.ToBase64String("ad@min:ch:nge/it"u8), settings.Authorization?.Value);
        Assert.Equal((false, false, true, "/etc/ca.crt"), (settings.Tls, settings.VerifyCertificates, settings.Discover, settings.CaFile));
        Assert.Equal((NodePreference.ReadOnlyReplica, null, 3, 0), (settings.Preference, settings.Deadline, settings.DiscoverAttempts, settings.DiscoveryInterval.Ticks));
        Assert.Equal((7, null, 9, "here"), (settings.GossipTimeout.TotalMilliseconds, settings.KeepAliveInterval, settings.KeepAliveTimeout?.TotalMilliseconds, settings.ConnectionName));
    }

    [Theory]
    [InlineData("esdb://h", false)]
    [InlineData("esdb+discover://h", true)]
    [InlineData("esdb://h,i", true)]
    [InlineData("kdb+discover://h", true)]
    [InlineData("kurrentdb://h", false)]
    public void Several_hosts_and_discover_mean_a_cluster(string text, bool cluster) => Assert.Equal(cluster, EventStoreSettings.Parse(text).Discover);

    [Theory]
    [InlineData("http://h", "is no connection string")]
    [InlineData("esdb://", "host number 1")]
    [InlineData("esdb://a,b:x", "host number 2")]
    [InlineData("esdb://h:70000", "host number 1")]
    [InlineData("esdb://user@h", "user without a password")]
    [InlineData("esdb://h?tls=maybe", "tls neither true nor false")]
    [InlineData("esdb://h?nodePreference=best", "none of leader")]
    [InlineData("esdb://h?nodePreference=1", "none of leader")]
    [InlineData("esdb://h?gossipTimeout=soon", "gossipTimeout that is no whole number")]
    [InlineData("esdb://h?colour=red", "option that is not known")]
    [InlineData("esdb://h?connectionName=", "option that is not known")]
    [InlineData("esdb://h?tlsCaFile=", "without the name of a file")]
    [InlineData("esdb://h?userKeyFile=b", "only one of")]
    public void A_mistake_is_told_in_a_sentence(string text, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<FormatException>(() => EventStoreSettings.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("esdb://admin:s3cret@h")]
    [InlineData("esdb://admin:s3cret@h?colour=red")]
    [InlineData("esdb://admin:s3cret/@h")]
    [InlineData("esdb://admin:s3cret?x@h")]
    [InlineData("esdb://admin:s3cret@x@:h")]
    [InlineData("http://admin:s3cret@h")]
    [InlineData("esdb://admin:?s3cret=1@h")]
    public void A_password_is_never_shown(string text)
    {
        string shown;
        try
        {
            shown = $"{EventStoreSettings.Parse(text)}";
        }
        catch (FormatException wrong)
        {
            shown = $"{wrong}";
        }
        Assert.DoesNotContain("s3cret", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("admin:s3cret"u8), shown, StringComparison.Ordinal);
    }
}
