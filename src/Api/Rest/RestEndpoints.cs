using Debci.Api.Http;
using Debci.Api.Keys;
using Debci.Domain;

namespace Debci.Api.Rest;

/// <summary>
/// debci's REST interface, as britney and its script use it: the same addresses, codes and shapes. <c>ops/debci-rest.md</c> says where
/// the answers differ on purpose. Errors are a sentence in plain text.
/// </summary>
public static class RestEndpoints
{
    /// <summary>What all addresses of this interface begin with.</summary>
    public const string Root = "/api/v1";

    private const int MostBody = 32 << 20;

    /// <summary>Maps the calls.</summary>
    public static void MapRest(this IEndpointRouteBuilder routes)
    {
        var rest = routes.MapGroup(Root);
        rest.MapGet("/auth", Auth);
        rest.MapGet("/test", TestListing.Get);
        rest.MapPost("/test/{suite}/{arch}", TestCalls.Request).WithMetadata(new BodyLimit(MostBody));
        rest.MapPost("/test/{suite}/{arch}/{package}", BatchCalls.One);
        rest.MapPost("/test/batch", BatchCalls.Many).WithMetadata(new BodyLimit(MostBody));
        rest.MapGet("/reject_list", RejectListCall.Get);
        rest.MapGet("/packages", PackagesCall.Get);
        rest.MapPost("/test/publish", TestCalls.Publish);
        rest.MapGet("/job_state/{run}", TestCalls.State);
        rest.MapGet("/retry/{run}", RetryCalls.Show);
        rest.MapPost("/retry/{run}", RetryCalls.Retry);
        rest.MapFallback((HttpContext http) => throw new RefusedException(RefusalCode.UnknownRun, $"There is no call {StoredText.Quote($"{http.Request.Method} {http.Request.Path}")} here; ops/debci-rest.md lists those that there are."));
    }

    /// <summary>Whether a call is of this interface.</summary>
    public static bool IsRest(HttpRequest request) => request.Path.StartsWithSegments(Root);

    /// <summary>debci's code for a refusal: 400 for whatever is wrong with a call, 403 for whoever may not make it.</summary>
    public static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.KeyRequired or RefusalCode.NotAllowed or RefusalCode.Rejected => 403,
        RefusalCode.UnknownRun => 404,
        RefusalCode.Expired => 410,
        RefusalCode.TooLarge => 413,
        RefusalCode.NotYet => 503,
        _ => 400,
    };

    /// <summary>A refusal as debci answers: the sentence in plain text.</summary>
    public static Task Answer(HttpContext http, int status, string sentence)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(sentence + "\n", http.RequestAborted);
    }

    private static IResult Auth(HttpContext http)
    {
        var caller = http.Caller();
        if (caller.Scopes.Count == 0)
            throw new RefusedException(RefusalCode.KeyRequired, "Invalid key: send one in the header Auth-Key.");
        http.Response.Headers["Auth-User"] = caller.Name;
        return Results.Text("", "text/plain");
    }
}
