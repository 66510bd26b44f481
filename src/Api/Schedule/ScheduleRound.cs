using System.Text.Json;
using Debci.Api.Cli.Client;
using Debci.Api.Configuration;
using Debci.Domain;

namespace Debci.Api.Schedule;

/// <summary>One look at a suite's archive, and what follows from it. What was asked for is remembered only when the server has taken it.</summary>
/// <param name="client">The server; null to ask for nothing (a dry run).</param>
/// <param name="configuration">Suites, arches, schedules.</param>
/// <param name="folder">Where states are kept.</param>
/// <param name="requestFirst">Whether the first round asks for everything.</param>
internal sealed class ScheduleRound(DebciClient? client, DebciConfiguration configuration, string folder, bool requestFirst)
{
    private const int MostTests = 10_000;
    private const string Mutation = """
        mutation ($id: String, $tests: [TestInput!]!) { requestRuns(input: {batchId: $id, onBadTest: REFUSE_TEST, asSystem: true, tests: $tests}) {
          __typename ... on BatchAccepted { accepted alreadyPending refused } ... on Refused { message } } }
        """;

    private const string Telling = """
        mutation ($suite: String!, $removed: [String!], $returned: [String!]) { tellSources(suite: $suite, removed: $removed, returned: $returned) { __typename ... on Refused { message } } }
        """;

    private const string TellingWho = """
        mutation ($suite: String!, $sources: [MaintainedSourceInput!]!) { tellMaintainers(suite: $suite, sources: $sources) { __typename ... on Refused { message } } }
        """;

    /// <summary>What a round came to, in a sentence.</summary>
    public async Task<string> Run(string suite, DateTimeOffset now, CancellationToken cancellation)
    {
        var settings = configuration.Schedules[suite];
        var state = ScheduleState.Load(folder, suite);
        using var mirror = new Mirror(suite, settings);
        var (release, hash) = await mirror.Release(now, cancellation);
        if (hash == state.Release && settings.RetestDays == 0)
            return $"{suite}: nothing new.";
        var archive = await Archive(mirror, release, settings, cancellation);
        var plan = await Make(mirror, release, archive, state, settings, now, cancellation);
        var (accepted, refused) = client is null ? (0, 0) : await Ask(suite, $"{hash} {now:yyyy-MM-dd}", plan.Wishes, settings, cancellation);
        // Of a first look, and of a state that was lost, nobody knows what was told before: all that is there is there, and what was so already changes nothing.
        var (gone, back) = state.Packages is { } before ? (before.Keys.Except(plan.Seen.Keys).ToList(), plan.Seen.Keys.Except(before.Keys).ToList()) : ([], plan.Seen.Keys.ToList());
        if (client is not null)
        {
            await Tell(suite, gone, back, cancellation);
            new ScheduleState(hash, plan.Seen).Save(folder, suite);
            // Last: what fails here must not have the same runs asked for again tomorrow.
            await Send("tellMaintainers", TellingWho, new { suite, sources = archive.Values.Select(s => new { package = s.Package, addresses = s.Maintainers }) }, cancellation);
        }
        return client is null ? string.Join('\n', plan.Wishes.Select(w => $"{w.Package} {suite} {w.Arch} {w.Trigger}").Append($"{suite}: {plan.Wishes.Count} runs would be asked for."))
            : $"{suite}: {plan.Wishes.Count} runs asked for, {accepted} taken, {refused} refused; {plan.Seen.Count} packages seen{(gone.Count == 0 ? "" : $", {gone.Count} gone")}.";
    }

    private static async Task<IReadOnlyDictionary<string, SourcePackage>> Archive(Mirror mirror, Release release, ScheduleSettings settings, CancellationToken cancellation)
    {
        var sources = new List<SourcePackage>();
        foreach (var component in settings.Components)
            sources.AddRange(await mirror.Read(release, $"{component}/source/Sources", SourcePackage.Read, cancellation, mustBe: true));
        var archive = SourcePackage.Newest(sources);
        return archive.Count > 0 ? archive
            : throw new InvalidOperationException("The archive lists no sources in these components; look at [schedule] mirror and components.");
    }

