using Debci.Api.Amqp;
using Debci.Api.Schedule;
using Debci.Domain;

namespace Debci.Api.Configuration;

/// <summary>All that can be configured; <c>ops/debci.toml</c> explains each key, and its values are the defaults.</summary>
public sealed record DebciConfiguration
{
    /// <summary>Address that the server listens on.</summary>
    public string Listen { get; init; } = "http://127.0.0.1:8080";
    /// <summary>Whether the server only reads, beside others that act; then its database may be a standby.</summary>
    public bool ReadsOnly { get; init; }
    /// <summary>PostgreSQL, in Npgsql's form.</summary>
    public string Database { get; init; } = "Host=127.0.0.1;Username=debci;Database=debci";
    /// <summary>Which engine the log is on.</summary>
    public LogSettings Log { get; init; } = LogSettings.OnPostgres;
    /// <summary>Folder of logs and artifacts; where another engine keeps these, of what is on its way.</summary>
    public string Files { get; init; } = "files";
    /// <summary>Which engine keeps logs and artifacts.</summary>
    public Debci.Api.Files.FileSettings Store { get; init; } = Debci.Api.Files.FileSettings.OnDisk;
    /// <summary>A log is cut behind so many bytes; debci's limit.</summary>
    public long LogMaxBytes { get; init; } = 20_000_000;
    /// <summary>The most that artifacts may have; debci's limit.</summary>
    public long ArtifactsMaxBytes { get; init; } = 100_000_000;
    /// <summary>How long logs and artifacts are kept.</summary>
    public Retention.RetentionPolicy Retention { get; init; } = new(0, 0);
    /// <summary>Suites to test in: those listed and those with settings of their own.</summary>
    public IReadOnlyList<string> Suites
    {
        get => [.. (listedSuites ?? (SuiteSettings.Count == 0 ? ["bookworm"] : [])).Union(SuiteSettings.Keys.Select(k => k.Suite))];
        init => listedSuites = value;
    }
    private readonly IReadOnlyList<string>? listedSuites;
    /// <summary>Settings by suite, and by suite and architecture (null: all of them).</summary>
    public IReadOnlyDictionary<(string Suite, string? Arch), SuiteSettings> SuiteSettings { get; init; } = new Dictionary<(string, string?), SuiteSettings>();
    /// <summary>Debian architectures.</summary>
    public IReadOnlyList<string> Arches { get; init; } = ["amd64"];
    /// <summary>Backends that requests may name and workers may offer.</summary>
    public IReadOnlyList<string> Backends { get; init; } = ["unshare", "null", "fake"];
    /// <summary>Apt sources that requests may add, by name.</summary>
    public IReadOnlyDictionary<string, ExtraSource> ExtraSources { get; init; } = new Dictionary<string, ExtraSource>();
    /// <summary>Accounts whose REST listing leaves out what is pending.</summary>
    public IReadOnlyList<string> ListsWithoutPending { get; init; } = [];
    /// <summary>The reject list: reason by pattern.</summary>
    public IReadOnlyDictionary<string, string> Rejects { get; init; } = new Dictionary<string, string>();
    /// <summary>What packages need of a worker, by pattern: backends or tags.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Needs { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
    /// <summary>How archives are followed, by suite.</summary>
    public IReadOnlyDictionary<string, ScheduleSettings> Schedules { get; init; } = new Dictionary<string, ScheduleSettings>();
    /// <summary>Attempts at a run, in all.</summary>
    public int Attempts { get; init; } = 3;
    /// <summary>The shortest pause before a further attempt, of which other pauses are multiples.</summary>
    public int RetryPauseSeconds { get; init; } = 60;
    /// <summary>Within how long what waits shall have started, for the number of workers that is wanted.</summary>
    public int FleetTargetSeconds { get; init; } = 1800;
    /// <summary>How long after it was set aside, or after its last probe, a worker gets a run as a probe.</summary>
    public int ProbeMinutes { get; init; } = 30;
    /// <summary>How long a worker may be silent.</summary>
    public int LeaseSeconds { get; init; } = 60;
    /// <summary>Limit for a whole run.</summary>
    public int TimeoutSeconds { get; init; } = 18_000;
    /// <summary>How long a worker may take beyond that, to clean up, send its files and report; then the run is lost, however alive the worker is.</summary>
    public int ReportSeconds { get; init; } = 3600;
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

    /// <summary>Whether webhooks may lead into private networks.</summary>
    public bool WebhooksAllowPrivate { get; init; }

    /// <summary>What is exchanged with RabbitMQ.</summary>
    public AmqpSettings Amqp { get; init; } = AmqpSettings.Off;

    /// <summary>What the Domain needs of it.</summary>
    public Archive ToArchive() => new(Suites.ToHashSet(), Arches.ToHashSet(), Backends.ToHashSet(), ExtraSources.Keys.ToHashSet());

    /// <summary>The settings of a suite on an architecture: its own, else the suite's.</summary>
    public SuiteSettings SettingsOf(string suite, string arch) =>
        SuiteSettings.GetValueOrDefault((suite, null), new SuiteSettings()).Under(SuiteSettings.GetValueOrDefault((suite, arch), new SuiteSettings()));

    /// <summary>The limit for a whole run of a suite on an architecture.</summary>
    public int TimeoutSecondsOf(string suite, string arch) =>
        (int)Math.Min(7 * 24 * 3600, TimeoutSeconds * (SettingsOf(suite, arch).TimeoutFactor ?? 1));

    /// <summary>The apt line behind an extra source's name; a name that was taken out of the configuration since is passed over as itself.</summary>
    public string EntryOf(string extraSource) => ExtraSources.GetValueOrDefault(extraSource)?.AptLine ?? extraSource;
}

