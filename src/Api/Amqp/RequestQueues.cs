namespace Debci.Api.Amqp;

/// <summary>A queue of requests.</summary>
/// <param name="Name">Its name at the broker.</param>
/// <param name="Suite">The suite that it is for; null when each request says it.</param>
/// <param name="Arch">The architecture that it is for.</param>
/// <param name="Kind">How its requests are treated.</param>
internal sealed record NamedQueue(string Name, string? Suite, string Arch, RequestQueue Kind);

/// <summary>The queues behind the configured names: <c>debci-{suite}-{arch}</c> is one for each suite and architecture.</summary>
internal static class RequestQueues
{
    /// <summary>Stands in a name for each suite.</summary>
    public const string SuiteHole = "{suite}";

    /// <summary>Stands in a name for each architecture.</summary>
    public const string ArchHole = "{arch}";

    /// <summary>All of them; a name that two configured names come to is the first one's.</summary>
    public static IReadOnlyList<NamedQueue> Of(AmqpSettings settings, IEnumerable<string> suites, IEnumerable<string> arches) =>
    [
        .. from kind in settings.Requests
           from suite in kind.Key.Contains(SuiteHole, StringComparison.Ordinal) ? suites.Cast<string?>() : new string?[] { kind.Value.Suite }
           from arch in kind.Key.Contains(ArchHole, StringComparison.Ordinal) ? arches : new[] { kind.Value.Arch! }
           let name = kind.Key.Replace(SuiteHole, suite, StringComparison.Ordinal).Replace(ArchHole, arch, StringComparison.Ordinal)
           group new NamedQueue(name, suite, arch, kind.Value) by name into same
           select same.First(),
    ];
}
