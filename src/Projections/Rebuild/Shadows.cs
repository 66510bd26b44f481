using System.Diagnostics;
using System.Text.Json;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>How far a rebuild is.</summary>
/// <param name="Doing">What it does now, as a sentence.</param>
/// <param name="Position">Where in the log it is.</param>
/// <param name="Head">Where the log ended when it was looked at.</param>
/// <param name="PerSecond">Events folded in a second, on average.</param>
/// <param name="Left">How long reading the rest takes at this rate; null while that is not known.</param>
public sealed record RebuildProgress(string Doing, long Position, long Head, double PerSecond, TimeSpan? Left);

/// <summary>Fills shadows from the log: one reader for all of them, rows by COPY, indexes at last.</summary>
internal sealed class Shadows(IEventLog log, IReadOnlyList<Shadow> all, Courtesy courtesy, Action<RebuildProgress> tell)
{
    /// <summary>Events in one read of the log.</summary>
    public int PageSize { get; init; } = 4_000;

    /// <summary>Events between two writes.</summary>
    public int ChunkSize { get; init; } = 12_000;

    /// <summary>How often what is kept in memory is saved, so that a rebuilder that dies has to do so much again.</summary>
    public TimeSpan SaveEvery { get; init; } = TimeSpan.FromSeconds(30);

    private sealed record Part(Shadow Shadow, IBulkFold Fold);

    /// <summary>Fills them up to a position, or to the log's end, and makes their indexes.</summary>
    public async Task Fill(long upTo, CancellationToken cancellation)
    {
        var parts = await Task.Run(() => all.Where(s => !s.IsComplete).Select(s => new Part(s, s.Continue())).ToList(), cancellation);
        if (parts.Count > 0)
            await Fold(parts, upTo, cancellation);
        cancellation.ThrowIfCancellationRequested();
        tell(new("makes indexes", 0, 0, 0, null));
        await Parallel.ForEachAsync(parts.Select(p => p.Shadow), new ParallelOptions { MaxDegreeOfParallelism = await AtOnce(cancellation), CancellationToken = cancellation },
            async (shadow, stop) => await shadow.Complete(courtesy, stop));
        foreach (var shadow in all)
            await CatchUp(shadow, upTo, cancellation);
    }

    /// <summary>Brings one, which has its indexes, on to a position or the log's end, as the projector would.</summary>
    public async Task CatchUp(Shadow shadow, long upTo, CancellationToken cancellation)
    {
        while (shadow.Position < upTo && await log.ReadAll(shadow.Position, PageSize, cancellation) is { Count: > 0 } page)
        {
            var fold = new PagedFold(shadow.Model, shadow.Schema);
            var events = page.Where(e => e.Position <= upTo).ToList();
            if (events.Count == 0)
                return;
            foreach (var e in events)
                fold.Add(e);
            await Task.Run(() => shadow.Move(events[^1].Position, whole: true, Readable(shadow, events, fold.Take())), CancellationToken.None);
        }
    }

    private async Task Fold(List<Part> parts, long upTo, CancellationToken cancellation)
    {
        var from = parts.Min(p => p.Shadow.Position);
        var whole = parts.Exists(p => p.Shadow.Model is not IFoldedInBulk and not PoliciesModel and not NeedsModel);
        var pace = new Pace(from, Math.Min(upTo, await log.Head(cancellation)));
        var (chunk, position, saved, worked) = (0, from, Stopwatch.StartNew(), Stopwatch.StartNew());
        var writing = Task.CompletedTask;
        try
        {
            await foreach (var page in new DecodedPages(log, PageSize).Read(from, upTo, whole, cancellation))
            {
                Add(parts, page);
                position = page[^1].Position;
                chunk += page.Count;
                tell(pace.At(position, page.Count));
                if (chunk < ChunkSize)
                    continue;
                await writing;
                var save = saved.Elapsed >= SaveEvery;
                writing = Write(parts, position, save, last: false);
                if (save)
                {
                    await writing; // what is saved must not change meanwhile
                    saved.Restart();
                }
                chunk = 0;
                if (await courtesy.InCompany(cancellation))
                {
                    await writing;
                    await Task.Delay(await courtesy.RestAfter(worked.Elapsed, cancellation), cancellation);
                }
                worked.Restart();
            }
        }
        catch (OperationCanceledException)
        {
            await writing;
            await Write(parts, position, save: true, last: false); // to be continued from here
            throw;
        }
        catch
        {
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        await writing;
        await Write(parts, position, save: true, last: true);
    }

    private async Task<int> AtOnce(CancellationToken cancellation) => await courtesy.InCompany(cancellation) ? 1 : 2;

    private static void Add(List<Part> parts, IReadOnlyList<RecordedEvent> page)
    {
        foreach (var (shadow, fold) in parts)
        {
            Readable(shadow, page, (IBulkFold into) =>
            {
                foreach (var e in page)
                {
                    if (e.Position > shadow.Position)
                        into.Add(e);
                }
            })(fold);
        }
    }

    // Each read model in a transaction of its own: two at a time, or one beside servers.
    private async Task Write(List<Part> parts, long position, bool save, bool last)
    {
        var writes = parts.Where(p => p.Shadow.Written < position || last || (save && p.Shadow.Position < position)).Select(p =>
        {
            var whole = save || p.Fold.MustSave;
            return (p, whole, Rows: Readable(p.Shadow, [], p.Fold.Take()));
        }).ToList();
        // What must be saved with its rows is saved before anything more is folded.
        var first = writes.Where(w => w.whole && !save && !w.p.Fold.SavesForNothing).ToList();
        foreach (var write in first)
            One(write.p, write.whole, write.Rows);
        await Parallel.ForEachAsync(writes.Except(first), new ParallelOptions { MaxDegreeOfParallelism = await AtOnce(CancellationToken.None) }, (write, _) =>
        {
            One(write.p, write.whole, write.Rows);
            return ValueTask.CompletedTask;
        });

        void One(Part part, bool whole, Action<NpgsqlConnection> rows) => part.Shadow.Move(Math.Max(position, part.Shadow.Written), whole, connection =>
        {
            rows(connection);
            if (whole)
                part.Fold.Save(connection, last);
        });
    }

    // A damaged event stops a rebuild with a sentence that names the read model, whichever step reads it first.
    private static Action<T> Readable<T>(Shadow shadow, IReadOnlyList<RecordedEvent> page, Action<T> step) => on =>
    {
        try
        {
            step(on);
        }
        catch (JsonException damage)
        {
            var where = page.Count > 0 ? $" between the positions {page[0].Position} and {page[^1].Position}" : "";
            throw new InvalidOperationException($"The read model {shadow.Model.Name} cannot read an event{where}: {damage.Message} What it showed before stays.", damage);
        }
    };

    // The rate, and what is left at that rate.
    private sealed class Pace(long from, long head)
    {
        private readonly Stopwatch watch = Stopwatch.StartNew();
        private long events;

        public RebuildProgress At(long position, int more)
        {
            events += more;
            var rate = events / Math.Max(0.001, watch.Elapsed.TotalSeconds);
            var done = (double)(position - from) / Math.Max(1, head - from);
            return new("folds", position, head, rate, done is > 0.01 and < 1 ? watch.Elapsed * ((1 - done) / done) : null);
        }
    }
}
