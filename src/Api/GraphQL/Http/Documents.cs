using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using GraphQLParser;
using GraphQLParser.AST;

namespace Debci.Api.GraphQL.Http;

/// <summary>A document that can be parsed.</summary>
/// <param name="Parsed">Its tree.</param>
public sealed record Document(GraphQLDocument Parsed)
{
    /// <summary>Whether the operation of that name is a mutation; without a name, whether any is.</summary>
    public bool MayMutate(string? operation) => Parsed.Definitions.OfType<GraphQLOperationDefinition>()
        .Any(o => o.Operation == OperationType.Mutation && (string.IsNullOrEmpty(operation) || o.Name?.StringValue == operation));
}

/// <summary>Parsed documents by their text: programs send the same few again and again. Bounded; when it is full it begins anew.</summary>
public sealed class Documents
{
    private const int Most = 500;
    private const int MostLength = 20_000;
    private readonly ConcurrentDictionary<string, Document> parsed = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<GraphQLDocument, ConcurrentDictionary<string, (double Cost, int Depth)>> costs = [];

    /// <summary>What a kept document was found to cost, by what it depends on besides; null for one that is not kept.</summary>
    internal ConcurrentDictionary<string, (double Cost, int Depth)>? CostsOf(GraphQLDocument document) =>
        costs.TryGetValue(document, out var known) ? known : null;

    /// <summary>The document; null for one that cannot be parsed: the executer says what is wrong with it.</summary>
    /// <exception cref="global::GraphQL.ExecutionError">Its fragments make it larger than it looks.</exception>
    public Document? Find(string text)
    {
        if (parsed.TryGetValue(text, out var known))
            return known;
        try
        {
            var document = new Document(Parser.Parse<GraphQLDocument>(text, new ParserOptions { Ignore = IgnoreOptions.Comments, MaxDepth = 64 }));
            Expansion.Check(document.Parsed);
            if (text.Length > MostLength)
                return document;
            if (parsed.Count >= Most)
                parsed.Clear();
            costs.Add(document.Parsed, new ConcurrentDictionary<string, (double, int)>(StringComparer.Ordinal));
            return parsed[text] = document;
        }
        catch (Exception bad) when (bad is GraphQLParser.Exceptions.GraphQLParserException)
        {
            return null;
        }
    }
}
