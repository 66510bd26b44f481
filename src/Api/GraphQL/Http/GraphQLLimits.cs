using Debci.Api.Configuration;
using GraphQL.Validation;
using GraphQL.Validation.Complexity;
using GraphQL.Validation.Rules.Custom;

namespace Debci.Api.GraphQL.Http;

/// <summary>How deep and how dear a document may be.</summary>
public sealed class GraphQLLimits(DebciConfiguration configuration)
{
    /// <summary>Refuses what is over a limit, before anything of it runs.</summary>
    public IValidationRule Rule { get; } = new ComplexityValidationRule(new ComplexityOptions
    {
        MaxDepth = configuration.MaxDepth,
        MaxComplexity = configuration.MaxComplexity,
    });
}
