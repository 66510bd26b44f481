using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>
/// Makes read models anew from the log while the live ones go on: beside them, by a faster way than the projector's, and then in their
/// place. It may be stopped at any moment and goes on where it was; it needs no server, and minds none.
/// </summary>
/// <param name="log">The log.</param>
/// <param name="database">Where the rows are.</param>
/// <param name="models">All read models of this version.</param>
/// <param name="tell">Hears how far it is, a few times a second.</param>
public sealed class Rebuild(IEventLog log, NpgsqlDataSource database, IReadOnlyList<IReadModel> models, Action<RebuildProgress>? tell = null)
{
    /// <summary>Events in one read of the log.</summary>
    public int PageSize { get; init; } = 4_000;

    /// <summary>Events between two writes of rows.</summary>
    public int ChunkSize { get; init; } = 12_000;

    /// <summary>Whether it takes what it can get, also beside servers on the same database; else it leaves them room.</summary>
    public bool Hurries { get; init; }

    /// <summary>How often what is kept in memory is saved.</summary>
    public TimeSpan SaveEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Builds read models and puts them in the place of the live ones.</summary>
    /// <param name="names">Which; none for all.</param>
    /// <param name="anew">Whether what was begun before is forgotten.</param>
    /// <param name="cancellation">Stops it; called again, it goes on from there.</param>
    /// <exception cref="InvalidOperationException">There is no such read model, another rebuild runs, or an event cannot be read. The live rows are as before.</exception>
    public async Task Run(IReadOnlyCollection<string> names, bool anew = false, CancellationToken cancellation = default)
    {
        var chosen = Chosen(names);
        await using var alone = await OneRebuild.Begin(database, wait: false, cancellation);
        await DropLost(cancellation);
        await Build(chosen, anew, cancellation);
    }

    /// <summary>Builds what is not there at all: new read models, and new versions of such as are live, which readers see until these have caught up.</summary>
    /// <returns>Their names.</returns>
    public async Task<IReadOnlyList<string>> BuildMissing(CancellationToken cancellation = default)
    {
        var isEmpty = await log.Head(cancellation) == 0;
        if ((isEmpty || (await Missing(cancellation)).Count == 0) && (await Lost(cancellation)).Count == 0)
            return [];
        await using var alone = await OneRebuild.Begin(database, wait: true, cancellation);
        await DropLost(cancellation);
        var missing = isEmpty ? [] : await Missing(cancellation);
        await Build(missing, anew: false, cancellation);
        return [.. missing.Select(m => m.Name)];
    }

    /// <summary>Builds read models that claim to have come further than the log: rows of another time than the log's, as a restore can leave them.</summary>
    /// <returns>Their names.</returns>
    public async Task<IReadOnlyList<string>> BuildAhead(CancellationToken cancellation = default)
    {
        if ((await Ahead(cancellation)).Count == 0)
            return [];
        await using var alone = await OneRebuild.Begin(database, wait: true, cancellation);
        var ahead = await Ahead(cancellation);
        await Build(ahead, anew: true, cancellation);
        return [.. ahead.Select(m => m.Name)];
    }

    /// <summary>Builds read models beside the live ones and compares them, row by row, at one position. The live ones go on meanwhile.</summary>
    /// <returns>The first difference of each; null where there is none.</returns>
    public async Task<IReadOnlyList<Compared>> Verify(IReadOnlyCollection<string> names, CancellationToken cancellation = default)
    {
        var chosen = Chosen(names);
        await using var alone = await OneRebuild.Begin(database, wait: false, cancellation);
        var live = await Positions(cancellation);
        var shadows = Open(chosen, anew: true, ShadowUse.Check);
        await shadows.Filler.Fill(chosen.Min(m => live.GetValueOrDefault(m)), cancellation);
        var compared = new List<Compared>();
        foreach (var shadow in shadows.All)
        {
            Say($"compares {shadow.Model.Name}");
            compared.Add(await new Comparison(shadow, shadows.Filler, database).Run(cancellation));
            Shadow.Drop(database, shadow.Model, ShadowUse.Check);
        }
        return compared;
    }

