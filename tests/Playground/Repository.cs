namespace Debci.Playground;

/// <summary>The checkout that the tests run from.</summary>
public static class Repository
{
    /// <summary>Its folder: the one above the tests' binaries that holds Debci.sln.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>A file in it.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string Find(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, "Debci.sln")) ? folder : Find(Directory.GetParent(folder)!.FullName);
}
