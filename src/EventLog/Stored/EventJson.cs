using System.Text.Json;
using System.Text.Json.Serialization;
using Debci.Domain;

namespace Debci.EventLog;

/// <summary>
/// How events are written on either engine: camelCase, enums as strings, nulls left out, numbers only integers.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(StoredTextConverter), typeof(StoredWord<Status>), typeof(StoredWord<TestOutcome>), typeof(StoredWord<Cause>), typeof(StoredWord<RefusalCode>), typeof(StoredWord<PauseKind>), typeof(StoredWord<WaiverKind>), typeof(StoredWord<RetentionRule>), typeof(StoredWord<Origin>)])]
[JsonSerializable(typeof(BatchEvent.Requested), TypeInfoPropertyName = "RunRequested")]
[JsonSerializable(typeof(BatchEvent.Joined), TypeInfoPropertyName = "RunJoined")]
[JsonSerializable(typeof(BatchEvent.ItemRefused), TypeInfoPropertyName = "RequestRefused")]
[JsonSerializable(typeof(BatchEvent.Accepted), TypeInfoPropertyName = "BatchAccepted")]
[JsonSerializable(typeof(BatchEvent.GivenUp), TypeInfoPropertyName = "BatchGivenUp")]
[JsonSerializable(typeof(RunEvent.Started), TypeInfoPropertyName = "RunStarted")]
[JsonSerializable(typeof(RunEvent.AttemptFailed), TypeInfoPropertyName = "RunAttemptFailed")]
[JsonSerializable(typeof(RunEvent.Lost), TypeInfoPropertyName = "RunLost")]
[JsonSerializable(typeof(RunEvent.Finished), TypeInfoPropertyName = "RunFinished")]
[JsonSerializable(typeof(RunEvent.Cancelled), TypeInfoPropertyName = "RunCancelled")]
[JsonSerializable(typeof(RunEvent.Superseded), TypeInfoPropertyName = "RunSuperseded")]
[JsonSerializable(typeof(RunEvent.Abandoned), TypeInfoPropertyName = "RunAbandoned")]
[JsonSerializable(typeof(RunEvent.Imported), TypeInfoPropertyName = "RunImported")]
[JsonSerializable(typeof(RunEvent.FilesExpired), TypeInfoPropertyName = "RunFilesExpired")]
[JsonSerializable(typeof(RunEvent.Published), TypeInfoPropertyName = "RunPublished")]
[JsonSerializable(typeof(WorkerEvent.Announced), TypeInfoPropertyName = "WorkerAnnounced")]
[JsonSerializable(typeof(WorkerEvent.Drained), TypeInfoPropertyName = "WorkerDrained")]
[JsonSerializable(typeof(WorkerEvent.Resumed), TypeInfoPropertyName = "WorkerResumed")]
[JsonSerializable(typeof(WorkerEvent.SetAside), TypeInfoPropertyName = "WorkerSetAside")]
[JsonSerializable(typeof(WorkerEvent.Restored), TypeInfoPropertyName = "WorkerRestored")]
[JsonSerializable(typeof(PolicyEvent.Paused), TypeInfoPropertyName = "PolicyPaused")]
[JsonSerializable(typeof(PolicyEvent.Unpaused), TypeInfoPropertyName = "PolicyUnpaused")]
[JsonSerializable(typeof(PolicyEvent.Rejected), TypeInfoPropertyName = "PolicyRejected")]
[JsonSerializable(typeof(PolicyEvent.Readmitted), TypeInfoPropertyName = "PolicyReadmitted")]
[JsonSerializable(typeof(PolicyEvent.Quarantined), TypeInfoPropertyName = "PolicyQuarantined")]
[JsonSerializable(typeof(PolicyEvent.QuarantineLifted), TypeInfoPropertyName = "PolicyQuarantineLifted")]
[JsonSerializable(typeof(PolicyEvent.Waived), TypeInfoPropertyName = "PolicyWaived")]
[JsonSerializable(typeof(PolicyEvent.WaiverWithdrawn), TypeInfoPropertyName = "PolicyWaiverWithdrawn")]
[JsonSerializable(typeof(SourceEvent.Removed), TypeInfoPropertyName = "SourceRemoved")]
[JsonSerializable(typeof(SourceEvent.Returned), TypeInfoPropertyName = "SourceReturned")]
[JsonSerializable(typeof(StoredCommand))]
internal sealed partial class EventJson : JsonSerializerContext;

/// <summary>An enum as its word in camelCase; a number or an unknown word is damage.</summary>
internal sealed class StoredWord<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
