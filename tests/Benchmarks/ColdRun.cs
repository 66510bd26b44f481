using System.IO.Compression;
using System.Text.Json;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Debci.EventLog.Marten;
using Debci.Playground;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>One line of britney's request file.</summary>
internal sealed record Line(string Package, IReadOnlyList<string> Triggers)
{
    /// <summary>The item that its script sends.</summary>
    public object Item => new Dictionary<string, object>
    {
        ["is_private"] = false, ["package"] = Package, ["trigger"] = string.Join(' ', Triggers), ["extra-apt-sources"] = new[] { "unstable" },
        ["pin-packages"] = new[] { new[] { string.Join(',', Triggers.Select(t => "src:" + t.Split('/')[0])), "unstable" } },
    };
}

/// <summary>A cold run of britney over Debian's archive: what it asks for, and the same with a result for each test on eight architectures.</summary>
internal static class ColdRun
{
    public static readonly string[] Arches = ["amd64", "arm64", "armel", "armhf", "i386", "ppc64el", "riscv64", "s390x"];

    /// <summary>The lines of the request file, or so many of them.</summary>
    public static IReadOnlyList<Line> Lines(double scale)
    {
        using var file = new StreamReader(new GZipStream(File.OpenRead(Repository.Path("tests/Benchmarks/Data/britney-requests.txt.gz")), CompressionMode.Decompress));
        var lines = file.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Take((int)(lines.Length * scale)).Select(line =>
        {
            var (head, body) = (line[..line.IndexOf(' ', StringComparison.Ordinal)], line[line.IndexOf(' ', StringComparison.Ordinal)..]);
            return new Line(head[(head.IndexOf(':', StringComparison.Ordinal) + 1)..], JsonDocument.Parse(body).RootElement.GetProperty("triggers")[0].GetString()!.Split(' '));
        })];
    }

    /// <summary>Stores a request and a result for each line on each architecture, for alice; nine in ten pass. The number of results.</summary>
    public static async Task<int> Fill(string connection, IReadOnlyList<Line> lines)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var log = new MartenEventLog(database);
        var requester = (await Account(database)).Requester;
        var tests = Arches.SelectMany(arch => lines.Select(line => (Arch: arch, Line: line))).Select((t, i) => (Key: new RunKey(10_000_000 + i, t.Line.Package, "testing", t.Arch, false), t.Line.Triggers)).ToList();
        foreach (var chunk in tests.Chunk(2000))
        {
            var batch = Guid.CreateVersion7();
            var events = chunk.Select(t => (object)new BatchEvent.Requested(t.Key, requester, t.Triggers, [], ["unstable"], 5)).Append(new BatchEvent.Accepted(batch, requester, chunk.Length));
            await log.Append(Streams.Batch(batch), 0, Command().Events(events), CancellationToken.None);
        }
        await Parallel.ForEachAsync(tests, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (t, _) =>
        {
            var finished = LogBenchmark.Finished(t.Key.Id) with
            {
                Run = t.Key, Requester = requester, Triggers = t.Triggers, Status = t.Key.Id % 10 == 0 ? Status.Fail : Status.Pass,
                Report = LogBenchmark.Finished(t.Key.Id).Report with { Version = Trigger.VersionOf(t.Triggers, t.Key.Package) ?? "1.0-1" },
            };
            await log.Append(Streams.Run(t.Key.Id), 0, Command().Events([finished]), CancellationToken.None);
        });
        return tests.Count;
    }

    private static CommandInfo Command() => new(Guid.NewGuid(), "fill", "debci", Guid.NewGuid());

    private static async Task<Caller> Account(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select id from work.accounts where name = 'alice'");
        return new Caller((Guid)(await command.ExecuteScalarAsync())!, "alice", new HashSet<Scope>());
    }
}