    private async Task<Plan> Make(
        Mirror mirror, Release release, IReadOnlyDictionary<string, SourcePackage> archive, ScheduleState state, ScheduleSettings settings, DateTimeOffset now, CancellationToken cancellation)
    {
        var arches = settings.Arches ?? configuration.Arches;
        if (state.Packages is null && !requestFirst)
            return Plan.Remember(archive, now);
        if (state.Packages is null) // each package is asked for itself
            settings = settings with { ReverseDependencies = false, TestsuiteTriggers = false };
        var seen = state.Packages ?? new Dictionary<string, Seen>();
        var dependents = settings.ReverseDependencies ? await Dependents(mirror, release, settings, arches, Plan.Fresh(seen, archive), cancellation) : Nothing;
        return Plan.Make(seen, archive, dependents, settings, arches, now);
    }

    // Of the hundred thousands of dependencies in an archive, those on what is new.
    private static async Task<ILookup<string, string>> Dependents(
        Mirror mirror, Release release, ScheduleSettings settings, IReadOnlyList<string> arches, IReadOnlyList<SourcePackage> fresh, CancellationToken cancellation)
    {
        var binaries = fresh.SelectMany(s => s.Binaries).ToHashSet(StringComparer.Ordinal);
        var found = new HashSet<(string Binary, string Source)>();
        foreach (var (component, arch) in settings.Components.SelectMany(c => arches.Select(a => (c, a))))
        {
            await mirror.Read(release, $"{component}/binary-{arch}/Packages", stanza =>
            {
                if (SourcePackage.ReadBinary(stanza) is var (source, depends))
                    found.UnionWith(depends.Where(binaries.Contains).Select(d => (d, source)));
                return (object?)null;
            }, cancellation);
        }
        return found.OrderBy(f => f.Source, StringComparer.Ordinal).ToLookup(f => f.Binary, f => f.Source);
    }

    // The same Release asked for twice (a crash before the state was kept) is the same batch.
    private async Task<(int Accepted, int Refused)> Ask(string suite, string id, IReadOnlyList<Wish> wishes, ScheduleSettings settings, CancellationToken cancellation)
    {
        var (accepted, refused) = (0, 0);
        foreach (var chunk in wishes.Chunk(MostTests))
        {
            // Named after its content too: what is due for a retest is other packages an hour later.
            var content = Uuid5.Create(Guid.Empty, string.Join('\n', chunk.Select(w => $"{w.Package} {w.Arch} {w.Trigger}")));
            var tests = chunk.Select(w => new { package = w.Package, suite, arch = w.Arch, triggers = w.Trigger is null ? (string[])[] : [w.Trigger], priority = settings.Priority });
            var answer = await Send("requestRuns", Mutation, new { id = $"schedule {suite} {id} {content}", tests }, cancellation);
            accepted += answer.GetProperty("accepted").GetInt32() + answer.GetProperty("alreadyPending").GetInt32();
            refused += answer.GetProperty("refused").GetInt32();
        }
        return (accepted, refused);
    }

    // What is new in the archive may be what had left it.
    private async Task Tell(string suite, IReadOnlyList<string> gone, IReadOnlyList<string> back, CancellationToken cancellation)
    {
        foreach (var chunk in gone.Select(p => (Package: p, Gone: true)).Concat(back.Select(p => (Package: p, Gone: false))).Chunk(TellSources.Most))
            await Send("tellSources", Telling, new { suite, removed = chunk.Where(c => c.Gone).Select(c => c.Package), returned = chunk.Where(c => !c.Gone).Select(c => c.Package) }, cancellation);
    }

    private async Task<JsonElement> Send(string field, string mutation, object variables, CancellationToken cancellation)
    {
        var answer = (await client!.Ask(mutation, variables, cancellation)).GetProperty(field);
        return answer.GetProperty("__typename").GetString() != "Refused" ? answer : throw new InvalidOperationException(answer.GetProperty("message").GetString());
    }

    private static readonly ILookup<string, string> Nothing = Array.Empty<string>().ToLookup(s => s);
}
