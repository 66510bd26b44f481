namespace Debci.Domain;

/// <summary>What a worker can do.</summary>
/// <param name="Arches">Debian architectures that it tests.</param>
/// <param name="Backends">Backends that it offers, the preferred one first.</param>
/// <param name="Tags">What else it has to offer, in words of its operator: <c>big</c>, <c>kvm-nested</c>.</param>
public sealed record Offer(IReadOnlyList<string> Arches, IReadOnlyList<string> Backends, IReadOnlyList<string> Tags);

/// <summary>
/// Which worker may take which run. A run needs words; a worker provides words on each of its backends: the backend's name, the
/// isolation that autopkgtest's server of that name has, and the worker's own tags. A worker can take the run on the first backend that
/// provides all of them.
/// </summary>
public static class Routing
{
    /// <summary>autopkgtest's capability of a testbed that is a machine of its own.</summary>
    public const string Machine = "isolation-machine";

    /// <summary>autopkgtest's capability of a testbed that is a container of its own, or better.</summary>
    public const string Container = "isolation-container";

    /// <summary>The first backend of the offer that provides everything needed and is not paused; null when the worker cannot take the run.</summary>
    public static string? BackendFor(Offer offer, string arch, IReadOnlyCollection<string> needs, IReadOnlySet<string> pausedBackends) =>
        offer.Arches.Contains(arch)
            ? offer.Backends.FirstOrDefault(b => !pausedBackends.Contains(b) && needs.All(n => n == b || offer.Tags.Contains(n) || IsolationOf(b).Contains(n)))
            : null;

    /// <summary>The isolation that a backend gives, as the programs autopkgtest-virt-* announce it.</summary>
    public static IReadOnlyList<string> IsolationOf(string backend) => backend switch
    {
        "qemu" or "ssh" => [Machine, Container],
        "lxc" or "lxd" or "incus" => [Container],
        _ => [],
    };

    /// <summary>The isolation that a testbed on a backend may have had besides, by its image or by the backend's age: what ran there says nothing of it.</summary>
    public static IReadOnlyList<string> MayHaveHad(string backend) => backend switch
    {
        "null" or "lxd" or "incus" => [Machine, Container], // null by 5.28's word; the others can be virtual machines
        "podman" or "docker" => [Container], // where the image has an init
        _ => IsolationOf(backend),
    };

    /// <summary>The isolation that a run's skipped tests have missed, the strongest; null when none was.</summary>
    /// <remarks>autopkgtest's words: "Test requires machine-level isolation but testbed does not provide that".</remarks>
    public static string? MissedIsolation(IEnumerable<TestResult> tests)
    {
        var skipped = tests.Where(t => t.Result == TestOutcome.Skip && t.Detail is not null).Select(t => t.Detail!).ToList();
        return skipped.Any(d => d.Contains("requires machine-level isolation", StringComparison.Ordinal)) ? Machine
            : skipped.Any(d => d.Contains("requires container-level isolation", StringComparison.Ordinal)) ? Container
            : null;
    }
}
