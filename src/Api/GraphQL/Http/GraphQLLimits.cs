using Debci.Api.Configuration;
using GraphQL.Validation;
using GraphQL.Validation.Rules.Custom;

namespace Debci.Api.GraphQL.Http;

/// <summary>How large, how deep and how dear what is asked may be, and how much one WebSocket may hold.</summary>
public sealed class GraphQLLimits(DebciConfiguration configuration, Documents documents)
{
    /// <summary>Longest document, in characters. What is long goes into variables.</summary>
    public const int DocumentLength = 100_000;
    /// <summary>Largest body of a POST.</summary>
    public const int BodyBytes = 32 << 20;
    /// <summary>Largest message that a WebSocket takes. Requests of thousands of tests go by POST.</summary>
    public const int SocketMessageBytes = 1 << 20;
    /// <summary>Operations that one WebSocket runs at a time.</summary>
    public const int SocketOperations = 100;
    /// <summary>Messages that wait for a client that reads slowly, before what makes more of them waits too.</summary>
    public const int SocketQueueMessages = 100;
    /// <summary>How long a WebSocket may be open without <c>connection_init</c>.</summary>
    public static readonly TimeSpan SocketInit = TimeSpan.FromSeconds(5);

    /// <summary>What documents are held against, before anything of them runs.</summary>
    public IReadOnlyList<IValidationRule> Rules { get; } =
    [
        .. DocumentValidator.CoreRules,
        .. configuration.Introspection ? Array.Empty<IValidationRule>() : [NoIntrospectionValidationRule.Instance],
        new CostRule(configuration.MaxDepth, configuration.MaxComplexity, documents),
    ];
}
