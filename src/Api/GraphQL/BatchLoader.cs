using GraphQL.DataLoader;

namespace Debci.Api.GraphQL;

/// <summary>Gathers the keys that one answer asks for, and loads them together when the first result is wanted.</summary>
/// <param name="load">Loads many; keys that are missing in its answer load as null.</param>
public sealed class BatchLoader<TKey, TValue>(Func<IReadOnlyCollection<TKey>, CancellationToken, Task<Dictionary<TKey, TValue>>> load)
    where TKey : notnull where TValue : class
{
    private readonly Lock gate = new();
    private Gathering open = new();

    /// <summary>The value, later.</summary>
    public IDataLoaderResult<TValue?> Load(TKey key)
    {
        lock (gate)
        {
            open.Keys.Add(key);
            return new Result(this, open, key);
        }
    }

    /// <summary>What follows from the value, later.</summary>
    public IDataLoaderResult<object?> Load(TKey key, Func<TValue?, object?> follows) => new Following(Load(key), follows);

    private sealed class Following(IDataLoaderResult<TValue?> value, Func<TValue?, object?> follows) : IDataLoaderResult<object?>
    {
        public async Task<object?> GetResultAsync(CancellationToken cancellationToken = default) => follows(await value.GetResultAsync(cancellationToken));

        async Task<object?> IDataLoaderResult.GetResultAsync(CancellationToken cancellationToken) => await GetResultAsync(cancellationToken);
    }

    private Task<Dictionary<TKey, TValue>> Loaded(Gathering gathering, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (ReferenceEquals(open, gathering))
                open = new Gathering(); // what is asked for from now on goes with the next load
            return gathering.Values ??= load(gathering.Keys, cancellation);
        }
    }

    private sealed class Gathering
    {
        public HashSet<TKey> Keys { get; } = [];
        public Task<Dictionary<TKey, TValue>>? Values { get; set; }
    }

    private sealed class Result(BatchLoader<TKey, TValue> loader, Gathering gathering, TKey key) : IDataLoaderResult<TValue?>
    {
        public async Task<TValue?> GetResultAsync(CancellationToken cancellationToken = default) =>
            (await loader.Loaded(gathering, cancellationToken)).GetValueOrDefault(key);

        async Task<object?> IDataLoaderResult.GetResultAsync(CancellationToken cancellationToken) => await GetResultAsync(cancellationToken);
    }
}
