using System.Globalization;
using Debci.Domain;

namespace Debci.Api.Import;

/// <summary>A tree <c>autopkgtest/SUITE/ARCH/PREFIX/PACKAGE/RUN/</c>, as debci keeps it and as its workers send it.</summary>
internal sealed class ResultTree : IRecords
{
    private readonly List<string> folders = [];
    private readonly List<Place> places = [];

    private ResultTree(string root) => Name = root;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Place> Places => places;

    /// <summary>Walks a tree.</summary>
    /// <param name="root">The folder <c>autopkgtest</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    public static ResultTree Walk(string root, CancellationToken cancellation)
    {
        var tree = new ResultTree(root);
        foreach (var folder in FoldersBelow(root, depth: 5))
        {
            cancellation.ThrowIfCancellationRequested();
            var run = long.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && JsonRecord.IsRun(id) ? id : 0;
            tree.places.Add(new Place(run, Directory.GetLastWriteTimeUtc(folder).Ticks, tree.folders.Count, 0));
            tree.folders.Add(folder);
        }
        return tree;
    }

    /// <inheritdoc/>
    public string NameOf(Place place) => Path.GetRelativePath(Name, folders[(int)place.Offset]);

    /// <inheritdoc/>
    public DebciRecord Load(Place place)
    {
        var folder = folders[(int)place.Offset];
        if (place.Run == 0)
            throw new NotUnderstoodException("its folder's name is no run id; results of Ubuntu's kind (a time and a hash) have none");
        var parts = Path.GetRelativePath(Name, folder).Split(Path.DirectorySeparatorChar);
        var (suite, arch, package) = (parts[0], parts[1], parts[3]);
        if (!Names.IsWord(suite) || !Names.IsWord(arch) || !Names.IsPackage(package))
            throw new NotUnderstoodException("its path is not SUITE/ARCH/PREFIX/PACKAGE/RUN by Debian's names");
        return ResultFolder.Read(new RunKey(place.Run, package, suite, arch, Private: false), folder);
    }

    // Links ("latest-autopkgtest") lead to what is seen anyway.
    private static IEnumerable<string> FoldersBelow(string folder, int depth)
    {
        var below = new DirectoryInfo(folder).EnumerateDirectories().Where(d => d.LinkTarget is null).Select(d => d.FullName).Order(StringComparer.Ordinal);
        return depth == 1 ? below : below.SelectMany(d => FoldersBelow(d, depth - 1));
    }
}
