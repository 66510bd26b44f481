using Debci.Api.Runs;
using GraphQL;
using GraphQL.Types;
using Mediator;

namespace Debci.Api.GraphQL.Runs;

/// <summary><c>publishRuns</c>.</summary>
internal static class PublishMutation
{
    /// <summary>Adds the field.</summary>
    public static void AddTo(ObjectGraphType mutation, IMediator mediator) => mutation.Field<NonNullGraphType<OrRefused<RunsPublishedType>>>("publishRuns")
        .Description($"Makes private runs public, with their logs and artifacts, for good: your own, and as an operator everybody's. Others' are passed over. All must be over, or none is published. At most {PublishRuns.Most} a call.")
        .Argument<NonNullGraphType<ListGraphType<NonNullGraphType<IdGraphType>>>>("runs", "Their numbers.")
        .ResolveAsync(c => mediator.Send(new PublishRuns(c.Caller(), [.. c.GetArgument<List<string>>("runs").Select(r => RunQueries.ReadId(r, "runs"))]), c.CancellationToken).OrRefusal(d => d));
}

/// <summary>Runs that everybody may see.</summary>
public sealed class RunsPublishedType : ObjectGraphType<PublishRuns.Done>
{
    /// <summary>Runs and position.</summary>
    public RunsPublishedType(Positions positions)
    {
        Name = "RunsPublished";
        Description = "The runs are public.";
        Field<NonNullGraphType<ListGraphType<NonNullGraphType<IdGraphType>>>>("runs").Description("Those of yours that are public now.").Resolve(c => c.Source.Runs);
        Field<StringGraphType>("position").Description("Give it as `minPosition` to read what you wrote; null when nothing had to change.")
            .Resolve(c => c.Source.Position == 0 ? null : positions.Show(c.Source.Position));
    }
}
