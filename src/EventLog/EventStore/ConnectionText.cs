using System.Globalization;
using System.Net;
using System.Text;

namespace Debci.EventLog.EventStore;

/// <summary>Reads connection strings as EventStoreDB's own clients take them.</summary>
internal static class ConnectionText
{
    private const int UsualPort = 2113;
    private const string Form = "write esdb://user:password@host:2113?tls=true, or esdb+discover://… for a cluster";

    public static EventStoreSettings Read(string text)
    {
        var (discover, rest) = Scheme(text.Trim());
        var end = rest.IndexOfAny(['/', '?']);
        var (authority, query) = end < 0 ? (rest, "") : (rest[..end], rest[end..].TrimStart('/').TrimStart('?'));
        var at = authority.LastIndexOf('@');
        var hosts = authority[(at + 1)..].Split(',').Select(Host).ToList();
        var settings = new EventStoreSettings { Hosts = hosts, Discover = discover || hosts.Count > 1, Authorization = at < 0 ? null : User(authority[..at]) };
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
            settings = Apply(settings, pair);
        if (settings.UserCertificateFile is null != settings.UserKeyFile is null)
            throw new FormatException("names only one of userCertFile and userKeyFile; give both or neither.");
        return settings;
    }

    private static (bool Discover, string Behind) Scheme(string text)
    {
        foreach (var name in new[] { "esdb", "kdb", "kurrent", "kurrentdb" })
        {
            if (text.StartsWith($"{name}://", StringComparison.OrdinalIgnoreCase))
                return (false, text[(name.Length + 3)..]);
            if (text.StartsWith($"{name}+discover://", StringComparison.OrdinalIgnoreCase))
                return (true, text[(name.Length + 12)..]);
        }
        throw new FormatException($"is no connection string of EventStoreDB: {Form}.");
    }

    private static EventStoreSettings.Secret User(string info)
    {
        var parts = info.Split(':', 2);
        if (parts.Length != 2 || parts[0].Length == 0)
            throw new FormatException("has a user without a password before the @: write user:password@, with %40 for an @ in either.");
        return new($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.UnescapeDataString(parts[0])}:{Uri.UnescapeDataString(parts[1])}"))}");
    }

    // It may be a piece of a password with a sign that had to be escaped, and so is not quoted.
    private static DnsEndPoint Host(string text, int index)
    {
        var colon = text.LastIndexOf(':');
        var port = UsualPort;
        var host = (colon < 0 || text.EndsWith(']') ? text : text[..colon]).Trim('[', ']');
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown
            || (colon >= 0 && !text.EndsWith(']') && (!int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65_535)))
            throw new FormatException($"has no host:port as its host number {index + 1}: {Form}; a sign such as @, : or / in a password is written %40, %3A or %2F.");
        return new DnsEndPoint(host, port);
    }

    private static EventStoreSettings Apply(EventStoreSettings settings, string pair)
    {
        var parts = pair.Split('=', 2);
        var value = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
        return parts[0].ToLowerInvariant() switch
        {
            "tls" => settings with { Tls = Switch("tls", value) },
            "tlsverifycert" => settings with { VerifyCertificates = Switch("tlsVerifyCert", value) },
            "tlscafile" => settings with { CaFile = File("tlsCaFile", value) },
            "usercertfile" => settings with { UserCertificateFile = File("userCertFile", value) },
            "userkeyfile" => settings with { UserKeyFile = File("userKeyFile", value) },
            "nodepreference" => settings with { Preference = Preference(value) },
            "defaultdeadline" => settings with { Deadline = Time("defaultDeadline", value) },
            "maxdiscoverattempts" => settings with { DiscoverAttempts = Number("maxDiscoverAttempts", value, 1) },
            "discoveryinterval" => settings with { DiscoveryInterval = TimeSpan.FromMilliseconds(Number("discoveryInterval", value, 0)) },
            "gossiptimeout" => settings with { GossipTimeout = TimeSpan.FromMilliseconds(Number("gossipTimeout", value, 1)) },
            "keepaliveinterval" => settings with { KeepAliveInterval = Time("keepAliveInterval", value) },
            "keepalivetimeout" => settings with { KeepAliveTimeout = Time("keepAliveTimeout", value) },
            "connectionname" when value.Length > 0 => settings with { ConnectionName = value },
            "throwonappendfailure" => Switch("throwOnAppendFailure", value) ? settings : settings, // a conflict is told in our own way
            _ => throw new FormatException("has an option that is not known, or has no value; it takes tls, tlsVerifyCert, tlsCaFile, userCertFile, userKeyFile, nodePreference, "
                + "defaultDeadline, maxDiscoverAttempts, discoveryInterval, gossipTimeout, keepAliveInterval, keepAliveTimeout, connectionName and throwOnAppendFailure."),
        };
    }

    private static bool Switch(string key, string value) => bool.TryParse(value, out var on) ? on : throw new FormatException($"has {key} neither true nor false.");

    private static string File(string key, string value) => value.Length > 0 ? value : throw new FormatException($"has {key} without the name of a file.");

    private static NodePreference Preference(string value) =>
        Enum.TryParse<NodePreference>(value, ignoreCase: true, out var preference) && Enum.IsDefined(preference) && !char.IsAsciiDigit(value[0]) ? preference
            : throw new FormatException("has a nodePreference that is none of leader, follower, random and readOnlyReplica.");

    // -1 is for ever, as in its own clients.
    private static TimeSpan? Time(string key, string value) => value == "-1" ? null : TimeSpan.FromMilliseconds(Number(key, value, 1));

    private static int Number(string key, string value, int least) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least ? number
            : throw new FormatException($"has {key} that is no whole number of {least} or more.");
}
