using Debci.Api.Amqp;
using Debci.Domain;

namespace Debci.Api.Configuration;

/// <summary>The keys of <c>[amqp]</c> and of the tables below it.</summary>
internal static class AmqpKeys
{
    /// <summary>What a key does, by its name behind <c>amqp.</c>; null when there is no such key.</summary>
    public static Func<DebciConfiguration, object, DebciConfiguration>? Find(string key) => key.Split('.') switch
    {
        ["requests", .. var name, var setting] when name.Length > 0 && Requests.TryGetValue(setting, out var apply) => (c, v) => OfRequests(c, string.Join('.', name), q => apply(q, v)),
        ["dispatch", var arch, var backend, var setting] when Dispatch.TryGetValue(setting, out var apply) => (c, v) => OfFleet(c, arch, backend, f => apply(f, v)),
        [var setting] when OfBroker.TryGetValue(setting, out var apply) => (c, v) => c with { Amqp = apply(c.Amqp, v) },
        _ => null,
    };

    private static readonly Dictionary<string, Func<AmqpSettings, object, AmqpSettings>> OfBroker = new(StringComparer.Ordinal)
    {
        ["brokers"] = (a, v) => a with { Brokers = Addresses(v) },
        ["results"] = (a, v) => a with { Results = Queue(ConfigurationKeys.Text(v)) },
        ["dead-letters"] = (a, v) => a with { DeadLetters = Queue(ConfigurationKeys.Text(v)) },
        ["outcomes"] = (a, v) => a with { Outcomes = v as string is "" ? "" : Queue(ConfigurationKeys.Text(v)) },
        ["quorum"] = (a, v) => a with { Quorum = ConfigurationKeys.Switch(v) },
    };

    private static readonly Dictionary<string, Func<RequestQueue, object, RequestQueue>> Requests = new(StringComparer.Ordinal)
    {
        ["account"] = (q, v) => q with { Account = Names.IsWorker(ConfigurationKeys.Text(v)) ? ConfigurationKeys.Text(v) : throw new FormatException("takes the name of an account.") },
        ["suite"] = (q, v) => q with { Suite = Word(v) },
        ["arch"] = (q, v) => q with { Arch = Word(v) },
        ["priority"] = (q, v) => q with { Priority = (int)ConfigurationKeys.Number(v, 1, 10) },
        ["pin-triggers-from"] = (q, v) => q with { PinTriggersFrom = Word(v) },
        ["extra-sources"] = (q, v) => q with { ExtraSources = ConfigurationKeys.Words(v) },
    };

    private static readonly Dictionary<string, Func<FleetLimits, object, FleetLimits>> Dispatch = new(StringComparer.Ordinal)
    {
        ["in-flight"] = (f, v) => f with { InFlight = (int)ConfigurationKeys.Number(v, 1, 1000) },
        ["limit-seconds"] = (f, v) => f with { LimitSeconds = (int)ConfigurationKeys.Number(v, 1, 10_000_000) },
    };

    private static DebciConfiguration OfRequests(DebciConfiguration c, string name, Func<RequestQueue, RequestQueue> change)
    {
        Queue(name);
        return c with { Amqp = c.Amqp with { Requests = new Dictionary<string, RequestQueue>(c.Amqp.Requests) { [name] = change(c.Amqp.Requests.GetValueOrDefault(name, new RequestQueue())) } } };
    }

    private static DebciConfiguration OfFleet(DebciConfiguration c, string arch, string backend, Func<FleetLimits, FleetLimits> change)
    {
        if (!Names.IsWord(arch) || !Names.IsWord(backend))
            throw new FormatException("stands in a table that is no architecture and backend; write [amqp.dispatch.amd64.lxc].");
        var before = c.Amqp.Dispatch.GetValueOrDefault((arch, backend), new FleetLimits());
        return c with { Amqp = c.Amqp with { Dispatch = new Dictionary<(string, string), FleetLimits>(c.Amqp.Dispatch) { [(arch, backend)] = change(before) } } };
    }

    private static string Word(object value) => Names.IsWord(ConfigurationKeys.Text(value)) ? ConfigurationKeys.Text(value)
        : throw new FormatException("takes a word of lower case letters, digits, '.', '_', '+' and '-'.");

    // AMQP's short strings; a name that begins with "amq." is the broker's own.
    private static string Queue(string name) => name.Length is > 0 and <= 200 && name.All(c => c is > ' ' and < '\x7f') && !name.StartsWith("amq.", StringComparison.Ordinal) ? name
        : throw new FormatException("is no name of a queue: at most 200 plain characters, without blanks.");

    // The message holds no address: there may be a password in it.
    private static List<string> Addresses(object value)
    {
        var addresses = value is List<object> list ? list.Select(a => a as string ?? "").ToList() : [.. ConfigurationKeys.Text(value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        return addresses.All(Broker.IsAddress) ? addresses
            : throw new FormatException("takes addresses such as \"amqp://user:password@127.0.0.1:5672/vhost\"; write %2F and %40 for a slash and an at sign within user, password or vhost.");
    }
}
