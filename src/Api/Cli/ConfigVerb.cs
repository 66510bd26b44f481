using System.CommandLine;
using Debci.Api.Configuration;
using Debci.Api.Keys;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci config check</c></summary>
internal static class ConfigVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var key = new Option<string?>("--key-file") { Description = "A file that holds a key: is it known, and may it do what is named here?" };
        var suites = Names("--suite", "A suite that the key's holder will ask for.");
        var arches = Names("--arch", "An architecture that it will ask for.");
        var sources = Names("--extra-source", "An extra source that it will name; britney names \"unstable\".");
        var scopes = new Option<Scope[]>("--scope") { Description = "What the key must be allowed to do.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [Scope.Request] };
        var check = new Command("check", "Reads the configuration and says what is wrong with it; with a key, whether its holder gets what it needs. Exit code 1 when not.")
        { key, suites, arches, sources, scopes, config };
        check.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var configuration = arguments.Load(config);
            var caller = arguments.GetValue(key) is { } file ? await Find(configuration, file, cancellation) : null;
            var wanting = Wanting(configuration, caller, new Needed(
                arguments.GetValue(suites) ?? [], arguments.GetValue(arches) ?? [], arguments.GetValue(sources) ?? [], arguments.GetValue(scopes) ?? [])).ToList();
            Console.WriteLine(wanting.Count > 0 ? string.Join('\n', wanting) : Summary(configuration, caller));
            return wanting.Count > 0 ? 1 : 0;
        }));
        return new Command("config", "The configuration of the server.") { check };
    }

    /// <summary>What somebody needs of this installation.</summary>
    internal sealed record Needed(IReadOnlyList<string> Suites, IReadOnlyList<string> Arches, IReadOnlyList<string> Sources, IReadOnlyList<Scope> Scopes);

    /// <summary>What is wanting, a sentence each; without a caller, whatever does not depend on one.</summary>
    internal static IEnumerable<string> Wanting(DebciConfiguration configuration, Caller? caller, Needed needed)
    {
        var archive = configuration.ToArchive();
        foreach (var refusal in needed.Suites.Select(s => archive.CheckSuite(s)).Concat(needed.Arches.Select(a => archive.CheckArch(a))))
        {
            if (refusal is not null)
                yield return refusal.Sentence;
        }
        foreach (var name in needed.Sources)
        {
            if (!configuration.ExtraSources.TryGetValue(name, out var source))
                yield return $"There is no extra source {Domain.StoredText.Quote(name)}; add it: [extra-sources.{name}] entry = \"deb …\".";
            else if (caller is not null && source.CheckUser(name, caller.Name) is { } refusal)
                yield return refusal.Sentence;
        }
        if (caller is null)
            yield break;
        foreach (var scope in needed.Scopes.Where(s => !caller.Has(s)))
            yield return $"The key of {caller.Name} lacks the scope {scope.ToString().ToLowerInvariant()}; make one that has it: debci key create {caller.Name} --scope {scope.ToString().ToLowerInvariant()}.";
    }

    private static string Summary(DebciConfiguration configuration, Caller? caller)
    {
        var lines = new List<string> { $"The configuration can be read: {string.Join(", ", configuration.Suites)} on {string.Join(", ", configuration.Arches)}." };
        if (configuration.Log.Cluster is { } cluster)
            lines.Add($"The log is on EventStoreDB at {cluster.Where}.");
        lines.AddRange(configuration.ExtraSources.Select(s =>
            $"extra source {s.Key}: {s.Value.AptLine}{(caller is null ? s.Value.Allow is { } allow ? $" (for {string.Join(", ", allow)})" : "" : s.Value.IsFor(caller.Name) ? $" ({caller.Name} may use it)" : $" ({caller.Name} may not use it)")}"));
        if (caller is not null)
            lines.Add($"The key is {caller.Name}'s, with the scopes {string.Join(", ", caller.Scopes).ToLowerInvariant()}; it gets what it needs.");
        return string.Join('\n', lines);
    }

    private static async Task<Caller> Find(DebciConfiguration configuration, string file, CancellationToken cancellation)
    {
        await using var database = NpgsqlDataSource.Create(configuration.Database);
        return await new AccessKeys(database).Find((await File.ReadAllTextAsync(file, cancellation)).Trim(), cancellation)
            ?? throw new InvalidOperationException($"The key in {file} is not known in this database; make one with `debci key create`.");
    }

    private static Option<string[]> Names(string option, string description) => new(option) { Description = description + " Can be given several times.", AllowMultipleArgumentsPerToken = true };
}
