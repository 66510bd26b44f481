using Debci.Domain;

namespace Debci.Api.Configuration;

/// <summary>All that can be configured; <c>ops/debci.toml</c> explains each key, and its values are the defaults.</summary>
public sealed record DebciConfiguration
{
    /// <summary>Address that the server listens on.</summary>
    public string Listen { get; init; } = "http://127.0.0.1:8080";
    /// <summary>PostgreSQL, in Npgsql's form.</summary>
    public string Database { get; init; } = "Host=127.0.0.1;Username=debci;Database=debci";
    /// <summary>Folder of logs and artifacts.</summary>
    public string Files { get; init; } = "files";
    /// <summary>A log is cut behind so many bytes; debci's limit.</summary>
    public long LogMaxBytes { get; init; } = 20_000_000;
    /// <summary>The most that artifacts may have; debci's limit.</summary>
    public long ArtifactsMaxBytes { get; init; } = 100_000_000;
    /// <summary>Suites to test in.</summary>
    public IReadOnlyList<string> Suites { get; init; } = ["bookworm"];
    /// <summary>Debian architectures.</summary>
    public IReadOnlyList<string> Arches { get; init; } = ["amd64"];
    /// <summary>Backends that requests may name and workers may offer.</summary>
    public IReadOnlyList<string> Backends { get; init; } = ["unshare", "null", "fake"];
    /// <summary>Apt sources that requests may add: name to apt line.</summary>
    public IReadOnlyDictionary<string, string> ExtraSources { get; init; } = new Dictionary<string, string>();
    /// <summary>Attempts at a run, in all.</summary>
    public int Attempts { get; init; } = 3;
    /// <summary>How long a worker may be silent.</summary>
    public int LeaseSeconds { get; init; } = 60;
    /// <summary>Limit for a whole run.</summary>
    public int TimeoutSeconds { get; init; } = 18_000;
    /// <summary>How deep a GraphQL document may be.</summary>
    public int MaxDepth { get; init; } = 15;
    /// <summary>How dear a GraphQL document may be.</summary>
    public int MaxComplexity { get; init; } = 100_000;

    /// <summary>Folder of trusted GraphQL documents; empty for none.</summary>
    public string Documents { get; init; } = "";
    /// <summary>Whether only trusted documents are executed.</summary>
    public bool OnlyDocuments { get; init; }
    /// <summary>Whether clients may ask for the schema.</summary>
    public bool Introspection { get; init; } = true;

    /// <summary>What the Domain needs of it.</summary>
    public Archive ToArchive() => new(Suites.ToHashSet(), Arches.ToHashSet(), Backends.ToHashSet(), ExtraSources.Keys.ToHashSet());
}

/// <summary>How runs are handed out.</summary>
public sealed record RunSettings(int Attempts, int LeaseSeconds, int TimeoutSeconds);

/// <summary>Apt sources by name.</summary>
public sealed class ExtraSources(IReadOnlyDictionary<string, string> entries)
{
    /// <summary>The apt line behind a name; a name that was taken out of the configuration since is passed over as itself.</summary>
    public string EntryOf(string name) => entries.GetValueOrDefault(name, name);
}
