using System.Collections.Concurrent;
using GraphQLParser;
using GraphQLParser.AST;

namespace Debci.Api.GraphQL.Http;

/// <summary>Parsed documents by their text: programs send the same few again and again. Bounded; when it is full it begins anew.</summary>
public sealed class Documents
{
    private const int Most = 500;
    private const int MostLength = 20_000;
    private readonly ConcurrentDictionary<string, GraphQLDocument> parsed = new(StringComparer.Ordinal);

    /// <summary>The parsed document; null for one that cannot be parsed or is not worth keeping: the executer does what is right with it.</summary>
    public GraphQLDocument? Find(string text)
    {
        if (parsed.TryGetValue(text, out var known))
            return known;
        if (text.Length > MostLength)
            return null;
        try
        {
            var document = Parser.Parse<GraphQLDocument>(text, new ParserOptions { Ignore = IgnoreOptions.Comments, MaxDepth = 64 });
            if (parsed.Count >= Most)
                parsed.Clear();
            return parsed[text] = document;
        }
        catch (Exception bad) when (bad is GraphQLParser.Exceptions.GraphQLParserException)
        {
            return null;
        }
    }
}
