using Debci.Api.GraphQL.Queue;
using Debci.Api.GraphQL.Runs;
using Debci.EventLog;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Packages;

/// <summary>A package with what is known of it now, or was known as of a moment.</summary>
public sealed record PackageView(string Name, IReadOnlyList<IndexRow> Results, IReadOnlyList<QueueRow> Queued, Moment? AsOf, long Position);

/// <summary>A source package.</summary>
public sealed class PackageType : ObjectGraphType<PackageView>
{
    /// <summary>Its results, its runs in the queue, its history.</summary>
    public PackageType(RunQueries runs, Positions positions)
    {
        Name = "Package";
        Description = "A source package.";
        Field("name", p => p.Name).Description("Its name.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<IndexEntryType>>>>("results")
            .Description("Its current result on each suite and architecture.").Resolve(c => c.Source.Results);
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<QueueEntryType>>>>("queued")
            .Description("Its runs that are not over.").Resolve(c => c.Source.Queued);
        Field<NonNullGraphType<MomentConnectionType<HistoryEntryType, HistoryRow>>>("history").Description("Its finished runs, the newest result first; those of the package's own moment.")
            .Argument<StringGraphType>("suite", "Of this suite only.").Argument<StringGraphType>("arch", "On this architecture only.").Paged().AtLeast()
            .ResolveAsync(async c => await runs.History(c, c.Source.Name, c.Source.AsOf));
        Field<NonNullGraphType<StringGraphType>>("position").Description(MomentField.Help).Resolve(c => positions.Show(c.Source.Position));
    }
}

/// <summary>A package's current result on a suite and architecture.</summary>
public sealed class IndexEntryType : ObjectGraphType<IndexRow>
{
    /// <summary>What an index shows.</summary>
    public IndexEntryType(RunLoader loader)
    {
        Name = "IndexEntry";
        Description = "A package's current result on a suite and architecture.";
        Field("package", r => r.Package).Description("Source package.");
        Field("suite", r => r.Suite).Description("Suite.");
        Field("arch", r => r.Arch).Description("Debian architecture.");
        Field<NonNullGraphType<StatusType>>("status").Description("The result.").Resolve(c => c.Source.Status);
        Field("version", r => r.Version, nullable: true).Description("The tested version.");
        Field("message", r => r.Message).Description("The result in a sentence.");
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<StringGraphType>>>>("triggers").Description("What caused the run.").Resolve(c => c.Source.Triggers);
        Field("durationSeconds", r => r.DurationSeconds, nullable: true).Description("How long it took, by the worker's clock; null when nobody knows.");
        Field("finishedAt", r => r.FinishedAt).Description("When the result was stored; UTC, by the log's clock. Of an imported run: when its test ended, by the clock there.");
        Field<NonNullGraphType<IdGraphType>>("runId").Description("The run's number.").Resolve(c => c.Source.Run);
        Field<RunType>("run").Description("The run itself.").Resolve(c => loader.Load(c, c.Source.Run));
    }
}
