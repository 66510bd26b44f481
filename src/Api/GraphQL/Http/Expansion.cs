using GraphQLParser.AST;

namespace Debci.Api.GraphQL.Http;

/// <summary>
/// How large a document is once its fragments are put in. A fragment that is spread twice in one that is spread twice, and so on, makes
/// millions of fields out of a few lines, and everything that walks the document would walk them all; so this is counted first, and
/// each fragment once.
/// </summary>
internal sealed class Expansion
{
    private const int MostSelections = 50_000;
    private const int MostNested = 64;
    private readonly Dictionary<string, GraphQLFragmentDefinition> fragments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> counted = new(StringComparer.Ordinal);

    private Expansion(GraphQLDocument document)
    {
        foreach (var fragment in document.Definitions.OfType<GraphQLFragmentDefinition>())
            fragments.TryAdd(fragment.FragmentName.Name.StringValue, fragment);
    }

    /// <summary>Refuses a document that grows too large.</summary>
    public static void Check(GraphQLDocument document)
    {
        var expansion = new Expansion(document);
        var sets = document.Definitions.OfType<GraphQLOperationDefinition>().Select(o => o.SelectionSet)
            .Concat(expansion.fragments.Values.Select(f => f.SelectionSet));
        if (sets.Any(s => expansion.Count(s, 0) > MostSelections))
            throw Operations.Refuse("TOO_LARGE", $"With its fragments put in, the document has more than {MostSelections} fields; ask for less at once.");
    }

    private double Count(GraphQLSelectionSet? set, int nested) => set?.Selections.Sum(s => 1 + s switch
    {
        GraphQLField field => Count(field.SelectionSet, nested),
        GraphQLInlineFragment inline => Count(inline.SelectionSet, nested),
        GraphQLFragmentSpread spread => Count(spread.FragmentName.Name.StringValue, nested + 1),
        _ => 0,
    }) ?? 0;

    private double Count(string fragment, int nested)
    {
        if (counted.TryGetValue(fragment, out var known))
            return known;
        if (nested > MostNested)
            throw Operations.Refuse("TOO_LARGE", $"Fragments are spread in fragments up to {MostNested} times; ask more directly.");
        counted[fragment] = 0; // of one that spreads itself, which validation refuses
        return counted[fragment] = Count(fragments.GetValueOrDefault(fragment)?.SelectionSet, nested);
    }
}
