namespace Debci.Workers.Backends;

/// <summary>What this host has.</summary>
internal static class Host
{
    /// <summary>Whether a program is in the search path.</summary>
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Testbeds that are files called <c>SUITE-ARCH</c> with an extension.</summary>
    public static IReadOnlyList<Testbed> Testbeds(string folder, string extension) => !Directory.Exists(folder) ? []
        : [.. Directory.EnumerateFiles(folder, $"*{extension}").Select(f => Testbed.Read(Path.GetFileNameWithoutExtension(f))).OfType<Testbed>()];

    /// <summary>Whether a user has a range of ids for namespaces of his own (subuid(5)).</summary>
    public static bool HasSubordinateIds(string user) => new[] { "/etc/subuid", "/etc/subgid" }.All(file =>
        File.Exists(file) && File.ReadLines(file).Any(line => line.StartsWith($"{user}:", StringComparison.Ordinal)));
}
