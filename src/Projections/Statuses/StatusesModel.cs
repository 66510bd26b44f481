using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// How the status of each package came to be what it is, and how many had which on each day: debci's <c>previous_status</c> and
/// <c>last_pass_…</c>, its charts' numbers, and its news. A package's status is that of the index; one whose source has left the suite has none.
/// </summary>
/// <remarks>
/// <c>status_days</c> holds what changed on a day, so that a result touches one row and not all days behind it; how it stood on a day is the sum up
/// to there. A day is UTC, of the time that is shown for a result. A package's days never go back, whatever order its results came in, so no sum is
/// below 0. <c>status_places</c> holds the newest event that changed anything of a suite and architecture: the mark of what is served of them.
/// </remarks>
public sealed class StatusesModel : IReadModel, IFoldedInBulk
{
    internal const string StatusesName = "statuses";

    /// <summary>The condition on a row of <c>status_spreads</c> that statuses differ between architectures; a tmpfail says nothing of the package.</summary>
    internal const string Apart = "(pass > 0)::int + (fail > 0)::int + (neutral > 0)::int > 1";

    /// <inheritdoc/>
    public string Name => StatusesName;

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["statuses", "status_spreads", "status_days", "status_places", "transitions", "removed_sources"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.statuses (
            suite text not null, arch text not null, package text not null, run bigint not null, status text not null,
            settled text,              -- the newest status that is no tmpfail, this one included
            settled_since timestamptz, -- of the first result with that status, tmpfails between them apart
            previous text,             -- the status before this one
            last_pass_at timestamptz, last_pass_version text, -- of the newest pass, this one included
            since date not null,       -- the day that it is counted on
            primary key (suite, arch, package));
        create index statuses_package on {schema}.statuses (package);
        create table {schema}.status_spreads ( -- on how many architectures of a suite a package has which status
            suite text not null, package text not null, pass int not null, fail int not null, neutral int not null, tmpfail int not null,
            primary key (suite, package)) with (fillfactor = 90);
        create index status_spreads_apart on {schema}.status_spreads (suite, package) where {Apart};
        create table {schema}.status_days (
            suite text not null, arch text not null, day date not null, pass int not null, fail int not null, neutral int not null, tmpfail int not null,
            primary key (suite, arch, day));
        create table {schema}.status_places (
            suite text not null, arch text not null, position bigint not null, changed_at timestamptz not null, primary key (suite, arch)) with (fillfactor = 50);
        create table {schema}.transitions ( -- from one status that is no tmpfail to another
            position bigint primary key, suite text not null, arch text not null, package text not null, run bigint not null,
            was text not null, status text not null, version text, message text not null, triggers text not null, finished_at timestamptz not null);
        create index transitions_place on {schema}.transitions (suite, arch, position);
        create index transitions_package on {schema}.transitions (package, suite, arch, position);
        create index transitions_newest on {schema}.transitions (package, position);
        create table {schema}.removed_sources (suite text not null, package text not null, since timestamptz not null, primary key (suite, package));
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var results = new List<StoredResult>();
        foreach (var e in page)
        {
            if (StoredResult.Of(e) is { Run: { Pinned: false, Run.Private: false } } result)
                results.Add(result);
            else if (SourceOf(e) is { } source)
            {
                StatusesSql.Write(writes, results); // these came before
                results.Clear();
                StatusesSql.Write(writes, e, source);
            }
        }
        StatusesSql.Write(writes, results);
    }

    IBulkFold IFoldedInBulk.Bulk(string schema) => new StatusesBulk(schema);

    bool IFoldedInBulk.IsMadeLast(string index) => true;

    /// <summary>What an event tells of a source; null when it tells of none.</summary>
    internal static SourceEvent? SourceOf(RecordedEvent e) => e.Is<SourceEvent.Removed>() || e.Is<SourceEvent.Returned>() ? (SourceEvent)e.Decode()! : null;

    /// <summary>The day of a time.</summary>
    internal static DateOnly Day(DateTime at) => DateOnly.FromDateTime(at);
}
