using System.Text.Json;
using Debci.Api.Http;
using Debci.Api.Keys;
using GraphQL;
using GraphQL.Transport;
using GraphQL.Types;
using GraphQL.Validation;

namespace Debci.Api.GraphQL.Http;

/// <summary>
/// GraphQL over HTTP, as the GraphQL-over-HTTP specification has it: POST of JSON, one request a call. A request that accepts
/// <c>text/event-stream</c> is answered by graphql-sse (distinct connections mode), which subscriptions need.
/// </summary>
public sealed class GraphQLEndpoint(
    ISchema schema, IDocumentExecuter executer, IGraphQLTextSerializer serializer, Documents documents, GraphQLLimits limits, GraphQLErrors errors)
{
    private const string Response = "application/graphql-response+json";
    private const string Legacy = "application/json";
    private const string Events = "text/event-stream";

    /// <summary>Longest document, in characters. What is long goes into variables.</summary>
    public const int DocumentLength = 100_000;
    /// <summary>Largest body.</summary>
    public const int BodyBytes = 32 << 20;

    /// <summary>Answers one call.</summary>
    public async Task Answer(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
        {
            await Refuse(http, 415, "INVALID", "Send the request as application/json.");
            return;
        }
        var accept = http.Request.Headers.Accept.ToString();
        var request = await Read(http);
        if (request is null)
            return;
        using var pace = new Pace();
        var result = await Execute(http, request, pace);
        if (accept.Contains(Events, StringComparison.OrdinalIgnoreCase))
            await EventStream.Write(http, result, pace, serializer);
        else if (result.Streams is not null)
            await Refuse(http, 400, "INVALID", $"Subscriptions are served as events: send Accept: {Events}.");
        else
            await Write(http, accept, result);
    }

    private async Task<GraphQLRequest?> Read(HttpContext http)
    {
        try
        {
            var request = await serializer.ReadAsync<GraphQLRequest>(http.Request.Body, http.RequestAborted);
            if (string.IsNullOrWhiteSpace(request?.Query))
                await Refuse(http, 400, "INVALID", "The request has no query.");
            else if (request.Query.Length > DocumentLength)
                await Refuse(http, 400, "TOO_LARGE", $"A document has {DocumentLength} characters at most; put what is long into variables.");
            else
                return request;
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or NotSupportedException or FormatException)
        {
            await Refuse(http, 400, "INVALID", "The body is not one GraphQL request in JSON: {\"query\": \"…\", \"variables\": {…}}.");
        }
        return null;
    }

    private Task<ExecutionResult> Execute(HttpContext http, GraphQLRequest request, Pace pace) => executer.ExecuteAsync(new ExecutionOptions
    {
        Schema = schema,
        Query = request.Query,
        Document = documents.Find(request.Query!),
        OperationName = request.OperationName,
        Variables = request.Variables,
        RequestServices = http.RequestServices,
        UserContext = new Dictionary<string, object?> { [CallerContext.Key] = http.Caller(), [CallerContext.PaceKey] = pace },
        ValidationRules = DocumentValidator.CoreRules.Append(limits.Rule),
        UnhandledExceptionDelegate = errors.Translate,
        CancellationToken = http.RequestAborted,
    });

    private async Task Write(HttpContext http, string accept, ExecutionResult result)
    {
        // A client that asks for plain JSON only is one of old, and takes no status but 200 for an answer.
        var legacy = accept.Contains(Legacy, StringComparison.OrdinalIgnoreCase) && !accept.Contains(Response, StringComparison.OrdinalIgnoreCase);
        http.Response.ContentType = $"{(legacy ? Legacy : Response)}; charset=utf-8";
        http.Response.StatusCode = result.Executed || legacy ? 200 : 400;
        await serializer.WriteAsync(http.Response.Body, result, http.RequestAborted);
    }

    private async Task Refuse(HttpContext http, int status, string code, string sentence)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = $"{Response}; charset=utf-8";
        await serializer.WriteAsync(http.Response.Body, new ExecutionResult { Errors = [new ExecutionError(sentence) { Code = code }] }, http.RequestAborted);
    }
}

/// <summary>Where it is mapped.</summary>
public static class GraphQLRoutes
{
    /// <summary>Maps POST <paramref name="path"/>.</summary>
    public static void MapGraphQL(this IEndpointRouteBuilder routes, string path) =>
        routes.MapPost(path, (HttpContext http, GraphQLEndpoint endpoint) => endpoint.Answer(http)).WithMetadata(new BodyLimit(GraphQLEndpoint.BodyBytes));
}
