using Debci.Api.Amqp;
using Debci.Domain;

namespace Debci.Api.Claims;

/// <summary>What a claim must be like.</summary>
internal static class ClaimCheck
{
    private const int MostWords = 32;
    private const int MostCapacity = 1000;

    /// <summary>The first thing wrong with it; null when it can be served.</summary>
    public static Refusal? Refuse(ClaimRun claim, Archive archive) =>
        !Names.IsWorker(claim.Worker)
            ? new Refusal(RefusalCode.Invalid, $"{StoredText.Quote(claim.Worker)} is no name for a worker: letters, digits, '.', '_', '-', ':', at most 128.", "worker")
        : claim.Worker.StartsWith(AmqpFleet.WorkerBegin, StringComparison.Ordinal) && claim.Caller.AccountId != Guid.Empty
            ? new Refusal(RefusalCode.Invalid, $"Names that begin with {AmqpFleet.WorkerBegin} are those of fleets behind RabbitMQ; choose another.", "worker")
        : claim.Offer.Arches.Concat(claim.Offer.Backends).Concat(claim.Offer.Tags).Any(w => w is null) || claim.Software is null
            ? new Refusal(RefusalCode.Invalid, "Arches, backends, tags and software are words, not null.")
        : claim.Offer.Arches.Count is 0 or > MostWords || claim.Offer.Backends.Count is 0 or > MostWords
            ? new Refusal(RefusalCode.Invalid, $"Name 1 to {MostWords} arches, and 1 to {MostWords} backends.", "arches")
        : claim.Capacity is < 1 or > MostCapacity
            ? new Refusal(RefusalCode.Invalid, $"A worker's capacity is 1 to {MostCapacity} runs at once, and not {claim.Capacity}.", "capacity")
        : claim.Software.Length > 200
            ? new Refusal(RefusalCode.TooLarge, "Name and version of the worker's software take at most 200 characters.", "software")
        : claim.Offer.Arches.Select(a => archive.CheckArch(a, "arches")).Concat(claim.Offer.Backends.Select(b => archive.CheckBackend(b, "backends"))).FirstOrDefault(r => r is not null)
            ?? CheckTags(claim.Offer.Tags, archive);

    // A tag that is a backend's name, or an isolation, would promise what the worker's backends do not have.
    private static Refusal? CheckTags(IReadOnlyList<string> tags, Archive archive) =>
        tags.Count > MostWords ? new Refusal(RefusalCode.TooLarge, $"A worker has at most {MostWords} tags.", "tags")
        : tags.FirstOrDefault(t => !Names.IsWord(t) || archive.Backends.Contains(t) || t is Routing.Machine or Routing.Container) is { } bad
            ? new Refusal(RefusalCode.Invalid, $"{StoredText.Quote(bad)} is no tag: a word of lower case letters, digits, '.', '_', '+' and '-' that is neither a backend nor an isolation.", "tags")
            : null;
}
