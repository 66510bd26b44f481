namespace Debci.Workers.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("debci-worker-test-");

    public string Path => folder.FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Lets the user that tests run as reach it: temporary folders are their maker's alone.</summary>
    public static void MakeReachable(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        System.IO.File.SetUnixFileMode(folder, System.IO.File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
