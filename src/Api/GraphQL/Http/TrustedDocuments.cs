using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Debci.Api.Configuration;
using GraphQLParser;
using GraphQLParser.AST;

namespace Debci.Api.GraphQL.Http;

/// <summary>
/// Documents that the operator put into a folder, each known by <c>sha256:</c> and the hash of its file's bytes: a program asks for them by
/// that id, and a server can be told to execute nothing else. Read once, at the start.
/// </summary>
public sealed class TrustedDocuments
{
    private readonly FrozenDictionary<string, string> byId;

    /// <summary>Reads the configured folder.</summary>
    /// <exception cref="ConfigurationException">It is not there, or a file in it is no GraphQL document.</exception>
    public TrustedDocuments(DebciConfiguration configuration)
    {
        Only = configuration.OnlyDocuments;
        if (configuration.Documents.Length == 0)
        {
            byId = FrozenDictionary<string, string>.Empty;
            if (Only)
                throw new ConfigurationException(["graphql.only-documents is true, but graphql.documents names no folder; nothing could be asked."]);
            return;
        }
        if (!Directory.Exists(configuration.Documents))
            throw new ConfigurationException([$"graphql.documents: there is no folder {configuration.Documents}; make it, or name another."]);
        byId = Directory.EnumerateFiles(configuration.Documents, "*.graphql").Select(Read)
            .DistinctBy(d => d.Id).ToFrozenDictionary(d => d.Id, d => d.Text, StringComparer.Ordinal);
    }

    /// <summary>Whether nothing else is executed.</summary>
    public bool Only { get; }

    /// <summary>The document of an id; null when there is none.</summary>
    public string? Find(string id) => byId.GetValueOrDefault(id);

    /// <summary>The id of a file's bytes.</summary>
    public static string IdOf(ReadOnlySpan<byte> file) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(file))}";

    private static (string Id, string Text) Read(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var text = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
        if (text.Length > GraphQLLimits.DocumentLength)
            throw new ConfigurationException([$"{file}: a document has {GraphQLLimits.DocumentLength} characters at most."]);
        try
        {
            Parser.Parse<GraphQLDocument>(text);
            return (IdOf(bytes), text);
        }
        catch (GraphQLParser.Exceptions.GraphQLParserException bad)
        {
            throw new ConfigurationException([$"{file}: this is no GraphQL document: {bad.Message}"]);
        }
    }
}
