namespace Debci.Domain;

/// <summary>One test that somebody asks for; what a run is made from.</summary>
/// <param name="Package">Source package.</param>
/// <param name="Suite">Suite to test in.</param>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Triggers">What caused it, as <c>source/version</c>; may be empty.</param>
/// <param name="Pins">Packages taken from another suite.</param>
/// <param name="ExtraSources">Names of configured apt sources to add.</param>
/// <param name="Backend">The backend it needs; null when any will do.</param>
/// <param name="Priority">1 (last) to 10 (first); debci's range.</param>
/// <param name="Private">Whether only its requester and operators may see it.</param>
/// <param name="KeepOlder">Whether the same requester's older pending runs stay, though the first trigger is newer than theirs.</param>
public sealed record TestRequest(
    string Package,
    string Suite,
    string Arch,
    IReadOnlyList<string> Triggers,
    IReadOnlyList<Pin> Pins,
    IReadOnlyList<string> ExtraSources,
    string? Backend,
    int Priority,
    bool Private,
    bool KeepOlder = false)
{
    /// <summary>debci's priority where a request names none.</summary>
    public const int DefaultPriority = 5;
    /// <summary>britney's largest request has 89.</summary>
    public const int MostTriggers = 500;
    /// <summary>Pins of one request, and packages of one pin.</summary>
    public const int MostPins = 500;

    /// <summary>Characters of all triggers, pins and extra sources together, so that one request fits one append however it is written.</summary>
    public const int MostCharacters = 20_000;

    /// <summary>The first thing wrong with it, or null when it can be stored.</summary>
    /// <param name="archive">The suites, arches and backends that exist.</param>
    /// <param name="path">Where the request stands in the input, such as <c>tests[3]</c>.</param>
    public Refusal? Check(Archive archive, string path) =>
        !Names.IsPackage(Package)
            ? Invalid($"{StoredText.Quote(Package)} is no source package name: use lower case letters, digits, + - and .", path, "package")
        : archive.CheckSuite(Suite, $"{path}.suite") is { } suite ? suite
        : archive.CheckArch(Arch, $"{path}.arch") is { } arch ? arch
        : Backend is not null && archive.CheckBackend(Backend, $"{path}.backend") is { } backend ? backend
        : Priority is < 1 or > 10 ? Invalid($"Priority {Priority} is out of range; give 1 (last) to 10 (first).", path, "priority")
        : Characters > MostCharacters
            ? new Refusal(RefusalCode.TooLarge, $"Triggers, pins and extra sources have {Characters} characters; at most {MostCharacters} fit one request.", $"{path}.triggers")
        : CheckTriggers(path) ?? CheckPins(path) ?? CheckExtraSources(archive, path);

    /// <summary>A short name for the request as it was written, by which a repeated batch is recognised: SHA-256, hex.</summary>
    public string Digest() => Hash(Text(Triggers, Pins, ExtraSources) + $"\n{Priority} {KeepOlder}");

    /// <summary>
    /// What makes two requests of one requester the same: everything but priority and the order of lists. The requester is part of
    /// it, since britney lists only its own runs. SHA-256, hex.
    /// </summary>
    /// <param name="requester">Account id.</param>
    public string Identity(string requester) => Hash(requester + "\n" + Text(
        Triggers.Order(StringComparer.Ordinal), Pins.OrderBy(p => p.ToString(), StringComparer.Ordinal), ExtraSources.Order(StringComparer.Ordinal)));

    private string Text(IEnumerable<string> triggers, IEnumerable<Pin> pins, IEnumerable<string> extraSources) =>
        $"{Package}\n{Suite}\n{Arch}\n{string.Join(' ', triggers)}\n{string.Join(' ', pins)}\n{string.Join(' ', extraSources)}\n{Backend}\n{Private}";

    private static string Hash(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private long Characters => Triggers.Sum(t => 1L + t.Length) + ExtraSources.Sum(s => 1L + s.Length)
        + Pins.Sum(p => 2L + p.Suite.Length + p.Packages.Sum(name => 1L + name.Length));

    private Refusal? CheckTriggers(string path)
    {
        if (Triggers.Count > MostTriggers)
            return new Refusal(RefusalCode.TooLarge, $"{Triggers.Count} triggers are too many; at most {MostTriggers} fit one request.", $"{path}.triggers");
        var bad = Triggers.FirstOrDefault(t => Trigger.TryParse(t) is null);
        return bad is null ? null
            : Invalid($"The trigger {StoredText.Quote(bad)} cannot be read; write source/version, such as glibc/2.41-6.", path, "triggers");
    }

    private Refusal? CheckPins(string path)
    {
        if (Pins.Count > MostPins || Pins.Any(p => p.Packages.Count > MostPins))
            return new Refusal(RefusalCode.TooLarge, $"At most {MostPins} pins, of at most {MostPins} packages each, fit one request.", $"{path}.pins");
        var bad = Pins.FirstOrDefault(p => !p.IsReadable());
        return bad is null ? null
            : Invalid($"The pin {StoredText.Quote(bad.ToString())} cannot be read; give packages such as src:green and the suite they come from.", path, "pins");
    }

    private Refusal? CheckExtraSources(Archive archive, string path)
    {
        var bad = ExtraSources.FirstOrDefault(s => !archive.ExtraSources.Contains(s));
        return bad is null ? null
            : Invalid($"There is no extra source {StoredText.Quote(bad)} in this server's configuration.", path, "extraSources");
    }

    private static Refusal Invalid(string sentence, string path, string field) =>
        new(RefusalCode.Invalid, sentence, $"{path}.{field}");
}
