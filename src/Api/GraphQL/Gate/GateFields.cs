using Debci.Api.Gate;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Gate;

/// <summary><c>bestResults</c>, <c>verdicts</c>.</summary>
public sealed class GateFields(GateKeeper gate, WholeRows rows, Positions positions, AsOf asOf, TimeProvider clock)
{
    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType query)
    {
        query.Field<NonNullGraphType<ListGraphType<NonNullGraphType<BestResultType>>>>("bestResults")
            .Description("For each key the result that counts and the reference that it is held against, in the order of the keys. Among results the best one counts and not the newest; "
                + $"among references the newest. At most {GateKeeper.Most:#,0} keys.")
            .Argument<NonNullGraphType<StringGraphType>>("suite", "The target suite.").Argument<NonNullGraphType<ListGraphType<NonNullGraphType<ResultKeyInputType>>>>("keys", "What is looked up.")
            .Argument<StringGraphType>("requester", OutcomeFields.RequesterHelp).Argument<GateOptionsInputType>("options", "How old a reference may be.").AtLeast().AsOf()
            .ResolveAsync(async c =>
            {
                var when = await When(c);
                var keys = c.GetArgument<List<OutcomeKey>>("keys");
                var best = await gate.Weigh(Whose.Of(c.Caller(), c.GetArgument<string?>("requester")), c.GetArgument<string>("suite"), keys, Options(c), when, c.CancellationToken);
                return keys.Zip(best, (key, verdict) => new BestResult(key, verdict)).ToList();
            });
        query.Field<NonNullGraphType<ListGraphType<NonNullGraphType<VerdictType>>>>("verdicts")
            .Description("Whether sources may migrate, by the tests that you require, as britney would decide: each test with its state and what is behind it, and one answer. "
                + "What is not known never lets anything through; of a source without required tests nothing is to be known.")
            .Argument<NonNullGraphType<StringGraphType>>("suite", "The target suite.")
            .Argument<NonNullGraphType<ListGraphType<NonNullGraphType<CandidateInputType>>>>("candidates", "The sources, each with what is required of it.")
            .Argument<StringGraphType>("requester", OutcomeFields.RequesterHelp).Argument<GateOptionsInputType>("options", "How to decide.").AtLeast().AsOf()
            .ResolveAsync(async c =>
            {
                var when = await When(c);
                return await gate.Judge(Whose.Of(c.Caller(), c.GetArgument<string?>("requester")), c.GetArgument<string>("suite"), c.GetArgument<List<Candidate>>("candidates"), Options(c), when, c.CancellationToken);
            });
    }

    private async Task<GateMoment> When(IResolveFieldContext c)
    {
        await positions.WaitForArgument(c);
        if (await asOf.Argument(c) is not { } moment) // a waiver withdrawn, a reference that passed: what is old would let through
            return new GateMoment(new Moment(await rows.MustHaveAll(c.CancellationToken), clock.GetUtcNow()), IsPast: false);
        await rows.MustHavePast(moment.Position, c.CancellationToken);
        return new GateMoment(moment, IsPast: true);
    }

    private static GateOptions Options(IResolveFieldContext c)
    {
        var options = c.GetArgument<GateOptions?>("options") ?? new GateOptions();
        return options.Check() is { } refusal ? throw new RefusedException(refusal) : options;
    }
}

/// <summary>What is there about a key.</summary>
public sealed record BestResult(OutcomeKey Key, TestVerdict Verdict);

/// <summary>What a result is worth.</summary>
public sealed class GateResultType() : DescribedEnum<GateResult>("What a result is worth to a gate, the best first.",
    (GateResult.Pass, "It passed."), (GateResult.Neutral, "No test of it could say anything."), (GateResult.Fail, "It failed."),
    (GateResult.OldPass, "It passed, in a version that no suite has any more, or too long ago."), (GateResult.OldNeutral, "It was neutral, in such a version or so long ago."),
    (GateResult.OldFail, "It failed, in such a version or so long ago."), (GateResult.None, "There is none."));

/// <summary>A result that counts.</summary>
public sealed class WeighedResultType : ObjectGraphType<Weighed>
{
    /// <summary>Its worth and the run behind it.</summary>
    public WeighedResultType()
    {
        Name = "WeighedResult";
        Description = "A result, with what it is worth.";
        Field<NonNullGraphType<GateResultType>>("result").Description("What it is worth.").Resolve(c => c.Source.Result);
        Field<IdGraphType>("run").Description("The run behind it; null where there is none, or where any result counts.").Resolve(c => c.Source.Run?.Run);
        Field<StringGraphType>("version").Description("The version that was tested.").Resolve(c => c.Source.Run?.Version);
        Field<DateTimeGraphType>("recordedAt").Description("When its outcome was accepted, UTC: when it was stored, but for an imported run, whose outcome was accepted elsewhere.").Resolve(c => c.Source.Run?.At.UtcDateTime);
        Field<IntGraphType>("ageSeconds").Description("How long ago that is; of a past answer: was.")
            .Resolve(c => c.Source.Run is { } run ? (int)(TimeOf(c.Parent?.Source) - run.At).TotalSeconds : null);
    }

    private static DateTimeOffset TimeOf(object? asked) => asked switch
    {
        TestVerdict test => test.Moment.At,
        BestResult best => best.Verdict.Moment.At,
        _ => throw new System.Diagnostics.UnreachableException($"{asked}"),
    };
}

/// <summary>What is there about a key.</summary>
public sealed class BestResultType : ObjectGraphType<BestResult>
{
    /// <summary>Key, result, reference.</summary>
    public BestResultType(Positions positions)
    {
        Name = "BestResult";
        Description = "The result that counts for a package on an architecture and a trigger.";
        Field("package", b => b.Key.Package).Description("The tested source package.");
        Field("arch", b => b.Key.Arch).Description("Debian architecture.");
        Field("trigger", b => b.Key.Trigger).Description("What it was tested for.");
        Field<NonNullGraphType<WeighedResultType>>("best").Description("The result that counts.").Resolve(c => c.Source.Verdict.Best);
        Field<NonNullGraphType<WeighedResultType>>("reference").Description("What it is held against.").Resolve(c => c.Source.Verdict.Reference);
        Field<IdGraphType>("pendingRun").Description("A run of it that is not over.").Resolve(c => c.Source.Verdict.PendingRun);
        Field<NonNullGraphType<StringGraphType>>("position").Description(MomentField.Help).Resolve(c => positions.Show(c.Source.Verdict.Moment.Position));
    }
}
