namespace Debci.Api.Configuration;

/// <summary>How runs of a suite, or of a suite on one architecture, are treated. What is null is as everywhere else.</summary>
public sealed record SuiteSettings
{
    /// <summary>The mirror that testbeds use.</summary>
    public string? Mirror { get; init; }
    /// <summary>The keyring of that archive, a file on workers.</summary>
    public string? Keyring { get; init; }
    /// <summary>Its components.</summary>
    public IReadOnlyList<string>? Components { get; init; }
    /// <summary>What all time limits are multiplied by.</summary>
    public double? TimeoutFactor { get; init; }
    /// <summary>A log is cut behind so many bytes.</summary>
    public long? LogMaxBytes { get; init; }
    /// <summary>The most that artifacts may have.</summary>
    public long? ArtifactsMaxBytes { get; init; }
    /// <summary>Whether results hold up migrations; informational where not.</summary>
    public bool? Gating { get; init; }

    /// <summary>The same, but for what the other says.</summary>
    public SuiteSettings Under(SuiteSettings other) => new()
    {
        Mirror = other.Mirror ?? Mirror, Keyring = other.Keyring ?? Keyring, Components = other.Components ?? Components,
        TimeoutFactor = other.TimeoutFactor ?? TimeoutFactor, LogMaxBytes = other.LogMaxBytes ?? LogMaxBytes,
        ArtifactsMaxBytes = other.ArtifactsMaxBytes ?? ArtifactsMaxBytes, Gating = other.Gating ?? Gating,
    };
}
