using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Domain;
using Mediator;

namespace Debci.Api.Maintainers;

/// <summary>Tells who maintains the sources of a suite: all of them at once, in the place of what was told before.</summary>
/// <param name="Caller">Who follows the archive.</param>
/// <param name="Suite">Suite.</param>
/// <param name="Sources">All its sources.</param>
public sealed record TellMaintainers(Caller Caller, string Suite, IReadOnlyList<MaintainedSource> Sources) : ICommand<int>, INeedsScope
{
    /// <summary>More sources are in no suite.</summary>
    public const int MostSources = 200_000;

    /// <summary>One source names at most so many addresses.</summary>
    public const int MostAddresses = 100;

    private const int LongestAddress = 254; // RFC 5321

    /// <inheritdoc/>
    public Scope Needs => Scope.Schedule;

    /// <summary>The first thing wrong with it; null when it can be obeyed.</summary>
    public Refusal? Check(Archive archive) => archive.CheckSuite(Suite, "suite")
        ?? (Sources.Count > MostSources ? new Refusal(RefusalCode.TooLarge, $"One call takes at most {MostSources} sources; this one has {Sources.Count}.", "sources") : null)
        ?? (Sources.FirstOrDefault(s => !Names.IsPackage(s.Package)) is { } bad
            ? new Refusal(RefusalCode.Invalid, $"{StoredText.Quote(bad.Package)} is no source package name: use lower case letters, digits, + - and .", "sources") : null)
        ?? (Sources.FirstOrDefault(s => s.Addresses.Count > MostAddresses) is { } many
            ? new Refusal(RefusalCode.TooLarge, $"{many.Package} names {many.Addresses.Count} addresses; give at most {MostAddresses}.", "sources") : null)
        ?? (Sources.SelectMany(s => s.Addresses).FirstOrDefault(a => !IsAddress(a)) is { } wrong
            ? new Refusal(RefusalCode.Invalid, $"{StoredText.Quote(wrong)} is no mail address; give what stands between < and > in Maintainer and Uploaders.", "sources") : null);

    /// <summary>Whether it looks like a mail address: enough to be looked for, and it is never written to.</summary>
    public static bool IsAddress(string text) => text.Length is > 2 and <= LongestAddress && text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1
        && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c) || c is '<' or '>' or ',' or '/');
}

/// <summary>Keeps it; the answer is of how many sources.</summary>
public sealed class TellMaintainersHandler(MaintainerStore store, LiveConfiguration live) : ICommandHandler<TellMaintainers, int>
{
    /// <inheritdoc/>
    public async ValueTask<int> Handle(TellMaintainers command, CancellationToken cancellationToken)
    {
        if (command.Check(live.Archive) is { } refusal)
            throw new RefusedException(refusal);
        await store.Replace(command.Suite, command.Sources, cancellationToken);
        return command.Sources.Count;
    }
}
