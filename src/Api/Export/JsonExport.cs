using System.IO.Pipelines;
using System.Text.Json;
using Debci.Api.Views;
using Debci.Api.Views.Feeds;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Export;

/// <summary>
/// Writes debci's tree of files for mirrors, as the server shows it below <c>/data</c>: <c>status/</c>, <c>packages/</c>, <c>feeds/</c>. Logs and artifacts are
/// files already. What was exported before and has not changed since is neither asked for nor touched.
/// </summary>
internal sealed class JsonExport(StatusesQueries statuses, JobsQueries jobs, FeedViews feeds, Atom atom, ExportQueries changes)
{
    /// <summary>One round.</summary>
    /// <param name="tree">Where to.</param>
    /// <param name="log">The log's own word.</param>
    /// <param name="places">Suites and architectures that have files also before their first result.</param>
    /// <param name="today">Which day it is, UTC.</param>
    /// <param name="cancellation">Ends it; the next round goes on.</param>
    public async Task Run(ExportTree tree, string log, IEnumerable<(string Suite, string Arch)> places, DateOnly today, CancellationToken cancellation)
    {
        var before = ExportState.Load(tree, log);
        var position = await changes.Position(cancellation); // before the rows: what comes meanwhile is looked at again
        if (before.Position > position)
            before = before with { Position = 0 }; // of a time that a restore has taken back: all of it is looked at anew
        var removed = (await statuses.Removed(cancellation)).Select(r => $"{r.Suite} {r.Package}").Order(StringComparer.Ordinal).ToList();
        foreach (var (suite, arch) in (await changes.Places(cancellation)).Union(places).Order().ToList())
            await Place(tree, suite, arch, before, today, cancellation);
        var moved = before.Removed.Except(removed).Union(removed.Except(before.Removed)).Select(r => r.Split(' ')).ToLookup(r => r[0], r => r[1]);
        var changed = new List<(string Package, string Suite, string Arch)>(); // first all of them: an open statement would hold up others as long as files are written
        await foreach (var place in changes.Packages(before.Position, cancellation))
            changed.Add(place);
        foreach (var (package, suite, arch) in changed.Union(await changes.PlacesOf(moved, cancellation)).ToList())
            await Package(tree, package, suite, arch, cancellation);
        foreach (var package in changed.Select(c => c.Package).Distinct())
        {
            if (await feeds.OfPackage(package, cancellation) is { } feed)
                await tree.Put($"feeds/{Names.Prefix(package)}/{package}.xml", atom.Write(feed));
        }
        await new ExportState(log, position, removed).Save(tree);
    }

    private async Task Place(ExportTree tree, string suite, string arch, ExportState before, DateOnly today, CancellationToken cancellation)
    {
        var (folder, mark, changed) = ($"status/{suite}/{arch}", await statuses.Mark(suite, arch, cancellation), await statuses.Days(suite, arch, cancellation));
        var days = StatusJson.EveryDay(changed, today).ToList();
        var known = Known(tree.Read($"{folder}/history.json"));
        foreach (var day in days)
        {
            var json = StatusJson.Bytes(day, mark.ChangedAt, today);
            if (!known.Contains(System.Text.Encoding.UTF8.GetString(json)))
                await tree.Put($"{folder}/{day.Day:yyyy'/'MM'/'dd}.json", json);
        }
        await tree.Put($"{folder}/history.json", StatusJson.Bytes(days, mark.ChangedAt, today)); // behind the days: what it holds is there
        await tree.Put($"{folder}/status.json", StatusJson.Bytes(StatusJson.Now(changed, today), mark.ChangedAt, today));
        await tree.Put($"feeds/status/{suite}/{arch}.xml", atom.Write(await feeds.OfPlace(suite, arch, cancellation)));
        if (mark.Position > before.Position || tree.Read($"{folder}/packages.json") is null)
            await tree.Put($"{folder}/packages.json", stream => JobJson.WriteArray(PipeWriter.Create(stream), jobs.OfPlace(suite, arch, cancellation), cancellation));
    }

    // The days of the tree as they were written.
    private static HashSet<string> Known(byte[]? history)
    {
        try
        {
            using var days = JsonDocument.Parse(history ?? "[]"u8.ToArray());
            return [.. days.RootElement.EnumerateArray().Select(d => d.GetRawText())];
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException)
        {
            return []; // somebody else's file
        }
    }

    private async Task Package(ExportTree tree, string package, string suite, string arch, CancellationToken cancellation)
    {
        var folder = $"packages/{suite}/{arch}/{Names.Prefix(package)}/{package}";
        await tree.Put($"{folder}/history.json", stream => JobJson.WriteArray(PipeWriter.Create(stream), jobs.History(package, suite, arch, cancellation), cancellation));
        if (await jobs.Latest(package, suite, arch, cancellation) is not { } latest)
        {
            tree.Delete($"{folder}/latest.json");
            return;
        }
        await tree.Put($"{folder}/latest.json", async stream =>
        {
            await using var json = new Utf8JsonWriter(stream, JobJson.Plain);
            JobJson.Write(json, latest);
        });
    }
}
