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
        Number("packages", "Packages that have a result.", s => s.Packages);
        Number("pass", "Packages whose current result is PASS.", s => s.Pass);
        Number("fail", "Packages whose current result is FAIL.", s => s.Fail);
        Number("neutral", "Packages whose current result is NEUTRAL.", s => s.Neutral);
        Number("tmpfail", "Packages whose current result is TMPFAIL.", s => s.Tmpfail);
        Number("pending", "Public runs that wait for a worker.", s => s.Pending);
        Number("running", "Public runs that a worker has.", s => s.Running);
    }

    // Packages and runs that are not over are fewer than 2^31.
    private void Number(string name, string description, Func<StatsRow, long> number) =>
        Field<NonNullGraphType<IntGraphType>>(name).Description(description).Resolve(c => checked((int)number(c.Source)));
}
