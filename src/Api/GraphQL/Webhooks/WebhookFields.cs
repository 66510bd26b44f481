using Debci.Api.GraphQL.Runs;
using Debci.Api.Keys;
using Debci.Api.Webhooks;
using Debci.Domain;
using Debci.Projections;
using GraphQL;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Webhooks;

/// <summary><c>webhooks</c>, <c>addWebhook</c>, <c>enableWebhook</c>, <c>removeWebhook</c>: each account has its own; operators see and change all.</summary>
public sealed class WebhookFields(WebhookStore store, Positions positions)
{
    /// <summary>Adds the query.</summary>
    public void AddTo(ObjectGraphType query) => query
        .Field<NonNullGraphType<ListGraphType<NonNullGraphType<WebhookType>>>>("webhooks")
        .Description("Your webhooks, the oldest first; with an operator's key everybody's. None without a key.")
        .ResolveAsync(async c => c.Caller().Scopes.Count == 0 ? [] : await store.List(Own(c.Caller()), c.CancellationToken));

    /// <summary>Adds the mutations.</summary>
    public void AddMutations(ObjectGraphType mutation)
    {
        mutation.Field<NonNullGraphType<OrRefused<WebhookAddedType>>>("addWebhook")
            .Description("Has an address told of changes of runs from now on, of public ones and of your private ones: ops/webhooks.md. Needs a key with the scope `request`.")
            .Argument<NonNullGraphType<StringGraphType>>("url", "Where: https://… or http://…, not of a private network unless the operator allows that.")
            .Argument<RunFilterType>("filter", "Which runs, as `runChanged` takes it; all, if it is left out.")
            .ResolveAsync(c => Add(c).OrRefusal(added => added));
        Change(mutation, "enableWebhook", "Has a webhook that was disabled told again, from where it was left.", store.Enable);
        Change(mutation, "removeWebhook", "Removes a webhook, and what is remembered of its deliveries.", store.Remove);
    }

    private async ValueTask<WebhookAdded> Add(IResolveFieldContext c)
    {
        var url = WebhookAddress.Check(c.GetArgument<string>("url"));
        MayChange(c.Caller());
        var (id, secret) = await store.Add(c.Caller().AccountId, url, c.GetArgument<RunFilter?>("filter") ?? new RunFilter(), positions.Reached, c.CancellationToken);
        return new WebhookAdded(id, secret);
    }

    private static void Change(ObjectGraphType mutation, string name, string description, Func<Guid, Guid?, CancellationToken, Task<bool>> change) => mutation
        .Field<NonNullGraphType<OrRefused<WebhookChangedType>>>(name).Description($"{description} Needs a key with the scope `request`.")
        .Argument<NonNullGraphType<IdGraphType>>("id", "Which.")
        .ResolveAsync(c => Change(c, change).OrRefusal(id => new WebhookChanged(id)));

    private static async ValueTask<Guid> Change(IResolveFieldContext c, Func<Guid, Guid?, CancellationToken, Task<bool>> change)
    {
        MayChange(c.Caller());
        var text = c.GetArgument<string>("id");
        return Guid.TryParse(text, out var id) && await change(id, Own(c.Caller()), c.CancellationToken) ? id
            : throw new RefusedException(RefusalCode.Invalid, $"You have no webhook {StoredText.Quote(text)}; `webhooks` lists those that you have.", "id");
    }

    private static void MayChange(Caller caller)
    {
        if (ScopeCheck.Refuse(caller, Scope.Request) is { } refusal)
            throw new RefusedException(refusal);
    }

    private static Guid? Own(Caller caller) => caller.Has(Scope.Admin) ? null : caller.AccountId;
}
