using Debci.Domain;
using Mediator;

namespace Debci.Api.Keys;

/// <summary>A command that not everybody may give.</summary>
public interface INeedsScope
{
    /// <summary>Who gives it.</summary>
    Caller Caller { get; }

    /// <summary>What the key must be allowed to do.</summary>
    Scope Needs { get; }
}

/// <summary>Whether a caller may do something.</summary>
public static class ScopeCheck
{
    /// <summary>The refusal for a caller without the scope; null for one who has it.</summary>
    public static Refusal? Refuse(Caller caller, Scope needs)
    {
        var scope = needs.ToString().ToLowerInvariant();
        return caller.Has(needs) ? null
            : caller.Scopes.Count == 0
                ? new Refusal(RefusalCode.KeyRequired, $"This needs a key with the scope {scope}: send Authorization: Bearer KEY. Keys are made by `debci key create`.")
                : new Refusal(RefusalCode.NotAllowed, $"Your key lacks the scope {scope}; ask an operator for one that has it.");
    }
}

/// <summary>Refuses commands of callers without the scope, before anything else happens.</summary>
public sealed class ScopeCheck<TMessage, TResponse> : IPipelineBehavior<TMessage, TResponse> where TMessage : INeedsScope, IMessage
{
    /// <inheritdoc/>
    public async ValueTask<TResponse> Handle(TMessage message, MessageHandlerDelegate<TMessage, TResponse> next, CancellationToken cancellationToken) =>
        ScopeCheck.Refuse(message.Caller, message.Needs) is { } refusal ? throw new RefusedException(refusal) : await next(message, cancellationToken);
}
