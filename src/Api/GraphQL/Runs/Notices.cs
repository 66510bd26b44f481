using Debci.Api.Dispatch;
using Debci.Api.Requests;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.GraphQL.Runs;

/// <summary>Says at once what will be in the way of fresh requests: that no known worker can take them, that they are paused.</summary>
public sealed class Notices(DispatchState dispatch)
{
    /// <summary>Adds the notices to a batch that is being stored.</summary>
    internal async ValueTask<BatchView> On(ValueTask<StoredBatch> storing, IReadOnlyList<TestRequest> tests, CancellationToken cancellation)
    {
        var stored = await storing;
        var view = await dispatch.Look(cancellation);
        var known = new Dictionary<string, string?>(StringComparer.Ordinal); // one look a lane, of which a batch has few
        return new BatchView(stored, [.. tests.Zip(stored.Answers, Of)]);

        string? Of(TestRequest test, ItemAnswer answer)
        {
            if (answer is not ItemAnswer.New fresh)
                return null;
            if (view.IsHeld(test))
                return DispatchView.InQuarantine;
            var lane = Lane.Of(test.Arch, test.Suite, test.Backend, fresh.Needs);
            if (!known.TryGetValue(lane, out var notice))
                known[lane] = notice = view.WhyNot(Lane.Read(lane));
            return notice;
        }
    }
}
