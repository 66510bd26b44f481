using System.Text.Json.Serialization;
using Debci.Domain;

namespace Debci.Workers.Server;

// The worker protocol, version 1 (ops/worker-protocol.md): the bodies of its calls and answers.

/// <summary>Asks for a run.</summary>
/// <param name="Claim">Fresh for each claim; sent again, it gives the same run again.</param>
/// <param name="Worker">The worker's name.</param>
/// <param name="Arches">Debian architectures that it can test.</param>
/// <param name="Backends">Backends that it offers, the preferred one first.</param>
/// <param name="Software">Name and version of this program.</param>
/// <param name="WaitSeconds">How long the server may hold the call until there is a run.</param>
/// <param name="Tags">What else it offers, in words of its operator.</param>
internal sealed record ClaimCall(
    Guid Claim, string Worker, IReadOnlyList<string> Arches, IReadOnlyList<string> Backends, string Software, int WaitSeconds, IReadOnlyList<string> Tags);

/// <summary>The run that was given. Nothing in it is trusted before <see cref="Attempts.Assignment.Read"/> has checked it.</summary>
internal sealed record ClaimAnswer(
    long Run,
    int Attempt,
    string? Package,
    string? Suite,
    string? Arch,
    IReadOnlyList<string>? Triggers,
    IReadOnlyList<Pin>? Pins,
    IReadOnlyList<string>? ExtraSources,
    string? Backend,
    int LeaseSeconds,
    int TimeoutSeconds,
    double TimeoutFactor = 1,
    string? Mirror = null,
    string? Keyring = null,
    IReadOnlyList<string>? Components = null,
    bool DirectUploads = false);

/// <summary>What a file is that is about to be sent to the store, or was.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Md5">In lower case hexadecimal digits.</param>
/// <param name="Sha256">The same.</param>
internal sealed record FileFacts(long Size, string Md5, string Sha256);

/// <summary>Where the store takes it.</summary>
/// <param name="Address">For a PUT.</param>
/// <param name="Headers">That the PUT must have.</param>
/// <param name="Ticket">Names it when it was sent.</param>
internal sealed record OfferAnswer(string? Address, IReadOnlyDictionary<string, string>? Headers, Guid Ticket);

/// <summary>How long the run is this worker's from now on.</summary>
internal sealed record LeaseAnswer(int LeaseSeconds);

/// <summary>How many bytes of the log the server has.</summary>
internal sealed record SizeAnswer(long Size);

/// <summary>How the attempt ended.</summary>
/// <param name="ExitCode">autopkgtest's; null when it had to be killed.</param>
/// <param name="Summary">autopkgtest's file of that name; empty when there is none.</param>
/// <param name="TestpkgVersion">autopkgtest's file of that name; empty when there is none.</param>
/// <param name="StartedAt">By this worker's clock.</param>
/// <param name="DurationSeconds">From preparing the testbed to the end of the test.</param>
/// <param name="TimedOut">Whether the limit for the whole run ended it.</param>
/// <param name="LogSize">How many log bytes were sent.</param>
/// <param name="Installed">Packages of the testbed that are named like a trigger's source.</param>
/// <param name="LogTooLarge">Whether the test was ended since it wrote more log than a run may.</param>
internal sealed record ReportCall(
    int? ExitCode, string Summary, string TestpkgVersion, DateTimeOffset StartedAt, int DurationSeconds, bool TimedOut, long LogSize,
    IReadOnlyList<InstalledPackage> Installed, bool LogTooLarge);

/// <summary>What the server made of a report.</summary>
internal sealed record ReportAnswer(string? Position, string? State, string? Status);

/// <summary>Why a call was refused; <c>size</c> comes with LOG_GAP.</summary>
internal sealed record RefusalAnswer(string? Code, string? Message, string? Path, long? Size);

/// <summary>How the messages look as JSON: camelCase, nulls written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClaimCall))]
[JsonSerializable(typeof(ClaimAnswer))]
[JsonSerializable(typeof(LeaseAnswer))]
[JsonSerializable(typeof(SizeAnswer))]
[JsonSerializable(typeof(FileFacts))]
[JsonSerializable(typeof(OfferAnswer))]
[JsonSerializable(typeof(ReportCall))]
[JsonSerializable(typeof(ReportAnswer))]
[JsonSerializable(typeof(RefusalAnswer))]
internal sealed partial class MessageJson : JsonSerializerContext;
