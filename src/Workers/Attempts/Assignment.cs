using System.Text.RegularExpressions;
using Debci.Domain;
using Debci.Workers.Server;

namespace Debci.Workers.Attempts;

/// <summary>What this worker was given to run, checked by itself: every word of it can become a path or an argument.</summary>
/// <param name="Id">Which attempt at which run.</param>
/// <param name="Package">Source package.</param>
/// <param name="Suite">Suite of the testbed.</param>
/// <param name="Arch">Debian architecture of the testbed.</param>
/// <param name="Triggers">What caused it.</param>
/// <param name="Pins">Packages taken from another suite.</param>
/// <param name="ExtraSources">Lines for apt's sources.</param>
/// <param name="Backend">The backend to run it on, one that this worker offers.</param>
/// <param name="Lease">How long it is this worker's from the claim.</param>
/// <param name="Limit">How long the whole run may take.</param>
/// <param name="Archive">Where the testbed takes its packages from; null for where it takes them from already.</param>
/// <param name="TimeoutFactor">What autopkgtest's own time limits are multiplied by.</param>
/// <param name="DirectUploads">Whether the server offers to have artifacts sent to its store.</param>
internal sealed partial record Assignment(
    AttemptId Id,
    string Package,
    string Suite,
    string Arch,
    IReadOnlyList<Trigger> Triggers,
    IReadOnlyList<Pin> Pins,
    IReadOnlyList<string> ExtraSources,
    string Backend,
    TimeSpan Lease,
    TimeSpan Limit,
    ArchiveSource? Archive = null,
    double TimeoutFactor = 1,
    bool DirectUploads = false)
{
    private const int LongestRunSeconds = 7 * 24 * 3600;

    /// <summary>Checks a claim's answer by the rules for requests (Debci.Domain.Names), as if the server had not.</summary>
    /// <param name="answer">What the server sent.</param>
    /// <param name="arches">Architectures that were offered.</param>
    /// <param name="backends">Backends that were offered.</param>
    /// <exception cref="RefusedException">A part of it breaks a rule, or was never offered.</exception>
    public static Assignment Read(ClaimAnswer answer, IReadOnlyCollection<string> arches, IReadOnlyCollection<string> backends)
    {
        Check(answer.Run > 0 && answer.Attempt > 0, "The server gave a run without a number.");
        Check(Names.IsPackage(answer.Package ?? ""), $"The server gave {Quote(answer.Package)}, which is no source package name.");
        Check(Names.IsWord(answer.Suite ?? ""), $"The server gave {Quote(answer.Suite)}, which is no suite name.");
        Check(arches.Contains(answer.Arch), $"The server gave a run on {Quote(answer.Arch)}, which was not offered.");
        Check(backends.Contains(answer.Backend), $"The server gave a run on the backend {Quote(answer.Backend)}, which was not offered.");
        Check(answer.LeaseSeconds is > 0 and <= LongestRunSeconds, "The server gave a lease that is no length of time.");
        Check(answer.TimeoutSeconds is > 0 and <= LongestRunSeconds, "The server gave a time limit that is not within 1 s and 7 days.");
        Check(answer.TimeoutFactor is > 0 and <= 1000, "The server gave a time-out factor that is no number above 0.");
        var pins = answer.Pins ?? [];
        Check(pins.All(p => p is { Packages: not null, Suite: not null } && p.IsReadable()), "The server gave a pin that cannot be read.");
        var sources = answer.ExtraSources ?? [];
        Check(sources.All(s => s is not null && SourceLine().IsMatch(s)), "The server gave an extra source that is no line of apt's sources.");
        return new Assignment(
            new AttemptId(answer.Run, answer.Attempt), answer.Package!, answer.Suite!, answer.Arch!, ReadTriggers(answer), pins, sources,
            answer.Backend!, TimeSpan.FromSeconds(answer.LeaseSeconds), TimeSpan.FromSeconds(answer.TimeoutSeconds), ReadArchive(answer), answer.TimeoutFactor, answer.DirectUploads);
    }

    private static ArchiveSource? ReadArchive(ClaimAnswer answer)
    {
        if (answer.Mirror is not { } mirror)
            return null;
        var archive = new ArchiveSource(mirror, answer.Keyring, answer.Components ?? ["main"]);
        Check(archive.IsReadable, "The server gave a mirror, keyring or components that are none.");
        return archive;
    }

    private static Trigger[] ReadTriggers(ClaimAnswer answer) =>
        [.. (answer.Triggers ?? []).Select(t => Trigger.TryParse(t ?? "")
            ?? throw Refused($"The server gave {Quote(t)}, which is no trigger."))];

    private static void Check(bool holds, string sentence)
    {
        if (!holds)
            throw Refused(sentence);
    }

    private static RefusedException Refused(string sentence) => new(RefusalCode.Invalid, sentence);

    private static string Quote(string? word) => StoredText.Quote(word ?? "");

    // sources.list(5), one-line style, in the characters that its addresses need: nothing that a shell or apt would read otherwise.
    [GeneratedRegex(@"\Adeb(?:-src)?(?: \[[A-Za-z0-9=,+./_ -]{1,200}\])? [a-z]+:[A-Za-z0-9:/._~+@%-]{1,300}(?: [A-Za-z0-9+./_-]{1,64}){1,16}\z")]
    private static partial Regex SourceLine();
}
