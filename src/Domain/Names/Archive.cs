namespace Debci.Domain;

/// <summary>What one installation tests: one archive's suites and architectures, and the backends that its workers may offer.</summary>
/// <param name="Suites">Suites that tests run in.</param>
/// <param name="Arches">Debian architectures.</param>
/// <param name="Backends">autopkgtest's virtualisation servers that a request may name.</param>
/// <param name="ExtraSources">Names of configured apt sources that a request may add.</param>
public sealed record Archive(
    IReadOnlySet<string> Suites,
    IReadOnlySet<string> Arches,
    IReadOnlySet<string> Backends,
    IReadOnlySet<string> ExtraSources)
{
    /// <summary>Refuses a suite that this archive does not have.</summary>
    public Refusal? CheckSuite(string suite, string? path = null) => Suites.Contains(suite)
        ? null
        : new Refusal(RefusalCode.UnknownSuite, $"There is no suite {StoredText.Quote(suite)} here; there are {List(Suites)}.", path);

    /// <summary>Refuses an architecture that this archive does not have.</summary>
    public Refusal? CheckArch(string arch, string? path = null) => Arches.Contains(arch)
        ? null
        : new Refusal(RefusalCode.UnknownArch, $"There is no architecture {StoredText.Quote(arch)} here; there are {List(Arches)}.", path);

    /// <summary>Refuses a backend that this archive does not have.</summary>
    public Refusal? CheckBackend(string backend, string? path = null) => Backends.Contains(backend)
        ? null
        : new Refusal(RefusalCode.UnknownBackend, $"There is no backend {StoredText.Quote(backend)} here; there are {List(Backends)}.", path);

    private static string List(IEnumerable<string> words) => string.Join(", ", words.Order(StringComparer.Ordinal));
}
