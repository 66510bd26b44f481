using Debci.Api.Files;

namespace Debci.Api.Import;

/// <summary>Finds what an import is to read: files, folders, addresses.</summary>
internal sealed class Sources : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);
    private readonly List<string> fetched = [];
    private readonly List<IRecords> all = [];

    /// <summary>What was found.</summary>
    public IReadOnlyList<IRecords> All => all;

    /// <summary>Adds what stands at a path or address.</summary>
    /// <param name="place">A file of JSON; a folder that is or holds <c>autopkgtest</c>, or <c>export</c> with files of JSON; or an http address of the former.</param>
    /// <param name="key">For an address: debci's key, where it asks for one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">There is nothing there that an import understands.</exception>
    public async Task Add(string place, string? key, CancellationToken cancellation)
    {
        if (Uri.TryCreate(place, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            all.Add(RecordFile.Open(await Fetch(address!, key, cancellation), cancellation));
        else if (Directory.Exists(place))
            AddFolder(Path.GetFullPath(place), cancellation);
        else if (File.Exists(place))
            all.Add(RecordFile.Open(Path.GetFullPath(place), cancellation));
        else
            throw new InvalidDataException($"{place} is neither a file nor a folder nor an address; name debci's export (unpacked), its listing, or its data folder.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        all.OfType<IDisposable>().ToList().ForEach(s => s.Dispose());
        fetched.ForEach(File.Delete);
    }

    private void AddFolder(string folder, CancellationToken cancellation)
    {
        var before = all.Count;
        if (HasFolder(Path.Combine(folder, "export")))
            all.AddRange(Directory.EnumerateFiles(Path.Combine(folder, "export"), "*.json").Order(StringComparer.Ordinal).Select(f => RecordFile.Open(Plain(f), cancellation)));
        if (Path.GetFileName(folder) == "autopkgtest")
            all.Add(ResultTree.Walk(folder, cancellation));
        else if (HasFolder(Path.Combine(folder, "autopkgtest")))
            all.Add(ResultTree.Walk(Path.Combine(folder, "autopkgtest"), cancellation));
        if (all.Count == before)
            throw new InvalidDataException($"{folder} has neither autopkgtest/ nor export/*.json in it; unpack debci's export there, or name debci's data folder.");
    }

    // What the operator named may be a link; what is below may have been made by somebody else, to show what is on this host.
    private static bool HasFolder(string folder) => Directory.Exists(folder) && new DirectoryInfo(folder).LinkTarget is { } link
        ? throw new InvalidDataException($"{folder} is a link to {link}, and links are not followed; name where it leads, beside the folder or in its place.")
        : Directory.Exists(folder);

    private static string Plain(string file) => Posix.IsPlainFile(file) ? file
        : throw new InvalidDataException($"{file} is no plain file, and links are not followed; move it away, or name where it leads.");

    // Looked through before it is read, so that it has to be here.
    private async Task<string> Fetch(Uri address, string? key, CancellationToken cancellation)
    {
        using var client = new HttpClient { Timeout = Patience };
        if (key is not null)
            client.DefaultRequestHeaders.Add("Auth-Key", key);
        using var answer = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidDataException($"{address} answers {(int)answer.StatusCode}; is the address right (…/api/v1/test?since=1), and is debci's key in --key-file?");
        var path = Path.Combine(Path.GetTempPath(), $"debci-import-{Guid.NewGuid():N}.json");
        fetched.Add(path);
        await using var file = File.Create(path);
        await answer.Content.CopyToAsync(file, cancellation);
        return path;
    }
}
