using System.Diagnostics;
using System.Globalization;
using Debci.Benchmarks;
using Debci.Playground.EventStore;

// ops/bench NAME… [--json FILE] [--scale N] [--engine ENGINE]
var names = new List<string>();
string? json = null;
var scale = 1.0;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--json": json = args[++i]; break;
        case "--scale": scale = double.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--engine": Environment.SetEnvironmentVariable(TestEngine.Variable, args[++i]); break;
        default: names.Add(args[i]); break;
    }
}
var all = new Dictionary<string, Func<double, Task<IReadOnlyList<Figure>>>>
{
    ["freshness"] = FreshnessBenchmark.Run,
    ["results.log"] = LogBenchmark.Run,
    ["log.bytes"] = StorageBenchmark.Run,
    ["asof"] = AsOfBenchmark.Run,
    ["results"] = ResultsBenchmark.Run,
    ["requests"] = RequestsBenchmark.Run,
    ["claims"] = ClaimsBenchmark.Run,
    ["fairness"] = FairnessSimulation.Run,
    ["fleet"] = FleetBenchmark.Run,
    ["feed"] = FeedBenchmark.Run,
    ["pages"] = PagesBenchmark.Run,
    ["index"] = IndexBenchmark.Run,
    ["live"] = LiveBenchmark.Run,
    ["graphql"] = GraphQLBenchmark.Run,
    ["import"] = ImportBenchmark.Run,
    ["audit"] = AuditBenchmark.Run,
    ["rebuild"] = RebuildBenchmark.Run,
    ["rebuild.claims"] = RebuildBenchmark.Claims,
};
if (names is ["all"])
    names = [.. all.Keys];
string[] onEither = ["results", "requests", "freshness"];
if (TestEngine.IsCluster && names.Except(onEither).Any())
{
    Console.Error.WriteLine($"--engine is for {string.Join(", ", onEither)}; the others look into PostgreSQL's tables, or measure no log.");
    return 2;
}
if (names.Count == 0 || names.Any(n => !all.ContainsKey(n)))
{
    Console.Error.WriteLine($"usage: ops/bench NAME… [--json FILE] [--scale N] [--engine postgresql|eventstoredb|esdb://…]; names: all, {string.Join(", ", all.Keys)}");
    return 2;
}
var figures = new List<Figure>();
foreach (var name in names)
{
    Console.WriteLine($"== {name}{(TestEngine.IsCluster ? ", the log on EventStoreDB" : "")}, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}, {Environment.ProcessorCount} cores");
    var watch = Stopwatch.StartNew();
    foreach (var measured in await all[name](scale))
    {
        var figure = TestEngine.IsCluster ? measured with { Name = $"{measured.Name}@eventstoredb" } : measured; // both stand side by side
        figures.Add(figure);
        Console.WriteLine(figure);
    }
    Console.WriteLine($"   took {watch.Elapsed.TotalSeconds:0} s");
}
if (json is not null)
    await File.WriteAllTextAsync(json, Figure.ToJson(figures));
return 0;
