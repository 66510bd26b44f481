using Debci.Domain;

namespace Debci.Api.Configuration;

/// <summary>
/// The configuration as it is now: a reload (SIGHUP) replaces it while the server runs. Who reads it twice may see two of them; the
/// address, the database, the folder of files and GraphQL's limits stay as they were at the start.
/// </summary>
public sealed class LiveConfiguration(DebciConfiguration first)
{
    private volatile State state = new(first);

    private sealed record State(DebciConfiguration Configuration)
    {
        public Archive Archive { get; } = Configuration.ToArchive();
        public RejectList Rejects { get; } = new(Configuration.Rejects);
        public (PackagePattern, IReadOnlyList<string>)[] Needs { get; } = [.. Configuration.Needs.Select(n => (PackagePattern.TryParse(n.Key)!, n.Value))];
        public RetryPolicy Retries { get; } = new(Configuration.Attempts, TimeSpan.FromSeconds(Configuration.RetryPauseSeconds));
    }

    /// <summary>All of it.</summary>
    public DebciConfiguration Current => state.Configuration;

    /// <summary>The suites, arches and backends that exist.</summary>
    public Archive Archive => state.Archive;

    /// <summary>The configured reject list.</summary>
    public RejectList Rejects => state.Rejects;

    /// <summary>What packages need of a worker, by configuration; the first pattern that matches counts.</summary>
    public IReadOnlyList<(PackagePattern Pattern, IReadOnlyList<string> Words)> Needs => state.Needs;

    /// <summary>How runs are tried again.</summary>
    public RetryPolicy Retries => state.Retries;

    /// <summary>Takes a new one; gives the keys that count only after a restart and have changed.</summary>
    public IReadOnlyList<string> Replace(DebciConfiguration next)
    {
        var before = state.Configuration;
        state = new State(next);
        return [.. AtStart(before).Zip(AtStart(next)).Where(pair => !Equals(pair.First.Value, pair.Second.Value)).Select(pair => pair.First.Key)];
    }

    private static (string Key, object Value)[] AtStart(DebciConfiguration c) =>
    [
        ("server.listen", c.Listen), ("server.reads-only", c.ReadsOnly), ("database.connection", c.Database), ("log", c.Log), ("files.root", c.Files), ("files", c.Store), ("graphql.max-depth", c.MaxDepth),
        ("graphql.max-complexity", c.MaxComplexity), ("graphql.documents", c.Documents), ("graphql.only-documents", c.OnlyDocuments), ("graphql.introspection", c.Introspection), ("amqp", c.Amqp.Digest()),
    ];
}
