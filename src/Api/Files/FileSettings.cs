using Debci.Api.Configuration;
using Debci.Api.Files.Swift;

namespace Debci.Api.Files;

/// <summary>What keeps files.</summary>
public enum FileEngine
{
    /// <summary>A folder.</summary>
    Files,
    /// <summary>OpenStack Swift, by its own API.</summary>
    Swift,
}

/// <summary>Where logs and artifacts are: <c>[files]</c>, but for the folder and the caps.</summary>
/// <param name="Engine">Which engine.</param>
/// <param name="Swift">How Swift is reached.</param>
public sealed record FileSettings(FileEngine Engine, SwiftSettings Swift)
{
    /// <summary>In the folder.</summary>
    public static readonly FileSettings OnDisk = new(FileEngine.Files, new SwiftSettings());

    /// <summary>The keys below <c>files.</c> that this is made of.</summary>
    internal static readonly IReadOnlyDictionary<string, Func<DebciConfiguration, object, DebciConfiguration>> Keys =
        new Dictionary<string, Func<DebciConfiguration, object, DebciConfiguration>>(StringComparer.Ordinal)
        {
            ["files.engine"] = (c, v) => c with { Store = c.Store with { Engine = EngineOf(v) } },
            ["files.swift.auth"] = OfSwift((s, v) => s with { Auth = ConfigurationKeys.Followed(v, "http", "https") }),
            ["files.swift.user"] = OfSwift((s, v) => s with { User = ConfigurationKeys.Text(v) }),
            ["files.swift.password"] = OfSwift((s, v) => s with { Password = Secret(v) }),
            ["files.swift.project"] = OfSwift((s, v) => s with { Project = ConfigurationKeys.Text(v) }),
            ["files.swift.user-domain"] = OfSwift((s, v) => s with { UserDomain = ConfigurationKeys.Text(v) }),
            ["files.swift.project-domain"] = OfSwift((s, v) => s with { ProjectDomain = ConfigurationKeys.Text(v) }),
            ["files.swift.region"] = OfSwift((s, v) => s with { Region = ConfigurationKeys.Text(v) }),
            ["files.swift.container"] = OfSwift((s, v) => s with { Container = Container(v) }),
            ["files.swift.segment-bytes"] = OfSwift((s, v) => s with { SegmentBytes = ConfigurationKeys.Number(v, 1 << 20, 5L << 30) }),
            ["files.swift.delete-after-days"] = OfSwift((s, v) => s with { DeleteAfterDays = (int)ConfigurationKeys.Number(v, 0, 36_500) }),
        };

    /// <summary>What does not fit together, a sentence each.</summary>
    internal IEnumerable<string> Mistakes(Retention.RetentionPolicy retention)
    {
        if (Engine != FileEngine.Swift)
            yield break; // what is written of a store that is not used yet may be half of it
        foreach (var mistake in Swift.Mistakes())
            yield return mistake;
        if (Swift.DeleteAfterDays > 0 && (retention.Days == 0 || Swift.DeleteAfterDays < retention.Days))
            yield return "[files.swift] delete-after-days deletes files that [retention] days still keeps; write a higher number than that, or leave it out.";
    }

    private static FileEngine EngineOf(object value) => ConfigurationKeys.Text(value) switch
    {
        "files" => FileEngine.Files,
        "swift" => FileEngine.Swift,
        _ => throw new FormatException("takes \"files\" or \"swift\"."),
    };

    private static Func<DebciConfiguration, object, DebciConfiguration> OfSwift(Func<SwiftSettings, object, SwiftSettings> change) =>
        (c, v) => c with { Store = c.Store with { Swift = change(c.Store.Swift, v) } };

    // A variable that is all digits comes as a number.
    private static string Secret(object value) => value is long digits ? digits.ToString(System.Globalization.CultureInfo.InvariantCulture) : ConfigurationKeys.Text(value);

    private static string Container(object value) => ConfigurationKeys.Text(value) is { Length: <= 200 } name && !name.Contains('/', StringComparison.Ordinal) ? name
        : throw new FormatException("takes a name of at most 200 characters without a slash.");
}
