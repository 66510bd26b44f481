using CsCheck;
using Debci.Domain;

namespace Debci.Projections.Tests;

/// <summary>What was answered at each position is answered as of it ever after, whatever came behind it.</summary>
public sealed class PastTests
{
    // ops/test --long looks at many more histories.
    private static readonly int Often = Environment.GetEnvironmentVariable("DEBCI_TEST_LONG") is null ? 1 : 20;
    private static readonly string[] Suites = ["testing", "unstable"], Packages = ["hello", "gzip", "libpng1.6"], Requesters = ["alice", "bob"];
    private static readonly string[] Triggers = ["glibc/2.41-6", "hello/2", "perl/5.40-1"];
    private static readonly Viewer Everything = new(null, SeesAll: true);

    [Fact]
    public async Task An_answer_as_of_a_position_is_what_the_log_up_to_there_answers() =>
        await Histories.Any.SampleAsync(async history =>
        {
            await using var side = await ReadSide.Create();
            var questions = new Questions(side, [.. history.Select(h => h.Happened).OfType<RunEvent.Published>().Select(p => p.Run.Id)]);
            var then = new List<(long Position, IReadOnlyList<string> Answers)>();
            await side.Append(history, async () =>
            {
                await side.Projector().CatchUp();
                then.Add((await side.Log.Head(), await questions.Now()));
            });

            foreach (var (position, answers) in then)
                Same(position, answers, await questions.AsOf(position));

            await side.Reset(); // and from rows that were made anew
            await side.Projector(7).CatchUp();
            foreach (var (position, answers) in then)
                Same(position, answers, await questions.AsOf(position));
        }, iter: 8 * Often, threads: 2);

    [Fact]
    public async Task Stays_at_a_position_are_found_by_its_nodes()
    {
        await using var side = await ReadSide.Create();
        await side.Execute("""
            insert into read.queue_past (run, since, until, priority)
            select i, since, since + length, 5 from (select i, (random() * 3000000)::bigint as since, 1 + (exp(random() * 14))::bigint as length from generate_series(1, 20000) as i) as stays
            """);
        var chance = new Random(5);
        foreach (var position in Enumerable.Range(0, 40).Select(_ => chance.NextInt64(3_000_000)).Append(1).Append(1 << 20).Append((1 << 21) - 1))
        {
            var nodes = string.Join(',', PastNodes.Of(position));
            Assert.Equal(0, await side.Count($"(select run from read.queue_past where since <= {position} and until > {position}) except (select run from read.queue_past where node in ({nodes}))"));
        }
    }

    // Whole, but only what differs is told.
    private static void Same(long position, IReadOnlyList<string> then, IReadOnlyList<string> now) => Assert.True(then.SequenceEqual(now),
        $"at {position}\nthen: {string.Join("\n      ", then.Except(now))}\nnow:  {string.Join("\n      ", now.Except(then))}");

    // Answers as text, so that they are compared whole.
    // Who may see what is as of today: of a run that was published later, its privacy of then is not compared.
    private sealed class Questions(ReadSide side, HashSet<long> published)
    {
        private readonly IndexQueries index = new(side.Database);
        private readonly HistoryQueries history = new(side.Database);
        private readonly QueueQueries queue = new(side.Database);
        private readonly QueuePastQueries queuePast = new(side.Database, new PoliciesPastQueries(side.Database));
        private readonly OutcomesQueries outcomes = new(side.Database);
        private readonly PoliciesQueries policies = new(side.Database);
        private readonly PoliciesPastQueries policiesPast = new(side.Database);

        private static IReadOnlyList<OutcomeKey> Keys => [.. from package in Packages from trigger in Triggers select new OutcomeKey(package, "amd64", trigger)];

