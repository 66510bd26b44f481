using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>Where the files of runs are: debci's tree, <c>autopkgtest/&lt;suite&gt;/&lt;arch&gt;/&lt;prefix&gt;/&lt;package&gt;/&lt;run&gt;/</c>.</summary>
/// <param name="root">The folder that holds the tree.</param>
public sealed class RunFolders(string root)
{
    /// <summary>The folder of a run; the deciding attempt's files stand here.</summary>
    /// <remarks>Names are checked again, whoever checked them before: what is not a name never becomes a path.</remarks>
    public string Run(RunKey run)
    {
        if (!Names.IsPackage(run.Package) || !Names.IsWord(run.Suite) || !Names.IsWord(run.Arch) || run.Id < 0)
            throw new RefusedException(RefusalCode.Invalid, "The run's names are not fit for a path.");
        return Path.Combine(root, "autopkgtest", run.Suite, run.Arch, Names.Prefix(run.Package), run.Package, $"{run.Id}");
    }

    /// <summary>The folder of one attempt.</summary>
    public string Attempt(RunKey run, int attempt) => Path.Combine(Run(run), "attempts", $"{attempt}");

    /// <summary>A place to write a file aside, on the same file system, before it is renamed.</summary>
    public string NewAside() => Path.Combine(Directory.CreateDirectory(Aside).FullName, $"{Guid.NewGuid():N}");

    /// <summary>Removes what a crash left aside. To be called before the server takes calls.</summary>
    public void Sweep()
    {
        foreach (var left in Directory.Exists(Aside) ? Directory.EnumerateFiles(Aside) : [])
            File.Delete(left);
    }

    private string Aside => Path.Combine(root, "aside");
}
