using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Debci.Api.Tests.Webhooks;

/// <summary>Somebody's server that webhooks are sent to: keeps what comes, and answers as it is told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;

    private Receiver(WebApplication app) => this.app = app;

    public sealed record Delivery(string Body, string Id, string Signature);

    public ConcurrentQueue<Delivery> Got { get; } = new();

    /// <summary>What it answers.</summary>
    public int Status { get; set; } = 204;

    /// <summary>Where it sends those whom it answers 302.</summary>
    public string? Elsewhere { get; set; }

    public string Url => $"{app.Urls.First()}/hook";

    public static async Task<Receiver> Start()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.Take);
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Take(HttpContext http)
    {
        using var body = new StreamReader(http.Request.Body);
        var text = await body.ReadToEndAsync();
        Got.Enqueue(new Delivery(text, http.Request.Headers["Debci-Delivery"].ToString(), http.Request.Headers["Debci-Signature"].ToString()));
        http.Response.StatusCode = Status;
        if (Elsewhere is not null)
            http.Response.Headers.Location = Elsewhere;
    }
}
