namespace Debci.Api.Configuration;

/// <summary>Every key, and what it does to the configuration.</summary>
internal static class ConfigurationKeys
{
    public static readonly IReadOnlyDictionary<string, Func<DebciConfiguration, object, DebciConfiguration>> All =
        new Dictionary<string, Func<DebciConfiguration, object, DebciConfiguration>>(StringComparer.Ordinal)
        {
            ["server.listen"] = (c, v) => c with { Listen = Address(v) },
            ["server.reads-only"] = (c, v) => c with { ReadsOnly = Switch(v) },
            ["database.connection"] = (c, v) => c with { Database = Text(v) },
            ["files.root"] = (c, v) => c with { Files = Text(v) },
            ["files.log-max-bytes"] = (c, v) => c with { LogMaxBytes = Number(v, 1000, long.MaxValue) },
            ["files.artifacts-max-bytes"] = (c, v) => c with { ArtifactsMaxBytes = Number(v, 1000, long.MaxValue) },
            ["retention.days"] = (c, v) => c with { Retention = c.Retention with { Days = (int)Number(v, 0, 100_000) } },
            ["retention.package-max-bytes"] = (c, v) => c with { Retention = c.Retention with { PackageBytes = Number(v, 0, long.MaxValue) } },
            ["archive.suites"] = (c, v) => c with { Suites = Words(v) },
            ["archive.arches"] = (c, v) => c with { Arches = Words(v) },
            ["archive.backends"] = (c, v) => c with { Backends = Words(v) },
            ["runs.attempts"] = (c, v) => c with { Attempts = (int)Number(v, 1, 100) },
            ["runs.retry-pause-seconds"] = (c, v) => c with { RetryPauseSeconds = (int)Number(v, 0, 86_400) },
            ["runs.lease-seconds"] = (c, v) => c with { LeaseSeconds = (int)Number(v, 1, 86_400) },
            ["runs.timeout-seconds"] = (c, v) => c with { TimeoutSeconds = (int)Number(v, 1, 1_000_000) },
            ["runs.report-seconds"] = (c, v) => c with { ReportSeconds = (int)Number(v, 1, 1_000_000) },
            ["workers.target-seconds"] = (c, v) => c with { FleetTargetSeconds = (int)Number(v, 1, 1_000_000) },
            ["workers.probe-minutes"] = (c, v) => c with { ProbeMinutes = (int)Number(v, 0, 100_000) },
            ["rest.without-pending"] = (c, v) => c with { ListsWithoutPending = Names(v) },
            ["graphql.max-depth"] = (c, v) => c with { MaxDepth = (int)Number(v, 1, 1000) },
            ["graphql.max-complexity"] = (c, v) => c with { MaxComplexity = (int)Number(v, 1, int.MaxValue) },
            ["graphql.documents"] = (c, v) => c with { Documents = v as string ?? Text(v) }, // empty: none
            ["graphql.only-documents"] = (c, v) => c with { OnlyDocuments = Switch(v) },
            ["graphql.introspection"] = (c, v) => c with { Introspection = Switch(v) },
            ["webhooks.allow-private"] = (c, v) => c with { WebhooksAllowPrivate = Switch(v) },
        };

    public static string Text(object value) =>
        value as string is { Length: > 0 } text ? text : throw new FormatException("takes a text in quotes.");

    public static string Mirror(object value) => Domain.ArchiveSource.IsMirror(Text(value)) ? Text(value)
        : throw new FormatException("takes an address that apt understands, such as \"http://deb.debian.org/debian\".");

    /// <summary>An address that this program itself calls.</summary>
    public static string Followed(object value, params string[] schemes) =>
        Uri.TryCreate(Text(value), UriKind.Absolute, out var address) && schemes.Contains(address.Scheme) && Text(value).StartsWith($"{address.Scheme}:", StringComparison.Ordinal) ? Text(value)
            : throw new FormatException($"takes an address that begins with {string.Join(", ", schemes[..^1].Select(s => $"{s}://"))} or {schemes[^1]}://.");

    public static string Keyring(object value) => Domain.ArchiveSource.IsKeyring(Text(value)) ? Text(value)
        : throw new FormatException("takes a path such as \"/usr/share/keyrings/debian-archive-keyring.gpg\".");

    public static long Number(object value, long least, long most) =>
        value is long number && number >= least && number <= most ? number
            : throw new FormatException(most == long.MaxValue ? $"takes a number from {least} on." : $"takes a number from {least} to {most}.");

    // A variable's value is text.
    public static bool Switch(object value) => value switch
    {
        bool on => on,
        "true" => true,
        "false" => false,
        _ => throw new FormatException("takes true or false."),
    };

    private static string Address(object value) =>
        Uri.TryCreate(Text(value), UriKind.Absolute, out var address) && address.Scheme is "http" ? Text(value)
            : throw new FormatException("takes an address such as \"http://127.0.0.1:8080\".");

    /// <summary>Names of accounts; none is a list too.</summary>
    public static List<string> Names(object value) =>
        List(value) is var names && names.All(Domain.Names.IsWorker) ? names : throw new FormatException("takes names of accounts.");

    private static List<string> List(object value) => value switch
    {
        List<object> list => list.Select(w => w as string ?? "").ToList(),
        string text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList(),
        _ => [""],
    };

    public static List<string> Words(object value)
    {
        var words = List(value);
        return words.Count > 0 && words.All(Domain.Names.IsWord) ? words
            : throw new FormatException("takes one or more words of lower case letters, digits, '.', '_', '+' and '-'.");
    }
}
