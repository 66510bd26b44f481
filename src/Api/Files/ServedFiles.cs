using Debci.Api.Keys;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Files;

/// <summary>Files of runs that are over, as readers get them: through this server, or by a link to the store itself.</summary>
public sealed class ServedFiles(RunsQueries runs, AttemptFiles files, IFileStore store)
{
    private static readonly Dictionary<string, RunFile> Named = Enum.GetValues<RunFile>().ToDictionary(StorePath.NameOf, StringComparer.Ordinal);
    private static readonly TimeSpan LinkFor = TimeSpan.FromMinutes(10);

    /// <summary>The run of an address, whose files are kept.</summary>
    /// <exception cref="RefusedException">There is none of that package there, none that the caller may see, or its files have expired.</exception>
    public async Task<RunRow> Run(long run, string suite, string arch, string package, HttpContext http)
    {
        var row = await runs.Find(run, http.Caller().Viewer, http.RequestAborted);
        if (row is null || (row.Key.Suite, row.Key.Arch, row.Key.Package) != (suite, arch, package))
            throw new RefusedException(RefusalCode.UnknownRun, $"There is no run {run} of this package here.");
        FileEndpoints.MustBeKept(row);
        if (row.Key.Private)
            http.Response.Headers.CacheControl = "no-store"; // caches between know nothing of our keys
        return row;
    }

    /// <summary>A file of a run by its name.</summary>
    /// <exception cref="RefusedException">It has none of that name, or none any more: it has expired, or is gone.</exception>
    public async Task<IResult> Serve(RunRow row, string file, HttpContext http)
    {
        FileEndpoints.MustBeKept(row);
        var isNamed = Named.TryGetValue(file, out var kind);
        var found = isNamed ? await files.Find(row, kind, http.RequestAborted) : null;
        if (found is not null && store is IDirectStore { IsDirect: true } direct)
        {
            http.Response.Headers.CacheControl = "no-store"; // the address ends soon
            return Results.Redirect($"{await direct.LinkTo(found.Path, LinkFor, http.RequestAborted)}", permanent: false, preserveMethod: true);
        }
        return found is not null && await store.Open(found.Path, http.RequestAborted) is { } content
            ? Results.Stream(content, StorePath.ContentTypeOf(file), lastModified: found.LastModified, enableRangeProcessing: true)
            : throw (isNamed && row.WasThere(kind) ? Gone.File(row.Key, file) : new RefusedException(RefusalCode.UnknownRun, $"Run {row.Key.Id} has no {StoredText.Quote(file)}."));
    }

    /// <summary>The log of a run, packed as it is stored; null when there is none.</summary>
    public async Task<(Stream Packed, DateTimeOffset LastModified)?> Log(RunRow row, CancellationToken cancellation) =>
        await files.Find(row, RunFile.Log, cancellation) is { } found && await store.Open(found.Path, cancellation) is { } content ? (content, found.LastModified) : null;
}
