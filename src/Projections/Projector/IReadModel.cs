using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// One question answered from the log. A read model folds events into rows and does nothing else: no clock, no ids, no reads
/// of other models, no side effects. Its rows and its checkpoint are written in one transaction, so it sees each event once.
/// </summary>
public interface IReadModel
{
    /// <summary>Its name, a lower case word; its tables stand in the schema <c>read_&lt;name&gt;_v&lt;version&gt;</c>.</summary>
    string Name { get; }

    /// <summary>Raised when its tables or its meaning change: the new version is then built from the whole log.</summary>
    int Version { get; }

    /// <summary>The tables that queries see, each as the view <c>read.&lt;table&gt;</c>.</summary>
    IReadOnlyList<string> Views { get; }

    /// <summary>Creates its tables in the given schema.</summary>
    string Ddl(string schema);

    /// <summary>
    /// Folds events, in order, into writes. The writes of one page are sent in one round trip; a page may hold many events of one
    /// run, and any cut into pages must give the same rows.
    /// </summary>
    /// <exception cref="System.Text.Json.JsonException">An event that it reads is damaged.</exception>
    void Apply(IReadOnlyList<RecordedEvent> page, Writes writes);
}

/// <summary>What follows from a read model's name and version.</summary>
public static class ReadModelNames
{
    /// <summary>The schema of its tables.</summary>
    public static string Schema(this IReadModel model) => Schema(model.Name, model.Version);

    /// <summary>The same of a version that this program may not have any more.</summary>
    public static string Schema(string name, int version) => $"read_{name}_v{version}";
}
