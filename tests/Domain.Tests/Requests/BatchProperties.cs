using CsCheck;

namespace Debci.Domain.Tests;

/// <summary>What holds for any batch, wherever a crash cuts it short.</summary>
public sealed class BatchProperties
{
    private static readonly Gen<TestRequest> Item = Gen.Select(
        Gen.OneOf("green", "blue", "libred"), Gen.OneOf("amd64", "arm64"), BatchExamples.Test);

    private static readonly Gen<(RequestBatch Command, int Crash, bool FreshIds)> CrashedBatch =
        from items in Item.List[0, 30]
        from crash in Gen.Int[0, items.Count + 1]
        from fresh in Gen.Bool
        select (BatchExamples.Ask(items), crash, fresh);

    [Fact]
    public void After_a_crash_at_any_event_the_same_command_completes_it_with_one_run_a_request() =>
        CrashedBatch.Sample((command, crash, freshIds) =>
        {
            var stored = Batch.Decide(command, Batch.Unknown).Take(crash).ToList();
            var again = freshIds ? BatchExamples.Ask(command.Items, firstRun: 1000) : command;
            stored.AddRange(Batch.Decide(again, Fold(stored)));

            var requested = stored.OfType<BatchEvent.Requested>().ToList();
            Assert.Equal(command.Items.Select(i => (i.Package, i.Arch)), requested.Select(r => (r.Run.Package, r.Run.Arch)));
            Assert.Equal(requested.Count, requested.Select(r => r.Run.Id).Distinct().Count());
            Assert.Equal(BatchExamples.Accepted(command.Items.Count), stored[^1]);
            Assert.Single(stored.OfType<BatchEvent.Accepted>());
        });

    [Fact]
    public void A_complete_batch_sent_again_stores_nothing() => Item.List[0, 30].Sample(items =>
    {
        var complete = Fold(Batch.Decide(BatchExamples.Ask(items), Batch.Unknown));
        Assert.Empty(Batch.Decide(BatchExamples.Ask(items, firstRun: 1000), complete));
    });

    private static Batch Fold(IEnumerable<BatchEvent> happened) => happened.Aggregate(Batch.Unknown, Batch.Evolve);
}