    private async Task Build(IReadOnlyList<IReadModel> chosen, bool anew, CancellationToken cancellation)
    {
        var shadows = Open(chosen, anew, ShadowUse.New);
        await shadows.Filler.Fill(long.MaxValue, cancellation);
        var isUnmoved = false;
        foreach (var shadow in shadows.All)
        {
            Say($"puts {shadow.Model.Name} in its place");
            isUnmoved = await new Swap(shadow, shadows.Filler, database).Run(isUnmoved, Say, cancellation);
        }
    }

    private (IReadOnlyList<Shadow> All, Shadows Filler) Open(IReadOnlyList<IReadModel> chosen, bool anew, ShadowUse use)
    {
        foreach (var model in anew ? chosen : [])
            Shadow.Drop(database, model, use);
        var all = chosen.Select(m => Shadow.Open(database, m, use)).ToList();
        return (all, new Shadows(log, all, new Courtesy(log, Hurries), tell ?? (_ => { })) { PageSize = PageSize, ChunkSize = ChunkSize, SaveEvery = SaveEvery });
    }

    private IReadOnlyList<IReadModel> Chosen(IReadOnlyCollection<string> names) =>
        names.FirstOrDefault(n => models.All(m => m.Name != n)) is { } unknown
            ? throw new InvalidOperationException($"There is no read model {Domain.StoredText.Quote(unknown)}; there are {string.Join(", ", models.Select(m => m.Name))}.")
            : names.Count == 0 ? models : [.. models.Where(m => names.Contains(m.Name))];

    private async Task<IReadOnlyList<IReadModel>> Missing(CancellationToken cancellation)
    {
        var there = await Positions(cancellation);
        return [.. models.Where(m => !there.ContainsKey(m))];
    }

    private async Task DropLost(CancellationToken cancellation)
    {
        foreach (var model in await Lost(cancellation))
            Shadow.Drop(database, model);
    }

    // What was begun and has come further than the log is of a time that a restore has taken back; it must not be gone on with.
    private async Task<IReadOnlyList<IReadModel>> Lost(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var begun = connection.Ask("select name, version, written from read.rebuilds", r => (Name: r.GetString(0), Version: r.GetInt32(1), Written: r.GetInt64(2)));
        var head = await log.Head(cancellation); // behind the look at what was begun, which may be going on
        return [.. models.Where(m => begun.Exists(b => b.Name == m.Name && b.Version == m.Version && b.Written > head))];
    }

    private async Task<IReadOnlyList<IReadModel>> Ahead(CancellationToken cancellation)
    {
        var positions = await Positions(cancellation);
        var head = await log.Head(cancellation); // behind the look at the rows: a server goes on with both
        return [.. positions.Where(p => p.Value > head).Select(p => p.Key)];
    }

    private async Task<Dictionary<IReadModel, long>> Positions(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return connection.Ask("select name, version, position from read.checkpoints", r => (Name: r.GetString(0), Version: r.GetInt32(1), Position: r.GetInt64(2)))
            .Select(c => (Model: models.FirstOrDefault(m => m.Name == c.Name && m.Version == c.Version), c.Position))
            .Where(c => c.Model is not null).ToDictionary(c => c.Model!, c => c.Position);
    }

    private void Say(string what) => tell?.Invoke(new(what, 0, 0, 0, null));

    /// <summary>There is one rebuild at a time on a database: a lock of a connection, which a killed rebuilder gives back with it.</summary>
    private sealed class OneRebuild(NpgsqlConnection connection) : IAsyncDisposable
    {
        public static async Task<OneRebuild> Begin(NpgsqlDataSource database, bool wait, CancellationToken cancellation)
        {
            var connection = await database.OpenConnectionAsync(cancellation);
            while (!connection.Ask("select pg_try_advisory_lock(hashtext('debci rebuild'))", r => r.GetBoolean(0))[0])
            {
                if (!wait)
                {
                    await connection.DisposeAsync();
                    throw new InvalidOperationException("Another rebuild runs on this database; wait for its end, or stop it, and start this one again.");
                }
                await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
            }
            return new OneRebuild(connection);
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                connection.Run("select pg_advisory_unlock(hashtext('debci rebuild'))"); // a pooled connection lives on
            }
            catch (Exception gone) when (gone is NpgsqlException or InvalidOperationException)
            {
                // and the lock with it
            }
            await connection.DisposeAsync();
        }
    }
}
