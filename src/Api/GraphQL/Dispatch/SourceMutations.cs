using Debci.Api.Dispatch;
using Debci.Domain;
using GraphQL;
using GraphQL.Types;
using Mediator;

namespace Debci.Api.GraphQL.Dispatch;

/// <summary><c>tellSources</c>: what whoever follows an archive tells of it.</summary>
public sealed class SourceMutations(IMediator mediator)
{
    /// <summary>Adds the field.</summary>
    public void AddTo(ObjectGraphType mutation) => mutation.Field<NonNullGraphType<OrRefused<DecidedType>>>("tellSources")
        .Description($"Tells which source packages a suite has lost, and which it has again, at most {TellSources.Most} a call: what has left is in none of debci's files of current results, and no count, until it is back. Needs a key with the scope `schedule`. What is so already stays so.")
        .Argument<NonNullGraphType<StringGraphType>>("suite", "Suite.")
        .Argument<ListGraphType<NonNullGraphType<StringGraphType>>>("removed", "Source packages that it does not have any more.")
        .Argument<ListGraphType<NonNullGraphType<StringGraphType>>>("returned", "Source packages that it has.")
        .ResolveAsync(c => mediator.Send(new ChangeSources(c.Caller(), new TellSources(c.GetArgument<string>("suite"), c.GetArgument<List<string>?>("removed") ?? [],
            c.GetArgument<List<string>?>("returned") ?? [])), c.CancellationToken).OrRefusal(p => new Decided(p)));
}
