using GraphQL.Types;

namespace Debci.Api.GraphQL;

/// <summary>A connection of a list that can be asked for as of a moment.</summary>
/// <typeparam name="TNode">The node's GraphQL type.</typeparam>
/// <typeparam name="T">The node's row.</typeparam>
public sealed class MomentConnectionType<TNode, T> : ConnectionType<TNode, T> where TNode : IGraphType
{
    /// <summary>Tells the position too.</summary>
    public MomentConnectionType(Positions positions) => Field<NonNullGraphType<StringGraphType>>("position").Description(MomentField.Help).Resolve(c => positions.Show(c.Source.Position));
}

/// <summary>The field <c>position</c> of answers that can be asked for as of a moment.</summary>
internal static class MomentField
{
    public const string Help = "The position of this answer: give it as `asOf` to see the same again. Without `asOf`, what was stored up to it is in the answer, and perhaps what came meanwhile.";
}
