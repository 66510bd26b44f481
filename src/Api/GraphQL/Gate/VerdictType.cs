using Debci.Api.Gate;
using Debci.Domain;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Gate;

/// <summary>How a required test stands.</summary>
public sealed class GateStateType() : DescribedEnum<GateState>("How a required test stands, in britney's words.",
    (GateState.Pass, "It passed: lets through."),
    (GateState.Neutral, "No test of it could say anything: lets through."),
    (GateState.OldPass, "It passed, in a version that no suite has any more: lets through, and is to be asked for again."),
    (GateState.OldNeutral, "It was neutral, in such a version: lets through, and is to be asked for again."),
    (GateState.Regression, "It fails, and did not before: rejects."),
    (GateState.AlwaysFail, "It fails, as it does without the candidate: lets through."),
    (GateState.IgnoreFail, "It fails, and a waiver covers that: lets through."),
    (GateState.Running, "It is pending: waits."),
    (GateState.RunningReference, "It fails, and the reference that says whether it did before is missing: waits."),
    (GateState.RunningAlwaysFail, "It is pending, and would not matter if it failed: lets through."),
    (GateState.Tmpfail, "It came to nothing through no fault of the package, and is not pending: waits."),
    (GateState.Missing, "Nobody has asked for it: waits."));

/// <summary>The answer for a candidate.</summary>
public sealed class GateAnswerType() : DescribedEnum<GateAnswer>("What a gate answers for a candidate.",
    (GateAnswer.Pass, "Every required test lets it through."), (GateAnswer.PassHinted, "A waiver lets it through, whatever its tests say."),
    (GateAnswer.Wait, "Something is not known yet."), (GateAnswer.Reject, "It breaks something."));

/// <summary>What the gate answers for a candidate.</summary>
public sealed class VerdictType : ObjectGraphType<GateVerdict>
{
    /// <summary>Answer, tests, waiver.</summary>
    public VerdictType(Positions positions)
    {
        Name = "Verdict";
        Description = "Whether a source may migrate, and why.";
        Field("source", v => v.Candidate.Source).Description("Source package.");
        Field("version", v => v.Candidate.Version).Description("Its version.");
        Field<NonNullGraphType<GateAnswerType>>("answer").Description("The one answer.").Resolve(c => c.Source.Answer);
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<TestVerdictType>>>>("tests").Description("Each required test, in order.").Resolve(c => c.Source.Tests);
        Field<WaiverType>("waiver").Description("The waiver of the candidate (force-skiptest) that holds.").Resolve(c => WaiverView.Of(c.Source.Waiver));
        Field<NonNullGraphType<StringGraphType>>("position").Description(MomentField.Help).Resolve(c => positions.Show(c.Source.Position));
    }
}

/// <summary>How a required test stands.</summary>
public sealed class TestVerdictType : ObjectGraphType<TestVerdict>
{
    /// <summary>State, and what is behind it.</summary>
    public TestVerdictType()
    {
        Name = "TestVerdict";
        Description = "How a required test stands, and why.";
        Field("package", t => t.Test.Package).Description("The tested source package.");
        Field("arch", t => t.Test.Arch).Description("Debian architecture.");
        Field<NonNullGraphType<GateStateType>>("state").Description("How it stands.").Resolve(c => c.Source.State);
        Field<NonNullGraphType<WeighedResultType>>("best").Description("The result that counts.").Resolve(c => c.Source.Best);
        Field<NonNullGraphType<WeighedResultType>>("reference").Description("What it is held against.").Resolve(c => c.Source.Reference);
        Field<IdGraphType>("pendingRun").Description("A run of it that is not over.").Resolve(c => c.Source.PendingRun);
        Field<WaiverType>("waiver").Description("The waiver (force-badtest) that covers it.").Resolve(c => WaiverView.Of(c.Source.Waiver));
        Field("isWanted", t => t.IsWanted).Description("Whether britney would ask for it now: it never ran, its result is old, or its regression is worth another try.");
        Field("isReferenceWanted", t => t.IsReferenceWanted).Description("Whether britney would ask for a reference now, with the trigger `migration-reference/0`.");
    }
}
