using System.Text.Json;
using Debci.Api.GraphQL.Explorer;
using Debci.Api.Http;
using Debci.Api.Keys;
using GraphQL;
using GraphQL.Transport;

namespace Debci.Api.GraphQL.Http;

/// <summary>
/// GraphQL over HTTP, as the GraphQL-over-HTTP specification has it: POST of JSON, or GET for what only reads, one request a call. A
/// request that accepts <c>text/event-stream</c> is answered by graphql-sse (distinct connections mode), which subscriptions need; by GET,
/// so that a browser's own EventSource can follow. An upgrade is answered by <see cref="GraphQLSocket"/>,
/// and a browser that wants a page by <see cref="ExplorerPage"/>, also with a query in the address: it is shown there, and run by its reader.
/// </summary>
public sealed class GraphQLEndpoint(Operations operations, IGraphQLTextSerializer serializer, GraphQLSocket socket)
{
    private const string Response = "application/graphql-response+json";
    private const string Legacy = "application/json";
    private const string Events = "text/event-stream";

    /// <summary>Answers one call.</summary>
    public async Task Answer(HttpContext http)
    {
        if (http.WebSockets.IsWebSocketRequest)
        {
            await socket.Serve(http);
            return;
        }
        var reads = HttpMethods.IsGet(http.Request.Method);
        if (reads && http.Request.WantsPage())
        {
            await ExplorerPage.Write(http);
            return;
        }
        if (!reads && !http.Request.HasJsonContentType())
        {
            await Write(http, 415, Refused("INVALID", "Send the request as application/json."));
            return;
        }
        var pace = new Pace();
        ExecutionResult result;
        try
        {
            var request = reads ? OfAddress(http.Request.Query) : await serializer.ReadAsync<GraphQLRequest>(http.Request.Body, http.RequestAborted);
            result = await operations.Execute(request ?? new GraphQLRequest(), http.Caller(), pace, http.RequestServices, reads, http.RequestAborted);
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or NotSupportedException or FormatException)
        {
            result = Refused("INVALID", reads
                ? "The parameters are not one GraphQL request: query, operationName, and in JSON variables and extensions."
                : "The body is not one GraphQL request in JSON: {\"query\": \"…\", \"variables\": {…}}.");
        }
        await Answer(http, result, pace);
    }

    private async Task Answer(HttpContext http, ExecutionResult result, Pace pace)
    {
        var accept = http.Request.Headers.Accept.ToString();
        if (result.Errors?.FirstOrDefault()?.Code == Operations.WrongMethod)
        {
            http.Response.Headers.Allow = "POST";
            await Write(http, 405, result);
        }
        else if (accept.Contains(Events, StringComparison.OrdinalIgnoreCase))
            await EventStream.Write(http, result, pace, serializer);
        else if (result.Streams is not null)
            await Write(http, 400, Refused("INVALID", $"Subscriptions are served as events: send Accept: {Events}."));
        else
            await Write(http, result.Executed ? 200 : 400, result);
    }

    private GraphQLRequest OfAddress(IQueryCollection address) => new()
    {
        Query = address["query"],
        DocumentId = address["documentId"],
        OperationName = address["operationName"],
        Variables = ObjectIn(address["variables"]),
        Extensions = ObjectIn(address["extensions"]),
    };

    private Inputs? ObjectIn(string? json) => string.IsNullOrEmpty(json) ? null : serializer.Deserialize<Inputs>(json);

    private async Task Write(HttpContext http, int status, ExecutionResult result)
    {
        // A client that asks for plain JSON only is one of old, and takes no status but 200 for an answer to a whole request.
        var accept = http.Request.Headers.Accept.ToString();
        var legacy = accept.Contains(Legacy, StringComparison.OrdinalIgnoreCase) && !accept.Contains(Response, StringComparison.OrdinalIgnoreCase);
        http.Response.ContentType = $"{(legacy ? Legacy : Response)}; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store"; // an answer is of its moment, and of its caller
        http.Response.StatusCode = legacy && status == 400 && result is not RefusedResult ? 200 : status;
        await serializer.WriteAsync(http.Response.Body, result, http.RequestAborted);
    }

    private static RefusedResult Refused(string code, string sentence) => new(Operations.Refuse(code, sentence));
}

/// <summary>Where it is mapped.</summary>
public static class GraphQLRoutes
{
    /// <summary>Maps POST, GET and WebSockets at <paramref name="path"/>.</summary>
    public static void MapGraphQL(this IEndpointRouteBuilder routes, string path) =>
        routes.MapMethods(path, ["POST", "GET"], (HttpContext http, GraphQLEndpoint endpoint) => endpoint.Answer(http)).WithMetadata(new BodyLimit(GraphQLLimits.BodyBytes));
}
