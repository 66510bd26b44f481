using System.Text.Encodings.Web;
using Debci.Api.Http;
using Debci.Api.Rest;

namespace Debci.Api.Hosting;

/// <summary>What a server waits for before it can start.</summary>
/// <param name="LogEngine">The engine of the log that is away; null where it is the database, and the log is elsewhere.</param>
/// <param name="Sentence">Why, and what to look at.</param>
internal sealed record Absence(string? LogEngine, string Sentence);

/// <summary>Answers in the place of a server that cannot start yet: 503 and a sentence, whatever is asked.</summary>
internal sealed class WaitingServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private Absence absence = new(null, "The server starts.");

    private WaitingServer(WebApplication app) => this.app = app;

    /// <summary>Begins to answer.</summary>
    /// <exception cref="IOException">Something else listens there.</exception>
    public static async Task<WaitingServer> Start(string listen, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "debci" });
        builder.WebHost.UseKestrelCore().UseUrls(listen).ConfigureKestrel(k => k.AddServerHeader = false);
        var server = new WaitingServer(builder.Build());
        server.app.Run(server.Answer);
        await server.app.StartAsync(cancellation);
        return server;
    }

    /// <summary>Says what it waits for, on standard error where that is another thing than before.</summary>
    public void Tell(Absence why)
    {
        if (absence != why)
            Console.Error.WriteLine(Cli.Terminal.Safe($"{why.Sentence} The server waits for it."));
        absence = why;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => app.DisposeAsync();

    private Task Answer(HttpContext http)
    {
        var (engine, sentence) = absence;
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.RetryAfter = "5";
        http.Response.Headers.CacheControl = "no-store";
        if (http.Request.Path == "/health")
            return http.Response.WriteAsJsonAsync(engine is null
                ? (object)new { Status = "the database is away", Trouble = sentence }
                : new { Status = "the log is away", Log = new { Engine = engine, Reachable = false, Trouble = sentence } });
        const string Others = "The server cannot start yet, since its log or its database is away; try again in a moment."; // addresses are for operators
        if (http.Request.WantsPage())
            return Results.Content($"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\"><title>debci</title><p>{HtmlEncoder.Default.Encode(Others)}</p></html>", "text/html; charset=utf-8", statusCode: 503).ExecuteAsync(http);
        return RestEndpoints.IsRest(http.Request)
            ? RestEndpoints.Answer(http, 503, Others)
            : http.Response.WriteAsJsonAsync(new { Code = "UNAVAILABLE", Message = Others, Path = (string?)null });
    }
}
