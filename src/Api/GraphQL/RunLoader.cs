using Debci.Projections;
using GraphQL;
using GraphQL.DataLoader;

namespace Debci.Api.GraphQL;

/// <summary>Loads the runs of a whole answer in one query, however many nodes ask for theirs.</summary>
public sealed class RunLoader(RunsQueries runs)
{
    /// <summary>The run, with all the others that the same request asks for.</summary>
    public IDataLoaderResult<RunRow?> Load(IResolveFieldContext context, long run)
    {
        if (!context.UserContext.TryGetValue(nameof(RunLoader), out var known))
        {
            var viewer = context.Viewer();
            context.UserContext[nameof(RunLoader)] = known = new BatchLoader<long, RunRow>(async (ids, cancellation) =>
                (await runs.FindMany(ids, viewer, cancellation)).ToDictionary(r => r.Key.Id));
        }
        return ((BatchLoader<long, RunRow>)known!).Load(run);
    }
}
