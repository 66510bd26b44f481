using Debci.Api.Configuration;
using Debci.Api.Dispatch;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Requests;

/// <summary>Which requests are taken, and what a worker must provide for each: by the rules, the reject lists, the configuration and what was learnt.</summary>
public sealed class Admission(LiveConfiguration live, DispatchState dispatch, NeedsQueries needs)
{
    /// <summary>A request that is taken, with what it needs; or why it is not.</summary>
    public sealed record Judged(IReadOnlyList<string> Needs, Refusal? Refusal);

    /// <summary>Judges requests, in order.</summary>
    /// <param name="items">What is asked for.</param>
    /// <param name="account">The name of the account that asks; null for what was allowed before, as with a retry.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<Judged>> Judge(IReadOnlyList<TestRequest> items, string? account, CancellationToken cancellation)
    {
        var view = await dispatch.Look(cancellation);
        var learnt = await Learnt(items, view, cancellation);
        var useful = new Dictionary<(string Arch, string Need), bool>();
        return [.. items.Select((item, i) => Refuse(item, account, view, $"tests[{i}]") is { } refusal ? new Judged([], refusal) : new Judged(NeedsOf(item), null))];

        IReadOnlyList<string> NeedsOf(TestRequest item)
        {
            var configured = live.Needs.FirstOrDefault(n => n.Pattern.Matches(item.Package, item.Suite, item.Arch)).Words ?? [];
            // A backend that was asked for by name is what its requester gets.
            return item.Backend is null && learnt.GetValueOrDefault((item.Package, item.Suite)) is { } need && !configured.Contains(need) && IsUseful(item.Arch, need)
                ? [.. configured, need] : configured;
        }

        // A testbed that no worker has would leave the run waiting for ever; without it the other tests are run at least.
        bool IsUseful(string arch, string need)
        {
            if (!useful.TryGetValue((arch, need), out var known))
                useful[(arch, need)] = known = view.Taking.Any(w => Routing.BackendFor(w.Row.Offer, arch, [need], view.PausedBackends) is not null);
            return known;
        }
    }

    // Where no worker has an isolation there is nothing to be asked for.
    private async Task<IReadOnlyDictionary<(string Package, string Suite), string>> Learnt(IReadOnlyList<TestRequest> items, DispatchView view, CancellationToken cancellation) =>
        view.Taking.Any(w => w.Row.Offer.Backends.Any(b => Routing.IsolationOf(b).Count > 0))
            ? await needs.Learnt([.. items.Select(i => i.Package).Where(Names.IsPackage).Distinct()], cancellation)
            : new Dictionary<(string, string), string>();

    private Refusal? Refuse(TestRequest item, string? account, DispatchView view, string path) =>
        item.Check(live.Archive, path) ?? CheckSources(item, account, $"{path}.extraSources") ?? live.Rejects.Check(item, path) ?? view.Rejects.Check(item, path);

    private Refusal? CheckSources(TestRequest item, string? account, string path) => account is null ? null
        : item.ExtraSources.Select(name => live.Current.ExtraSources.GetValueOrDefault(name)?.CheckUser(name, account, path)).FirstOrDefault(r => r is not null);
}
