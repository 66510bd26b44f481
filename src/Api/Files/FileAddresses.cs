using Debci.Domain;

namespace Debci.Api;

/// <summary>Where files are on this server: debci's predictable addresses, and the plain log.</summary>
public static class FileAddresses
{
    /// <summary>The plain log, from any byte on, while it grows or whole.</summary>
    public static string Log(long run) => $"/runs/{run}/log";

    /// <summary>autopkgtest's output directory, at debci's address.</summary>
    public static string Artifacts(RunKey run) => $"{Folder(run)}/artifacts.tar.gz";

    /// <summary>The folder of a run, as debci has it.</summary>
    public static string Folder(RunKey run) =>
        $"/data/autopkgtest/{run.Suite}/{run.Arch}/{Names.Prefix(run.Package)}/{Uri.EscapeDataString(run.Package)}/{run.Id}";
}
