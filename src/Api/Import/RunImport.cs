using Debci.Api.Dispatch;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Import;

/// <summary>
/// Brings records into the log, each a run's stream of its own by one append: whole or not at all, recognised when it comes again, and going
/// on where it was interrupted. Thousands of appends are under way at a time, which the log saves in groups.
/// </summary>
internal sealed class RunImport(IEventLog log, ImportedIds ids, Requesters requesters, Texts texts, ImportedFiles files, bool hidden = false)
{
    private const int Chunk = 1000;
    private const string Other = "another result stands here under this id, or the same with another visibility; what was imported first counts";

    /// <summary>Imports everything that the sources hold, the oldest outcome first.</summary>
    /// <param name="sources">Files of records, and trees of results. A run of both is taken from the former, with its files from the latter.</param>
    /// <param name="newIdsAbove">New runs get ids above this one in any case.</param>
    /// <param name="report">Told how far it is.</param>
    /// <param name="cancellation">Ends it between two appends; a later import goes on.</param>
    public async Task Run(IReadOnlyList<IRecords> sources, long newIdsAbove, ImportReport report, CancellationToken cancellation)
    {
        var told = sources.Where(s => s is RecordFile).SelectMany(s => s.Places).Select(p => p.Run).Where(run => run != 0).ToHashSet(); // 0: unreadable
        var trees = Folders(sources.OfType<ResultTree>(), told, report);
        var all = sources.SelectMany(s => s.Places.Where(p => s is RecordFile || !told.Contains(p.Run)).Select(p => (Source: s, Place: p)))
            .OrderBy(r => r.Place.UpdatedTicks).ThenBy(r => r.Place.Run).ToList();
        await ids.JumpOver(Math.Max(newIdsAbove, sources.SelectMany(s => s.Places).Select(p => p.Run).DefaultIfEmpty(0).Max()), cancellation);
        var import = new Import(Guid.CreateVersion7(), await log.Head(cancellation));
        foreach (var records in Layers(all))
            await Bring(records, trees, import, report, cancellation);
    }

    private async Task Bring(IEnumerable<(IRecords Source, Place Place)> records, Dictionary<long, (ResultTree Tree, Place Place)> trees, Import import, ImportReport report, CancellationToken cancellation)
    {
        var before = Task.CompletedTask;
        foreach (var chunk in records.Chunk(Chunk))
        {
            var ready = await Task.WhenAll(chunk.Select(r => Prepare(r.Source, r.Place, trees, report, cancellation))); // while the chunk before is saved
            await before;
            // In order: an append takes its place in the log's queue before it gives way.
            before = Task.WhenAll(ready.OfType<Ready>().Select(r => Store(r, import, report, cancellation)).ToList());
        }
        await before;
    }

    // Of two records of one run the second comes when the first is stored or left out: so it finds what stands there, and leaves nothing beside it.
    private static IEnumerable<IReadOnlyList<(IRecords Source, Place Place)>> Layers(IReadOnlyList<(IRecords Source, Place Place)> all)
    {
        for (var (records, seen) = (all, new HashSet<long>()); records.Count > 0; seen = [])
        {
            var byTurn = records.ToLookup(r => r.Place.Run == 0 || seen.Add(r.Place.Run));
            yield return [.. byTurn[true]];
            records = [.. byTurn[false]];
        }
    }

    // The folders of runs that a file of records tells of; of two for one run the first.
    private static Dictionary<long, (ResultTree Tree, Place Place)> Folders(IEnumerable<ResultTree> trees, HashSet<long> told, ImportReport report)
    {
        var found = new Dictionary<long, (ResultTree Tree, Place Place)>();
        foreach (var (tree, place) in trees.SelectMany(t => t.Places.Where(p => told.Contains(p.Run)).Select(p => (t, p))))
        {
            if (!found.TryAdd(place.Run, (tree, place)))
                report.Doubt(tree.Name, tree.NameOf(place), "another folder of this run was found before; this one is left out");
        }
        return found;
    }

    // A run that can be stored, and where it came from.
    private sealed record Ready(IRecords Source, Place Place, RunEvent.Imported Run);

