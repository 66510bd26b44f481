using Debci.Domain;
using Debci.Projections;
using GraphQL.Types;

namespace Debci.Api.GraphQL;

/// <summary>An enum with a description for each value.</summary>
public abstract class DescribedEnum<T> : EnumerationGraphType<T> where T : struct, Enum
{
    /// <summary>Describes the enum and its values, which are named in upper case.</summary>
    protected DescribedEnum(string description, params (T Value, string Description)[] values)
    {
        Description = description;
        foreach (var definition in Values)
            definition.Description = values.FirstOrDefault(v => v.Value.Equals(definition.Value)).Description ?? definition.Name;
    }
}

/// <summary>The result of a run.</summary>
public sealed class StatusType() : DescribedEnum<Status>("The result of a run, in debci's words.",
    (Status.Pass, "All tests passed; some may have been skipped."),
    (Status.Fail, "A test failed, or the package is erroneous."),
    (Status.Neutral, "No test ran that says anything about the package."),
    (Status.Tmpfail, "The infrastructure failed; this says nothing about the package."));

/// <summary>Where a run stands.</summary>
public sealed class RunStateType() : DescribedEnum<RunState>("Where a run stands.",
    (RunState.Pending, "Waits for a worker."),
    (RunState.Running, "A worker has it."),
    (RunState.Finished, "Has a result."),
    (RunState.Cancelled, "Was taken back."),
    (RunState.Superseded, "Gave way to a newer version before it ran."),
    (RunState.Abandoned, "Was given up after its last attempt."));

/// <summary>What went wrong outside the package.</summary>
public sealed class CauseType() : DescribedEnum<Cause>("What went wrong outside the package.",
    (Cause.SourceNotFound, "The archive has no such source package."),
    (Cause.SourceNotFetched, "The source could not be fetched."),
    (Cause.TestbedFailure, "The testbed broke, or was not fit to run anything."),
    (Cause.TestbedNotReady, "The testbed had no network, or apt could not bring its indexes up to date."),
    (Cause.TriggerNotInArchive, "The mirror was behind: what was tested is older than what the triggers name."),
    (Cause.UnexpectedExit, "autopkgtest ended in a way that its manual does not describe, or contradicted itself."),
    (Cause.TimedOut, "The run took longer than the limit for a whole run."),
    (Cause.WorkerLost, "The worker fell silent."),
    (Cause.LogTooLarge, "The test wrote more log than a run may, and was ended."));

/// <summary>The result of one test.</summary>
public sealed class TestOutcomeType() : DescribedEnum<TestOutcome>("The result of one test, in autopkgtest's words.",
    (TestOutcome.Pass, "Passed."),
    (TestOutcome.Fail, "Failed."),
    (TestOutcome.Skip, "Not run."),
    (TestOutcome.Flaky, "Failed, and is marked as flaky."));

/// <summary>What an index can be sorted by.</summary>
public sealed class IndexOrderType() : DescribedEnum<IndexOrder>("What an index can be sorted by.",
    (IndexOrder.Package, "By name."),
    (IndexOrder.Status, "By status: FAIL, NEUTRAL, PASS, TMPFAIL."),
    (IndexOrder.Finished, "By the time of the result."),
    (IndexOrder.Duration, "By how long the run took."));

/// <summary>What packages can be sorted by.</summary>
public sealed class PackageOrderType() : DescribedEnum<PackageOrder>("What packages can be sorted by.",
    (PackageOrder.Name, "By name; in a search first the name itself, then names that begin with it."),
    (PackageOrder.Newest, "The newest result first."));

/// <summary>Why something was refused.</summary>
public sealed class RefusalCodeType() : DescribedEnum<RefusalCode>("Why something was refused.",
    (RefusalCode.Invalid, "A field cannot be read or breaks a rule."),
    (RefusalCode.UnknownSuite, "There is no such suite here."),
    (RefusalCode.UnknownArch, "There is no such architecture here."),
    (RefusalCode.UnknownBackend, "There is no such backend here."),
    (RefusalCode.UnknownRun, "There is no such run, or none that you may see."),
    (RefusalCode.Conflict, "The present state does not allow it."),
    (RefusalCode.KeyRequired, "A key is needed: `Authorization: Bearer KEY`."),
    (RefusalCode.NotAllowed, "Your key lacks the scope."),
    (RefusalCode.TooLarge, "More than the stated limit."),
    (RefusalCode.NotYet, "Not within the time that the server waits; ask again."),
    (RefusalCode.Rejected, "The package is on the reject list."),
    (RefusalCode.UnknownWorker, "There is no such worker."),
    (RefusalCode.Expired, "It was there, and is kept no longer."));

/// <summary>What can be paused.</summary>
public sealed class PauseKindType() : DescribedEnum<PauseKind>("What can be paused.",
    (PauseKind.Arch, "All runs on a Debian architecture."),
    (PauseKind.Suite, "All runs in a suite."),
    (PauseKind.Backend, "A backend, on all workers."));
