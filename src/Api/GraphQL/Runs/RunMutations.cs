using Debci.Api.Requests;
using Debci.Api.Runs;
using Debci.Domain;
using GraphQL;
using GraphQL.Types;
using Mediator;

namespace Debci.Api.GraphQL.Runs;

/// <summary><c>requestRuns</c>, <c>cancelRun</c>, <c>retryRun</c>, <c>publishRuns</c>.</summary>
public sealed class RunMutations(IMediator mediator, Notices notices)
{
    /// <summary>Adds the fields.</summary>
    public void AddTo(ObjectGraphType mutation)
    {
        mutation.Field<NonNullGraphType<OrRefused<BatchAcceptedType>>>("requestRuns")
            .Description("Asks for runs. Needs a key with the scope `request`.")
            .Argument<NonNullGraphType<RequestRunsInputType>>("input", "What is asked for.")
            .ResolveAsync(c =>
            {
                var input = c.GetArgument<RequestRunsInput>("input");
                List<TestRequest> tests = [.. input.Tests.Select(t => t.ToRequest())];
                return notices.On(mediator.Send(new RequestRuns(c.Caller(), input.BatchId, tests, input.OnBadTest == OnBadTest.RefuseTest ? OnBadRequest.RefuseRequest : OnBadRequest.RefuseBatch, input.AsSystem), c.CancellationToken), tests, c.CancellationToken)
                    .OrRefusal(b => b);
            });
        mutation.Field<NonNullGraphType<OrRefused<RunCancelledType>>>("cancelRun")
            .Description("Takes a run back, waiting or running. Its requester may, and operators.")
            .Argument<NonNullGraphType<IdGraphType>>("run", "Its number.")
            .Argument<StringGraphType>("reason", "Why; kept beside the log.")
            .ResolveAsync(c =>
            {
                var run = RunQueries.IdArgument(c, "run");
                return mediator.Send(new CancelRun(c.Caller(), run, c.GetArgument<string?>("reason")), c.CancellationToken).OrRefusal(o => new RunCancelled(run, o.Position));
            });
        mutation.Field<NonNullGraphType<OrRefused<BatchAcceptedType>>>("retryRun")
            .Description("Asks for the same again as a new run, for the first requester, with the same triggers and pins.")
            .Argument<NonNullGraphType<IdGraphType>>("run", "The run to repeat; it must be over.")
            .Argument<StringGraphType>("retryId", "Your own id for this retry: sent again, nothing changes.")
            .ResolveAsync(c => mediator.Send(
                new RetryRun(c.Caller(), RunQueries.IdArgument(c, "run"), c.GetArgument<string?>("retryId")), c.CancellationToken)
                .OrRefusal(b => new BatchView(b, [null])));
        PublishMutation.AddTo(mutation, mediator);
    }
}

/// <summary>A run that was taken back.</summary>
public sealed record RunCancelled(long Run, long Position);

/// <summary>A run that was taken back.</summary>
public sealed class RunCancelledType : ObjectGraphType<RunCancelled>
{
    /// <summary>Run and position.</summary>
    public RunCancelledType(Positions positions)
    {
        Name = "RunCancelled";
        Description = "The run is cancelled.";
        Field<NonNullGraphType<IdGraphType>>("run").Description("Its number.").Resolve(c => c.Source.Run);
        Field<NonNullGraphType<StringGraphType>>("position").Description("Give it as `minPosition` to read what you wrote.")
            .Resolve(c => positions.Show(c.Source.Position));
    }
}
