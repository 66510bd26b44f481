using Debci.Api.Schedule;
using Debci.Domain;

namespace Debci.Api.Configuration;

/// <summary>Tables whose keys are names of the operator's own: suites, extra sources, patterns.</summary>
internal static class ConfigurationTables
{
    /// <summary>What a key does to the configuration, or a table's head (<c>[suites.sid]</c>) by itself; null when it is of none of these tables.</summary>
    public static Func<DebciConfiguration, object, DebciConfiguration>? Find(string key) => key.Split('.', 2) switch
    {
        ["[suites", var head] => head.TrimEnd(']').Split('.') switch
        {
            [var suite] => (c, _) => OfSuite(c, suite, null, s => s),
            [var suite, var arch] => (c, _) => OfSuite(c, suite, arch, s => s),
            _ => null,
        },
        ["extra-sources", var rest] when rest.Split('.') is [.. var name, var setting] && name.Length > 0 && Sources.TryGetValue(setting, out var apply) =>
            (c, v) => OfSource(c, string.Join('.', name), s => apply(s, v)),
        ["extra-sources", var name] => (c, v) => OfSource(c, name, s => s with { Entry = ConfigurationKeys.Text(v) }),
        ["reject", var pattern] => (c, v) => c with { Rejects = With(c.Rejects, Pattern(pattern), ConfigurationKeys.Text(v)) },
        ["needs", var pattern] => (c, v) => c with { Needs = With<string, IReadOnlyList<string>>(c.Needs, Pattern(pattern), ConfigurationKeys.Words(v)) },
        ["amqp", var rest] => AmqpKeys.Find(rest),
        ["suites", var rest] when rest.Split('.') is [var suite, var setting] && Suites.TryGetValue(setting, out var apply) => (c, v) => OfSuite(c, suite, null, s => apply(s, v)),
        ["suites", var rest] when rest.Split('.') is [var suite, var arch, var setting] && Suites.TryGetValue(setting, out var apply) => (c, v) => OfSuite(c, suite, arch, s => apply(s, v)),
        ["schedule", var rest] when rest.Split('.') is [var suite, var setting] && Schedules.TryGetValue(setting, out var apply) => (c, v) => OfSchedule(c, suite, s => apply(s, v)),
        _ => null,
    };

    private static readonly Dictionary<string, Func<SuiteSettings, object, SuiteSettings>> Suites = new(StringComparer.Ordinal)
    {
        ["mirror"] = (s, v) => s with { Mirror = ConfigurationKeys.Mirror(v) },
        ["keyring"] = (s, v) => s with { Keyring = ConfigurationKeys.Keyring(v) },
        ["components"] = (s, v) => s with { Components = ConfigurationKeys.Words(v) },
        ["timeout-factor"] = (s, v) => s with { TimeoutFactor = Factor(v) },
        ["log-max-bytes"] = (s, v) => s with { LogMaxBytes = ConfigurationKeys.Number(v, 1000, long.MaxValue) },
        ["artifacts-max-bytes"] = (s, v) => s with { ArtifactsMaxBytes = ConfigurationKeys.Number(v, 1000, long.MaxValue) },
        ["gating"] = (s, v) => s with { Gating = ConfigurationKeys.Switch(v) },
    };

    private static readonly Dictionary<string, Func<ExtraSource, object, ExtraSource>> Sources = new(StringComparer.Ordinal)
    {
        ["entry"] = (s, v) => s with { Entry = ConfigurationKeys.Text(v) },
        ["key"] = (s, v) => s with { Key = ConfigurationKeys.Text(v) },
        ["allow"] = (s, v) => s with { Allow = ConfigurationKeys.Names(v) },
    };

    private static DebciConfiguration OfSource(DebciConfiguration c, string name, Func<ExtraSource, ExtraSource> change) => Names.IsWord(name)
        ? c with { ExtraSources = With(c.ExtraSources, name, change(c.ExtraSources.GetValueOrDefault(name, new ExtraSource()))) }
        : throw new FormatException("is no name of an extra source: lower case letters, digits, '.', '_', '+' and '-'.");

    private static readonly Dictionary<string, Func<ScheduleSettings, object, ScheduleSettings>> Schedules = new(StringComparer.Ordinal)
    {
        ["mirror"] = (s, v) => s with { Mirror = ConfigurationKeys.Followed(v, "http", "https", "file") },
        ["suite"] = (s, v) => s with { Suite = ConfigurationKeys.Text(v) },
        ["components"] = (s, v) => s with { Components = ConfigurationKeys.Words(v) },
        ["arches"] = (s, v) => s with { Arches = ConfigurationKeys.Words(v) },
        ["keyring"] = (s, v) => s with { Keyring = ConfigurationKeys.Text(v) },
        ["proxy"] = (s, v) => s with { Proxy = ConfigurationKeys.Followed(v, "http", "https", "socks5") },
        ["priority"] = (s, v) => s with { Priority = (int)ConfigurationKeys.Number(v, 1, 10) },
        ["reverse-dependencies"] = (s, v) => s with { ReverseDependencies = ConfigurationKeys.Switch(v) },
        ["testsuite-triggers"] = (s, v) => s with { TestsuiteTriggers = ConfigurationKeys.Switch(v) },
        ["retest-days"] = (s, v) => s with { RetestDays = (int)ConfigurationKeys.Number(v, 0, 36_500) },
    };

    private static DebciConfiguration OfSchedule(DebciConfiguration c, string suite, Func<ScheduleSettings, ScheduleSettings> change) => Names.IsWord(suite)
        ? c with { Schedules = With(c.Schedules, suite, change(c.Schedules.GetValueOrDefault(suite, new ScheduleSettings()))) }
        : throw new FormatException("stands in a table that is no name of a suite: lower case letters, digits, '.', '_', '+' and '-'.");

    private static DebciConfiguration OfSuite(DebciConfiguration c, string suite, string? arch, Func<SuiteSettings, SuiteSettings> change)
    {
        if (!Names.IsWord(suite) || (arch is not null && !Names.IsWord(arch)))
            throw new FormatException("stands in a table that is no name of a suite (and architecture): lower case letters, digits, '.', '_', '+' and '-'.");
        return c with { SuiteSettings = With(c.SuiteSettings, (suite, arch), change(c.SuiteSettings.GetValueOrDefault((suite, arch), new SuiteSettings()))) };
    }

    private static Dictionary<TKey, TValue> With<TKey, TValue>(IReadOnlyDictionary<TKey, TValue> before, TKey key, TValue value) where TKey : notnull =>
        new(before) { [key] = value };

    private static string Pattern(string text) => PackagePattern.TryParse(text) is not null ? text
        : throw new FormatException("is no pattern; write \"package/suite/arch\" with * and ?, the last two if you like.");

    // A variable's value is text.
    private static double Factor(object value) => value switch
    {
        long number and > 0 and <= 1000 => number,
        double number and > 0 and <= 1000 => number,
        string text when double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1000 => number,
        _ => throw new FormatException("takes a number above 0, such as 2 or 1.5."),
    };
}