    private async Task<Ready?> Prepare(IRecords source, Place place, Dictionary<long, (ResultTree Tree, Place Place)> trees, ImportReport report, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            var record = Load(source, place);
            record = hidden ? record with { Run = record.Run with { Private = true } } : record;
            if (record.Status is null)
            {
                report.AddPending();
                return null;
            }
            if (!ids.Has(record.Run.Id))
                throw new NotUnderstoodException("this id was given to a run of this server; import before the first request, or into a fresh database");
            foreach (var doubt in record.Doubts)
                report.Doubt(source.Name, source.NameOf(place), doubt);
            record = trees.TryGetValue(place.Run, out var tree) ? WithFiles(record, tree.Tree, tree.Place, report) : record;
            // Before anything is kept or placed: what stands here already takes neither texts nor files nor accounts from another record.
            if (await log.ReadStream(Streams.Run(record.Run.Id), 0, cancellation) is { Count: > 0 } stored)
            {
                Again(source, place, record, stored, report);
                return null;
            }
            return new Ready(source, place, await ToRun(source, place, record, report, cancellation));
        }
        catch (NotUnderstoodException why)
        {
            report.LeaveOut(source.Name, source.NameOf(place), why.Message);
        }
        catch (Exception unreadable) when (unreadable is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            report.LeaveOut(source.Name, source.NameOf(place), unreadable.Message.TrimEnd('.'));
        }
        return null;
    }

    private static DebciRecord Load(IRecords source, Place place)
    {
        try
        {
            return source.Load(place);
        }
        catch (InvalidOperationException) // of JSON whose strings are no text
        {
            throw new NotUnderstoodException("it holds a string that is no text: a lone surrogate, or broken UTF-8");
        }
    }

    private static void Again(IRecords source, Place place, DebciRecord record, IReadOnlyList<RecordedEvent> stored, ImportReport report)
    {
        if (stored[0].Decode() is not RunEvent.Imported there || !ImportedRun.IsSame(there, record))
        {
            report.LeaveOut(source.Name, source.NameOf(place), Other);
            return;
        }
        report.AddKnown();
        if (record.Folder is not null && there.Result.Report is { LogBytes: 0, ArtifactsBytes: null } && !stored.Any(e => e.Is<RunEvent.FilesExpired>()))
            report.Doubt(source.Name, source.NameOf(place), "the run was imported without files, and these come too late");
    }

    private static DebciRecord WithFiles(DebciRecord record, ResultTree tree, Place place, ImportReport report)
    {
        try
        {
            var files = tree.Load(place);
            if ((files.Run.Package, files.Run.Suite, files.Run.Arch) != (record.Run.Package, record.Run.Suite, record.Run.Arch))
                throw new NotUnderstoodException("the folder of this number is another package's");
            foreach (var doubt in files.Doubts)
                report.Doubt(tree.Name, tree.NameOf(place), doubt);
            return record.With(files);
        }
        catch (NotUnderstoodException why)
        {
            report.Doubt(tree.Name, tree.NameOf(place), $"{why.Message}; the result is imported without its files");
            return record;
        }
    }

    // Files first: what the log tells of a run can be read from then on.
    private async Task<RunEvent.Imported> ToRun(IRecords source, Place place, DebciRecord record, ImportReport report, CancellationToken cancellation)
    {
        var brought = record.Folder is not null ? await files.Put(record, cancellation) : null;
        foreach (var name in brought?.LeftOut ?? [])
            report.Doubt(source.Name, source.NameOf(place), $"{Domain.StoredText.Quote(name)} in its folder is neither a file nor a folder; it is left out of the artifacts");
        return ImportedRun.Event(record, await requesters.Find(record.Requester, cancellation), brought, await Words(record, cancellation));
    }

    private async Task Store(Ready ready, Import import, ImportReport report, CancellationToken cancellation)
    {
        var (run, stream) = (ready.Run, Streams.Run(ready.Run.Run.Id));
        try
        {
            // Of a record that came before this is the first answer again, and so a place before the beginning.
            if ((await log.Append(stream, 0, ImportedRun.Command(run, import.Id).Events([run]), cancellation)).Position > import.Begin)
                report.AddImported();
            else
                report.AddKnown();
        }
        catch (StreamMovedException)
        {
            var stored = await log.ReadStream(stream, 0, cancellation);
            if (stored is [var first, ..] && first.Decode() is RunEvent.Imported there && ImportedRun.IsSame(there, run))
                report.AddKnown();
            else
                report.LeaveOut(ready.Source.Name, ready.Source.NameOf(ready.Place), Other);
        }
    }

    // A trigger that is none is what somebody wrote: kept where it can be erased.
    private async Task<string?> Words(DebciRecord record, CancellationToken cancellation) =>
        record.Trigger is { } text && JsonRecord.Triggers(text) is null ? await texts.Keep(text[..Math.Min(text.Length, Texts.Longest)], cancellation) : null;

    // One call: its id, and where the log ended before it.
    private sealed record Import(Guid Id, long Begin);
}
