using Debci.Api.Configuration;
using Debci.Api.Files.S3;
using Debci.Api.Files.Swift;

namespace Debci.Api.Files;

/// <summary>What keeps files.</summary>
public enum FileEngine
{
    /// <summary>A folder.</summary>
    Files,
    /// <summary>OpenStack Swift, by its own API.</summary>
    Swift,
    /// <summary>An object store that speaks S3.</summary>
    S3,
}

/// <summary>Where logs and artifacts are: <c>[files]</c>, but for the folder and the caps.</summary>
/// <param name="Engine">Which engine.</param>
/// <param name="Swift">How Swift is reached.</param>
/// <param name="S3">How S3 is reached.</param>
public sealed record FileSettings(FileEngine Engine, SwiftSettings Swift, S3Settings S3)
{
    /// <summary>In the folder.</summary>
    public static readonly FileSettings OnDisk = new(FileEngine.Files, new SwiftSettings(), new S3Settings());

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
            ["files.swift.temp-url-key"] = OfSwift((s, v) => s with { TempUrlKey = Secret(v) }),
            ["files.swift.public-url"] = OfSwift((s, v) => s with { PublicUrl = ConfigurationKeys.Followed(v, "http", "https") }),
            ["files.swift.segment-bytes"] = OfSwift((s, v) => s with { SegmentBytes = ConfigurationKeys.Number(v, 1 << 20, 5L << 30) }),
            ["files.s3.endpoint"] = OfS3((s, v) => s with { Endpoint = ConfigurationKeys.Followed(v, "http", "https") }),
            ["files.s3.region"] = OfS3((s, v) => s with { Region = ConfigurationKeys.Text(v) }),
            ["files.s3.bucket"] = OfS3((s, v) => s with { Bucket = Container(v) }),
            ["files.s3.access-key"] = OfS3((s, v) => s with { AccessKey = Secret(v) }),
            ["files.s3.secret-key"] = OfS3((s, v) => s with { SecretKey = Secret(v) }),
            ["files.s3.direct"] = OfS3((s, v) => s with { Direct = ConfigurationKeys.Switch(v) }),
            ["files.s3.part-bytes"] = OfS3((s, v) => s with { PartBytes = ConfigurationKeys.Number(v, 5 << 20, 5L << 30) }),
            ["files.swift.delete-after-days"] = OfSwift((s, v) => s with { DeleteAfterDays = (int)ConfigurationKeys.Number(v, 0, 36_500) }),
        };

    /// <summary>What does not fit together, a sentence each. What is written of a store that is not used may be half of it.</summary>
    internal IEnumerable<string> Mistakes(DebciConfiguration configuration) => Mistakes(configuration, Engine);

    /// <summary>The same for a store that is used besides.</summary>
    internal IEnumerable<string> Mistakes(DebciConfiguration configuration, FileEngine engine) => engine switch
    {
        FileEngine.Swift => Swift.Mistakes(configuration.Retention),
        FileEngine.S3 => S3.Mistakes(new[] { configuration.ArtifactsMaxBytes }.Concat(configuration.SuiteSettings.Values.Select(s => s.ArtifactsMaxBytes ?? 0)).Max()),
        _ => [],
    };

    private static FileEngine EngineOf(object value) => ConfigurationKeys.Text(value) switch
    {
        "files" => FileEngine.Files,
        "swift" => FileEngine.Swift,
        "s3" => FileEngine.S3,
        _ => throw new FormatException("takes \"files\", \"swift\" or \"s3\"."),
    };

    private static Func<DebciConfiguration, object, DebciConfiguration> OfSwift(Func<SwiftSettings, object, SwiftSettings> change) =>
        (c, v) => c with { Store = c.Store with { Swift = change(c.Store.Swift, v) } };

    private static Func<DebciConfiguration, object, DebciConfiguration> OfS3(Func<S3Settings, object, S3Settings> change) =>
        (c, v) => c with { Store = c.Store with { S3 = change(c.Store.S3, v) } };

    // A variable that is all digits comes as a number.
    private static string Secret(object value) => value is long digits ? digits.ToString(System.Globalization.CultureInfo.InvariantCulture) : ConfigurationKeys.Text(value);

    private static string Container(object value) => ConfigurationKeys.Text(value) is { Length: <= 200 } name && !name.Contains('/', StringComparison.Ordinal) ? name
        : throw new FormatException("takes a name of at most 200 characters without a slash.");
}
