using Debci.Api.Dispatch;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;
using Mediator;

namespace Debci.Api.GraphQL.Dispatch;

/// <summary>What operators do: pause, reject, drain, restore, lift a quarantine, cancel by filter.</summary>
public sealed class DispatchMutations(IMediator mediator)
{
    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType mutation)
    {
        AddPolicies(mutation);
        AddWorkers(mutation);
        mutation.Field<NonNullGraphType<OrRefused<RunsCancelledType>>>("cancelRuns")
            .Description($"Takes back the pending and running runs that fit, at most {CancelRuns.Most} a call: go on while there are more. Requesters take back their own, operators everybody's.")
            .Argument<NonNullGraphType<QueueFilterType>>("filter", "Which; it must say something.").Argument<StringGraphType>("reason", "Why.")
            .ResolveAsync(c => mediator.Send(new CancelRuns(c.Caller(), c.GetArgument<QueueFilter>("filter"), c.GetArgument<string?>("reason")), c.CancellationToken).OrRefusal(d => d));
    }

    private void AddPolicies(ObjectGraphType mutation)
    {
        Policy(mutation, "pause", "Gives out no more runs of an arch, of a suite or on a backend; what runs goes on.",
            (c, why) => new PolicyCommand.Pause(c.GetArgument<PauseKind>("kind"), c.GetArgument<string>("name"), why))
            .Argument<NonNullGraphType<PauseKindType>>("kind", "What kind of name.").Argument<NonNullGraphType<StringGraphType>>("name", "The arch, suite or backend.");
        Policy(mutation, "unpause", "Gives them out again.",
            (c, why) => new PolicyCommand.Unpause(c.GetArgument<PauseKind>("kind"), c.GetArgument<string>("name"), why))
            .Argument<NonNullGraphType<PauseKindType>>("kind", "What kind of name.").Argument<NonNullGraphType<StringGraphType>>("name", "The arch, suite or backend.");
        Policy(mutation, "rejectRequests", "Refuses requests that match from now on; the reason is required, since whoever is refused reads it. Runs that are pending stay.",
            (c, why) => new PolicyCommand.Reject(c.GetArgument<string>("pattern"), why ?? ""))
            .Argument<NonNullGraphType<StringGraphType>>("pattern", "`package`, `package/suite` or `package/suite/arch`, with `*` and `?`.");
        Policy(mutation, "readmitRequests", "Takes them again.", (c, why) => new PolicyCommand.Readmit(c.GetArgument<string>("pattern"), why))
            .Argument<NonNullGraphType<StringGraphType>>("pattern", "As it was given.");
        Policy(mutation, "liftQuarantine", "Gives out the held runs of a package again.",
            (c, why) => new PolicyCommand.LiftQuarantine(c.GetArgument<string>("package"), c.GetArgument<string>("suite"), c.GetArgument<string>("arch"), c.GetArgument<string?>("version"), why))
            .Argument<NonNullGraphType<StringGraphType>>("package", "Source package.").Argument<NonNullGraphType<StringGraphType>>("suite", "Suite.")
            .Argument<NonNullGraphType<StringGraphType>>("arch", "Debian architecture.").Argument<StringGraphType>("version", "The version, as the quarantine names it.");
    }

    private void AddWorkers(ObjectGraphType mutation)
    {
        Worker(mutation, "drainWorker", "Lets a worker finish what it has, and gives it nothing more.", (name, why) => new WorkerCommand.Drain(name, why));
        Worker(mutation, "resumeWorker", "Gives a drained worker runs again.", (name, why) => new WorkerCommand.Resume(name, why));
        Worker(mutation, "restoreWorker", "Takes a worker that was set aside back among the others; its past does not count any more.", (name, why) => new WorkerCommand.Restore(name, null, why));
    }

    private global::GraphQL.Builders.FieldBuilder<object?, object> Policy(ObjectGraphType mutation, string name, string description, Func<IResolveFieldContext, string?, PolicyCommand> command) =>
        mutation.Field<NonNullGraphType<OrRefused<DecidedType>>>(name).Description($"{description} Needs a key with the scope `admin`. What is so already stays so.")
            .Argument<StringGraphType>("reason", "Why; kept beside the log.")
            .ResolveAsync(c => mediator.Send(new ChangePolicy(c.Caller(), name, c.GetArgument<string?>("reason"), why => command(c, why)), c.CancellationToken).OrRefusal(p => new Decided(p)));

    private void Worker(ObjectGraphType mutation, string name, string description, Func<string, string?, WorkerCommand> command) =>
        mutation.Field<NonNullGraphType<OrRefused<DecidedType>>>(name).Description($"{description} Needs a key with the scope `admin`. What is so already stays so.")
            .Argument<NonNullGraphType<StringGraphType>>("worker", "Its name.").Argument<StringGraphType>("reason", "Why; kept beside the log.")
            .ResolveAsync(c => mediator.Send(new ChangeWorker(c.Caller(), name, c.GetArgument<string?>("reason"), why => command(c.GetArgument<string>("worker"), why)), c.CancellationToken)
                .OrRefusal(p => new Decided(p)));
}

/// <summary>A decision that holds.</summary>
public sealed record Decided(long Position);

/// <summary>A decision that holds.</summary>
public sealed class DecidedType : ObjectGraphType<Decided>
{
    /// <summary>Its position.</summary>
    public DecidedType(Positions positions)
    {
        Name = "Decided";
        Description = "It is decided, and holds.";
        Field<NonNullGraphType<StringGraphType>>("position").Description("Give it as `minPosition` to read what you wrote.").Resolve(c => positions.Show(c.Source.Position));
    }
}

/// <summary>Runs that were taken back.</summary>
public sealed class RunsCancelledType : ObjectGraphType<CancelRuns.Done>
{
    /// <summary>How many, and whether there are more.</summary>
    public RunsCancelledType(Positions positions)
    {
        Name = "RunsCancelled";
        Description = "The runs are cancelled.";
        Field("cancelled", d => d.Cancelled).Description("How many were taken back now.");
        Field("more", d => d.More).Description("Whether there may be more that fit: call again.");
        Field<NonNullGraphType<StringGraphType>>("position").Description("Give it as `minPosition` to read what you wrote.").Resolve(c => positions.Show(c.Source.Position));
    }
}

/// <summary>Which runs of the queue.</summary>
public sealed class QueueFilterType : InputObjectGraphType<QueueFilter>
{
    /// <summary>Each field narrows it.</summary>
    public QueueFilterType()
    {
        Name = "QueueFilter";
        Description = "Which runs; what is left out does not matter.";
        Field<StringGraphType>("suite").Description("Suite.");
        Field<StringGraphType>("arch").Description("Debian architecture.");
        Field<StringGraphType>("package").Description("Source package.");
        Field<StringGraphType>("requester").Description("Account id of who asked.");
        Field<StringGraphType>("trigger").Description("One of its triggers, `source/version`.");
    }
}
