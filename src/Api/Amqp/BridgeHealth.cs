using System.Collections.Concurrent;

namespace Debci.Api.Amqp;

/// <summary>Which part of the bridge does not work, and why: for <c>/health</c>, and one line in the log for each change.</summary>
public sealed class BridgeHealth(ILogger<BridgeHealth> logger)
{
    private readonly ConcurrentDictionary<string, string> troubles = new(StringComparer.Ordinal);

    /// <summary>The sentence for each part that does not work.</summary>
    public IReadOnlyDictionary<string, string> Troubles => troubles;

    /// <summary>The connection to the broker, as a part.</summary>
    public const string Connection = "amqp";

    /// <summary>Whether the broker takes messages, as a part.</summary>
    public const string Sending = "amqp sending";

    /// <summary>Whether a part works.</summary>
    public bool IsWell(string part) => !troubles.ContainsKey(part);

    /// <summary>A part works.</summary>
    internal void Works(string part)
    {
        if (troubles.TryRemove(part, out _))
            logger.LogInformation("{Part} works again.", part);
    }

    /// <summary>A part does not work, and is tried again.</summary>
    internal void Fails(string part, string why)
    {
        if (troubles.TryAdd(part, why))
            logger.LogWarning("{Part} does not work, and is tried again: {Reason}", part, why);
        else
            troubles[part] = why;
    }

    /// <summary>This node does none of it any more.</summary>
    internal void Forget() => troubles.Clear();
}
