using Debci.Api.Http;
using Debci.Api.Keys;
using Debci.Api.Pages;
using Debci.Api.Pages.Retry;
using Debci.Api.Runs;
using Debci.Domain;
using Mediator;

namespace Debci.Api.Rest;

/// <summary><c>/api/v1/retry/{id}</c>, to which britney's excuses link: people open it in a browser, programs post to it.</summary>
internal static class RetryCalls
{
    /// <summary>A page on which a person gives a key and asks for the same again.</summary>
    public static async Task Show(string run, HttpContext http, RetryPage page, PageRenderer renderer)
    {
        var seen = renderer.Position;
        await renderer.Write(http, await KnownHere(page.Load(Known(run), http.Caller(), http.RequestAborted)), seen);
    }

    /// <summary>Asks for the same again, for the first requester. 201 and the new run; 400 for a run that is not known, 403 without a key that may.</summary>
    public static async Task Retry(string run, HttpContext http, IMediator mediator, AccessKeys keys, PageRenderer renderer)
    {
        var caller = http.Caller();
        if (caller.Scopes.Count == 0 && (await TestCalls.Form(http))["key"].ToString().Trim() is { Length: > 0 } key)
            caller = await keys.Find(key, http.RequestAborted) ?? throw new RefusedException(RefusalCode.KeyRequired, "Invalid key: ask an operator for one (`debci key create`).");
        var stored = await KnownHere(mediator.Send(new RetryRun(caller, Known(run), RetryId: null), http.RequestAborted));
        var fresh = stored.Answers[0].RunId!.Value;
        if (http.Request.WantsPage())
            http.Response.Redirect(Addresses.Run(fresh));
        else
            await Results.Json(new { run_id = fresh }, statusCode: 201).ExecuteAsync(http);
    }

    // debci's 400
    private static async Task<T> KnownHere<T>(ValueTask<T> call)
    {
        try
        {
            return await call;
        }
        catch (RefusedException refused) when (refused.Refusal.Code is RefusalCode.UnknownRun)
        {
            throw new RefusedException(RefusalCode.Invalid, refused.Refusal.Sentence, "run");
        }
    }

    private static long Known(string run) => TestCalls.Id(run, "run", RefusalCode.Invalid);
}
