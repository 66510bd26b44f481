using CsCheck;

namespace Debci.Domain.Tests;

public sealed class BatchTests
{
    private static readonly Guid Id = Guid.Parse("00000000-0000-7000-8000-000000000001");

    [Fact]
    public void A_batch_is_its_requests_and_then_its_acceptance()
    {
        var events = Batch.Decide(Command(["hello", "gzip"], 10), Batch.Unknown);

        Assert.Equal([10, 11], events.OfType<BatchEvent.Requested>().Select(e => e.Run.Id));
        Assert.Equal(new BatchEvent.Accepted(Id, "alice", 2), events[^1]);
    }

    [Fact]
    public void The_same_batch_again_is_nothing_and_another_one_under_its_id_is_refused()
    {
        var accepted = Evolve(Batch.Decide(Command(["hello"], 10), Batch.Unknown));

        Assert.Empty(Batch.Decide(Command(["hello"], 99), accepted));
        foreach (var other in new[] { Command(["gzip"], 99), Command(["hello", "gzip"], 99), Command([], 99) })
            Assert.Throws<RefusedException>(() => Batch.Decide(other, accepted));
    }

    [Fact]
    public void Cut_short_anywhere_the_same_command_completes_it_with_one_request_for_each_item() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[0, 21]).Sample((count, cut) =>
        {
            var packages = Enumerable.Range(0, count).Select(i => $"package{i}").ToArray();
            var first = Batch.Decide(Command(packages, 1), Batch.Unknown).Take(cut).ToList();
            var rest = Batch.Decide(Command([.. packages], 1000), Evolve(first));

            var all = Evolve(first.Concat(rest));
            Assert.True(all.Closed);
            Assert.Equal(packages, all.Requests.Select(r => r.Run.Package));
            Assert.Equal(count, all.Requests.Select(r => r.Run.Id).Distinct().Count());
            Assert.Empty(Batch.Decide(Command(packages, 5000), all));
        });

    private static Batch Evolve(IEnumerable<BatchEvent> events) => events.Aggregate(Batch.Unknown, Batch.Evolve);

    private static RequestBatch Command(string[] packages, long firstId) => new(
        Id, "alice", [.. packages.Select(p => new TestRequest(p, "trixie", "amd64", ["glibc/2.41-6"], [new Pin(["src:glibc"], "sid")], [], null, 5, false))],
        [.. packages.Select((_, i) => firstId + i)]);
}
