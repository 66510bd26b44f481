using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Server;

/// <summary><c>stats</c>: the numbers of each suite and architecture.</summary>
public sealed class StatsFields(StatsQueries stats)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ListGraphType<NonNullGraphType<StatsType>>>>("stats")
        .Description("How each suite and architecture stands, by name; half a second old at most.")
        .ResolveAsync(async c => await stats.All(c.CancellationToken));
}

/// <summary>How a suite and architecture stands.</summary>
public sealed class StatsType : ObjectGraphType<StatsRow>
{
    /// <summary>Its numbers.</summary>
    public StatsType()
    {
        Name = "Stats";
        Description = "How a suite and architecture stands.";
        Field("suite", s => s.Suite).Description("Suite.");
        Field("arch", s => s.Arch).Description("Debian architecture.");
        this.Count("packages", "Packages that have a result.", s => s.Packages);
        this.Count("pass", "Packages whose current result is PASS.", s => s.Pass);
        this.Count("fail", "Packages whose current result is FAIL.", s => s.Fail);
        this.Count("neutral", "Packages whose current result is NEUTRAL.", s => s.Neutral);
        this.Count("tmpfail", "Packages whose current result is TMPFAIL.", s => s.Tmpfail);
        this.Count("pending", "Public runs that wait for a worker.", s => s.Pending);
        this.Count("running", "Public runs that a worker has.", s => s.Running);
    }
}