        public async Task<IReadOnlyList<string>> Now() =>
        [
            .. await Ask(null),
            .. Text((await queue.List(new QueueFilter(), null, 500, Everything)).OrderBy(r => r.Run).Select(r => r with { Place = 0 })),
            .. Text((await queue.List(new QueueFilter(Suite: "testing", Package: "gzip", State: "pending"), null, 500, Viewer.Public)).Where(r => !published.Contains(r.Run)).OrderBy(r => r.Run).Select(r => r with { Place = 0 })),
            .. Text((await Task.WhenAll(Requesters.Select(r => outcomes.PendingOf(r, "testing", Packages)))).SelectMany(p => p).OrderBy(p => p.Run)),
            .. Text(await policies.Pauses()), .. Text((await policies.Quarantines()).Select(Flat)), .. Text(await policies.Waivers("testing", Packages)),
        ];

        public async Task<IReadOnlyList<string>> AsOf(long at) =>
        [
            .. await Ask(at),
            .. Text((await queuePast.List(new QueueFilter(), null, 500, Everything, at)).OrderBy(r => r.Run).Select(r => r with { Place = 0, IsPast = false })),
            .. Text((await queuePast.List(new QueueFilter(Suite: "testing", Package: "gzip", State: "pending"), null, 500, Viewer.Public, at)).Where(r => !published.Contains(r.Run)).OrderBy(r => r.Run).Select(r => r with { Place = 0, IsPast = false })),
            .. Text((await Task.WhenAll(Requesters.Select(r => queuePast.PendingOf(r, "testing", Packages, at)))).SelectMany(p => p).OrderBy(p => p.Run)),
            .. Text((await policiesPast.Pauses(at)).OrderBy(p => $"{p.Kind}".ToLowerInvariant(), StringComparer.Ordinal).ThenBy(p => p.Name, StringComparer.Ordinal)),
            .. Text((await policiesPast.Quarantines(at)).OrderBy(q => q.Package, StringComparer.Ordinal).ThenBy(q => q.Version ?? "~", StringComparer.Ordinal).Select(Flat)),
            .. Text((await policiesPast.Waivers("testing", Packages.ToHashSet(), at)).OrderBy(w => w.Waiver.Package, StringComparer.Ordinal).ThenBy(w => $"{w.Waiver.Kind}", StringComparer.Ordinal)),
        ];

        private async Task<IEnumerable<string>> Ask(long? at)
        {
            var lines = new List<string>();
            foreach (var suite in Suites)
            {
                foreach (var order in Enum.GetValues<IndexOrder>())
                    lines.AddRange(Text(await index.List(new IndexQuestion(suite, "amd64", Order: order, Descending: order == IndexOrder.Finished), null, 100, at)));
                lines.AddRange(Text(await index.List(new IndexQuestion(suite, "amd64", Status.Fail, "e"), new IndexCursor("gzip", "gzip"), 1, at)));
                foreach (var requester in Requesters)
                {
                    lines.AddRange(Text((await outcomes.ByKey(requester, suite, Keys, at)).SelectMany(k => k.Select(o => $"{k.Key} {(published.Contains(o.Run) ? o with { Private = false } : o)}")).Order(StringComparer.Ordinal)));
                    lines.AddRange(Text((await history.Ever(requester, suite, Packages, at)).Select(e => $"{e.Key} {e.Value}").Order(StringComparer.Ordinal)));
                }
            }
            lines.AddRange(Text(await index.OfPackages(Packages, at)));
            foreach (var package in Packages)
                lines.AddRange(Text(await history.List(package, null, null, at + 1, 100, Everything)));
            return lines;
        }

        private static object Flat(QuarantineRow row) => (row with { Runs = [] }, string.Join(' ', row.Runs));

        private IEnumerable<string> Text<T>(IEnumerable<T> rows) => [$"{typeof(T).Name}:", .. rows.Select(r => r switch
        {
            QueueRow q when published.Contains(q.Run) => $"{q with { Private = false }}",
            OutcomeRow o when published.Contains(o.Run) => $"{o with { Private = false }}",
            HistoryRow h when published.Contains(h.Run) => $"{h with { Private = false, Triggers = [] }} {string.Join(' ', h.Triggers)}",
            IndexRow i => $"{i with { Triggers = [] }} {string.Join(' ', i.Triggers)}",
            HistoryRow h => $"{h with { Triggers = [] }} {string.Join(' ', h.Triggers)}",
            _ => $"{r}",
        })];
    }
}
