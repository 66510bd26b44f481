using Debci.Api.Hosting;
using Debci.Api.Keys;
using GraphQL;
using GraphQL.Transport;
using GraphQL.Types;

namespace Debci.Api.GraphQL.Http;

/// <summary>Executes GraphQL requests, whichever transport they come by. What is refused is an answer too, with a code and a sentence.</summary>
public sealed class Operations(
    ISchema schema, IDocumentExecuter executer, Documents documents, TrustedDocuments trusted, GraphQLLimits limits, GraphQLErrors errors, ReadsOnly? readsOnly = null)
{
    /// <summary>The code of a mutation that came by a method for reading.</summary>
    public const string WrongMethod = "METHOD_NOT_ALLOWED";

    /// <summary>Executes one request for a caller.</summary>
    /// <param name="request">The document, or the id of a trusted one, with its variables.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="pace">How fast the client takes a subscription's results; the transport tells it of each that was sent.</param>
    /// <param name="services">The request's services.</param>
    /// <param name="readOnly">Whether a mutation is refused.</param>
    /// <param name="cancellation">Ends the execution.</param>
    /// <returns>The answer; of a subscription, its stream.</returns>
    public async Task<ExecutionResult> Execute(
        GraphQLRequest request, Caller caller, Pace pace, IServiceProvider services, bool readOnly, CancellationToken cancellation)
    {
        try
        {
            var text = TextOf(request);
            var document = documents.Find(text);
            if (readOnly && document?.MayMutate(request.OperationName) == true)
                throw Refuse(WrongMethod, "A mutation is sent by POST, so that no link or page can cause it.");
            if (readsOnly is not null && document?.MayMutate(request.OperationName) == true)
                throw Refuse("NOT_ALLOWED", readsOnly.Refusal);
            var user = new Dictionary<string, object?> { [CallerContext.Key] = caller, [CallerContext.PaceKey] = pace };
            var result = await executer.ExecuteAsync(new ExecutionOptions
            {
                Schema = schema,
                Query = text,
                Document = document?.Parsed,
                OperationName = request.OperationName,
                Variables = request.Variables,
                RequestServices = services,
                UserContext = user,
                ValidationRules = limits.Rules,
                UnhandledExceptionDelegate = errors.Translate,
                CancellationToken = cancellation,
            });
            // The events of a subscription carry none: it was costed once, when it began.
            if (user.TryGetValue(CostRule.Key, out var cost) && result.Streams is null)
                (result.Extensions ??= [])[CostRule.Key] = cost;
            return result;
        }
        catch (ExecutionError refused)
        {
            return new RefusedResult(refused);
        }
    }

    /// <summary>A refusal, as an error to throw or to answer.</summary>
    internal static ExecutionError Refuse(string code, string sentence) => new(sentence) { Code = code };

    private string TextOf(GraphQLRequest request) => (request.Query, request.DocumentId) switch
    {
        (null or "", { Length: > 0 } id) => trusted.Find(id)
            ?? throw Refuse("UNKNOWN_DOCUMENT", "There is no document of this id here; ids are sha256: and the hash of the file, and an operator adds files."),
        (_, { Length: > 0 }) => throw Refuse("INVALID", "Send either query or documentId, not both."),
        _ when trusted.Only => throw Refuse("TRUSTED_DOCUMENTS_ONLY", "Only documents that the operator trusts are executed here; send the documentId of one."),
        ({ Length: > GraphQLLimits.DocumentLength }, _) =>
            throw Refuse("TOO_LARGE", $"A document has {GraphQLLimits.DocumentLength} characters at most; put what is long into variables."),
        ({ } query, _) when !string.IsNullOrWhiteSpace(query) => query,
        _ => throw Refuse("INVALID", "The request has no query."),
    };
}

/// <summary>The answer to a request that is none, or that is not executed here.</summary>
internal sealed class RefusedResult : ExecutionResult
{
    public RefusedResult(ExecutionError why) => Errors = [why];
}
