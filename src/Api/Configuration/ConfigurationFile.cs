using System.Collections;
using System.Globalization;
using Debci.Domain;
using Tomlyn.Syntax;

namespace Debci.Api.Configuration;

/// <summary>The configuration is wrong; the message says where and what, a line for each mistake.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> mistakes) : Exception(string.Join('\n', mistakes))
{
    /// <summary>A line for each mistake.</summary>
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}

/// <summary>
/// Reads the configuration: one TOML file, over which variables <c>DEBCI__SECTION__KEY</c> count (lists separated by commas).
/// Unknown keys, values of the wrong kind and values that break a rule are refused with their place.
/// </summary>
public static class ConfigurationFile
{
    /// <summary>The file (null: none), then the variables.</summary>
    /// <exception cref="ConfigurationException">Something in either is wrong.</exception>
    public static DebciConfiguration Load(string? path, IDictionary environment)
    {
        if (path is not null && !File.Exists(path))
            throw new ConfigurationException([$"{path}: there is no such file; name one with --config or DEBCI_CONFIG."]);
        return Parse(path is null ? "" : File.ReadAllText(path), path ?? "(no file)", environment);
    }

    /// <summary>The same, from text.</summary>
    public static DebciConfiguration Parse(string toml, string name, IDictionary environment)
    {
        var mistakes = new List<string>();
        var configuration = new DebciConfiguration();
        foreach (var setting in SettingsOf(toml, name, mistakes).Concat(SettingsOf(environment)))
            configuration = Apply(configuration, setting, mistakes);
        mistakes.AddRange(configuration.ExtraSources.Where(s => s.Value.Entry.Length == 0)
            .Select(s => $"{name}: the extra source {s.Key} has no entry; write [extra-sources.{s.Key}] entry = \"deb …\"."));
        mistakes.AddRange(configuration.Schedules.SelectMany(s => MistakesOf(s.Key, s.Value, configuration)).Select(mistake => $"{name}: {mistake}"));
        mistakes.AddRange(configuration.Log.Mistakes().Select(m => $"{name}: {m}"));
        mistakes.AddRange(configuration.Store.Mistakes(configuration).Select(m => $"{name}: {m}"));
        mistakes.AddRange(configuration.Amqp.Mistakes().Select(m => $"{name}: {m}"));
        return mistakes.Count == 0 ? configuration : throw new ConfigurationException(mistakes);
    }

    // The server would refuse each request of it, and the schedule would think that it had asked.
    private static IEnumerable<string> MistakesOf(string suite, Schedule.ScheduleSettings schedule, DebciConfiguration configuration)
    {
        if (schedule.Mirror.Length == 0)
            yield return $"[schedule.{suite}] names no mirror; write mirror = \"http://deb.debian.org/debian\".";
        if (!configuration.Suites.Contains(suite))
            yield return $"[schedule.{suite}] is of no suite that is tested here; add it to [archive] suites, or as a table [suites.{suite}].";
        foreach (var arch in (schedule.Arches ?? []).Except(configuration.Arches))
            yield return $"[schedule.{suite}] names the architecture {arch}, which is not tested here; add it to [archive] arches.";
    }

    private sealed record Setting(string Key, object Value, string Place);

    private static DebciConfiguration Apply(DebciConfiguration configuration, Setting setting, List<string> mistakes)
    {
        if ((ConfigurationKeys.All.GetValueOrDefault(setting.Key) ?? LogSettings.Keys.GetValueOrDefault(setting.Key) ?? Files.FileSettings.Keys.GetValueOrDefault(setting.Key) ?? ConfigurationTables.Find(setting.Key)) is not { } apply)
        {
            mistakes.Add($"{setting.Place}: there is no key {StoredText.Quote(setting.Key)}; ops/debci.toml lists those that there are.");
            return configuration;
        }
        try
        {
            return apply(configuration, setting.Value);
        }
        catch (FormatException wrong)
        {
            mistakes.Add($"{setting.Place}: {setting.Key} {wrong.Message}");
            return configuration;
        }
    }

    private static IEnumerable<Setting> SettingsOf(string toml, string name, List<string> mistakes)
    {
        var document = Tomlyn.Parsing.SyntaxParser.Parse(toml, name);
        foreach (var message in document.Diagnostics)
            mistakes.Add($"{name}:{message.Span.Start.Line + 1}: {message.Message}");
        return document.KeyValues.Select(pair => ToSetting("", pair, name))
            .Concat(document.Tables.Where(t => Plain($"{t.Name}").StartsWith("suites.", StringComparison.Ordinal)) // a suite is there though its table is empty
                .Select(t => new Setting($"[{Plain($"{t.Name}")}]", "", $"{name}:{t.Span.Start.Line + 1}")))
            .Concat(document.Tables.SelectMany(table => table.Items.OfType<KeyValueSyntax>().Select(pair => ToSetting(Plain($"{table.Name}") + ".", pair, name))));
    }

    private static Setting ToSetting(string section, KeyValueSyntax pair, string name) =>
        new(section + Plain($"{pair.Key}"), Value(pair.Value), $"{name}:{pair.Span.Start.Line + 1}");

    // A key is quoted where it holds signs that bare keys may not have.
    private static string Plain(string key) => key.Trim().Replace("\"", "", StringComparison.Ordinal);

    private static object Value(ValueSyntax? value) => value switch
    {
        StringValueSyntax text => text.Value ?? "",
        IntegerValueSyntax number => number.Value,
        BooleanValueSyntax flag => flag.Value,
        FloatValueSyntax number => number.Value,
        ArraySyntax array => array.Items.Select(i => Value(i.Value)).ToList(),
        _ => $"{value}".Trim(),
    };

    private static IEnumerable<Setting> SettingsOf(IDictionary environment) =>
        from DictionaryEntry entry in environment
        let variable = (string)entry.Key
        where variable.StartsWith("DEBCI__", StringComparison.Ordinal)
        orderby variable
        select new Setting(
            variable["DEBCI__".Length..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal).Replace('_', '-'),
            long.TryParse((string?)entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (string)entry.Value!,
            $"the variable {variable}");
}
