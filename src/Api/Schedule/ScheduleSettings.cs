namespace Debci.Api.Schedule;

/// <summary>How a suite's archive is followed; <c>ops/debci.toml</c> explains each key.</summary>
public sealed record ScheduleSettings
{
    /// <summary>The archive: http, https or file.</summary>
    public string Mirror { get; init; } = "";
    /// <summary>The suite's name in the archive; null when it is the same as here.</summary>
    public string? Suite { get; init; }
    /// <summary>Components to follow.</summary>
    public IReadOnlyList<string> Components { get; init; } = ["main"];
    /// <summary>Architectures to ask for; null for all that are configured.</summary>
    public IReadOnlyList<string>? Arches { get; init; }
    /// <summary>The keys that may sign, for gpgv.</summary>
    public string Keyring { get; init; } = "/usr/share/keyrings/debian-archive-keyring.gpg";
    /// <summary>A proxy for the mirror; null for none.</summary>
    public string? Proxy { get; init; }
    /// <summary>Priority of what is asked for.</summary>
    public int Priority { get; init; } = 2;
    /// <summary>Whether packages that depend on what is new are tested too.</summary>
    public bool ReverseDependencies { get; init; }
    /// <summary>Whether packages that name it in Testsuite-Triggers are.</summary>
    public bool TestsuiteTriggers { get; init; }
    /// <summary>A package is tested again after so many days; 0 for never.</summary>
    public int RetestDays { get; init; }
}
