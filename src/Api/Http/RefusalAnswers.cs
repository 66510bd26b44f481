using System.Text.Json;
using Debci.Api.Files;
using Debci.Api.Pages;
using Debci.Api.Rest;
using Debci.Domain;

namespace Debci.Api.Http;

/// <summary>Refusals and bad input as HTTP answers: a status, a code, a sentence. Nothing that a client sends is answered with 500.</summary>
public static class RefusalAnswers
{
    /// <summary>Catches what the rest of the pipeline throws.</summary>
    public static void UseRefusalAnswers(this WebApplication app) => app.Use(async (http, next) =>
    {
        try
        {
            await next(http);
            if (http.Response is { StatusCode: 404, HasStarted: false } && http.GetEndpoint() is null && http.Request.WantsPage())
                await AnswerPage(http, 404, $"There is no page {StoredText.Quote(http.Request.Path.Value ?? "/")} here.");
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left; nobody reads an answer.
        }
        catch (Exception failure) when (!http.Response.HasStarted)
        {
            await Answer(http, failure);
        }
    });

    /// <summary>The HTTP status of a refusal.</summary>
    public static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.KeyRequired => 401,
        RefusalCode.NotAllowed or RefusalCode.Rejected => 403,
        RefusalCode.UnknownRun or RefusalCode.UnknownWorker => 404,
        RefusalCode.Conflict => 409,
        RefusalCode.Expired => 410,
        RefusalCode.TooLarge => 413,
        RefusalCode.NotYet => 503,
        RefusalCode.Invalid or RefusalCode.UnknownSuite or RefusalCode.UnknownArch or RefusalCode.UnknownBackend => 400,
    };

    /// <summary>A code as clients see it: <c>UNKNOWN_RUN</c>.</summary>
    public static string Show(RefusalCode code) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(code.ToString());

    /// <summary>What is said to a text that no database can hold.</summary>
    public const string UnstorableText = "A text in the request holds a NUL character, which no name here has; leave it out.";

    /// <summary>Whether PostgreSQL refused a text for its characters (SQLSTATE 22021): the client's fault.</summary>
    public static bool IsUnstorableText(Exception? failure) => failure is Npgsql.PostgresException { SqlState: "22021" };

    /// <summary>Whether a failure says that the database is away, or starting.</summary>
    public static bool IsOfAbsence(Exception failure) => failure switch
    {
        EventLog.LogAwayException or FileStoreAwayException => true,
        Npgsql.PostgresException answered => answered.SqlState is "57P01" or "57P02" or "57P03",
        // Of several hosts none may answer, or none be the primary: then all their failures are within, or nothing.
        Npgsql.NpgsqlException silent => silent.InnerException is null or System.Net.Sockets.SocketException or IOException or TimeoutException or AggregateException,
        _ => false,
    };

    private static Task Answer(HttpContext http, Exception failure)
    {
        var isRest = RestEndpoints.IsRest(http.Request);
        var (status, code, message, path) = failure switch
        {
            RefusedException r => (isRest ? RestEndpoints.StatusOf(r.Refusal.Code) : StatusOf(r.Refusal.Code), Show(r.Refusal.Code), r.Refusal.Sentence, r.Refusal.Path),
            BadHttpRequestException { StatusCode: 413 } => (413, "TOO_LARGE", "The body is larger than this call takes.", null),
            BadHttpRequestException bad => (bad.StatusCode, "INVALID", bad.InnerException is JsonException json ? $"The body cannot be read: {json.Message}" : bad.Message, null),
            _ when IsUnstorableText(failure) => (400, "INVALID", UnstorableText, null),
            EventLog.LogAwayException => (503, "UNAVAILABLE", "The log does not answer; try again in a moment.", null),
            FileStoreAwayException away => (503, "UNAVAILABLE", away.Message, null),
            Npgsql.NpgsqlException or IOException or TimeoutException => (503, "UNAVAILABLE", "The database or the disk does not answer; try again in a moment.", null),
            _ => (503, "UNAVAILABLE", "Something went wrong here; it is in the server's log. Try again in a moment.", (string?)null),
        };
        if (status == 503)
            Log(http, failure);
        http.Response.Clear();
        http.Response.StatusCode = status;
        if (status == 401)
            http.Response.Headers.WWWAuthenticate = "Bearer";
        if (http.Request.WantsPage())
            return AnswerPage(http, status, message);
        if (isRest)
            return RestEndpoints.Answer(http, status, message);
        return http.Response.WriteAsJsonAsync(new Refused(code, message, path));
    }

    // A database that is away is one thing to know, and not a stack for each call that meets it.
    private static void Log(HttpContext http, Exception failure)
    {
        var log = http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Debci.Api.Http");
        if (IsOfAbsence(failure))
            log.LogWarning("{Method} {Path} was put off, since the database, the log or the store of files is away: {Reason}", http.Request.Method, http.Request.Path.Value, failure.Message);
        else
            log.LogError(failure, "{Method} {Path} failed", http.Request.Method, http.Request.Path.Value);
    }

    /// <summary>Whether a browser asks, to show the answer: a program names JSON or events, or nothing in particular.</summary>
    public static bool WantsPage(this HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return accept.Contains("text/html", StringComparison.OrdinalIgnoreCase)
            && !accept.Contains("json", StringComparison.OrdinalIgnoreCase) && !accept.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
    }

    private static Task AnswerPage(HttpContext http, int status, string sentence)
    {
        var renderer = http.RequestServices.GetRequiredService<PageRenderer>();
        return renderer.Write(http, Page.Refused(status, sentence), renderer.Position);
    }

    private sealed record Refused(string Code, string Message, string? Path);
}
