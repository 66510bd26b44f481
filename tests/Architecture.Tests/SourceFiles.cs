using System.Text.RegularExpressions;
using Debci.Playground;

namespace Debci.Architecture.Tests;

/// <summary>The source files of the product.</summary>
internal static partial class SourceFiles
{
    public static IReadOnlyList<string> All { get; } =
        [.. Directory.EnumerateFiles(Repository.Path("src"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))];

    /// <summary>Its text without comments, line by line as in the file.</summary>
    public static string Code(string file) => Comment().Replace(File.ReadAllText(file), "");

    /// <summary>The folder below src that it is in.</summary>
    public static string Project(string file) => Path.GetRelativePath(Repository.Path("src"), file).Split('/')[0];

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();
}
