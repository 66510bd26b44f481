using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Debci.Api.Configuration;
using Debci.Api.GraphQL;
using Debci.Api.Runs;
using Debci.Projections;

namespace Debci.Api.Webhooks;

/// <summary>Tells one change to one address: a signed POST, as <c>ops/webhooks.md</c> describes it to those who receive it.</summary>
public sealed class WebhookSender : IDisposable
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    private readonly HttpClient http;
    private readonly Positions positions;

    /// <summary>Follows no redirects and knows no proxy: an address leads where it says, or nowhere.</summary>
    public WebhookSender(Positions positions, LiveConfiguration live)
    {
        this.positions = positions;
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2), MaxResponseHeadersLength = 16,
            ConnectCallback = (context, cancellation) => WebhookAddress.Connect(context.DnsEndPoint, live.Current.WebhooksAllowPrivate, cancellation),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Tells it. What was answered, or why nothing was.</summary>
    /// <param name="hook">Whom.</param>
    /// <param name="secret">The key of the signature.</param>
    /// <param name="change">What.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<(WebhookDelivery Delivery, HttpStatusCode? Status)> Send(Webhook hook, string secret, RunChange change, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AtMost);
        try
        {
            using var request = Request(hook, secret, change);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return (Delivery(answer.IsSuccessStatusCode, $"answered {(int)answer.StatusCode}"), answer.StatusCode);
        }
        catch (HttpRequestException failure)
        {
            return (Delivery(false, failure.Message.Length > 200 ? failure.Message[..200] : failure.Message), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (Delivery(false, $"did not answer within {AtMost.TotalSeconds:0} s"), null);
        }

        WebhookDelivery Delivery(bool succeeded, string outcome) => new(DateTime.UtcNow, change.Run.Key.Id, succeeded, outcome, watch.Elapsed.TotalSeconds);
    }

    /// <summary>The signature of a body that is sent at a time: HMAC-SHA256 over the time in Unix seconds, a dot and the body.</summary>
    public static string Sign(string secret, long time, ReadOnlySpan<byte> body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(secret), (byte[])[.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{time}.")), .. body]));

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static byte[] Body(Webhook hook, string cursor, RunRow run)
    {
        var into = new MemoryStream();
        using (var json = new Utf8JsonWriter(into))
        {
            json.WriteStartObject();
            json.WriteString("webhook", hook.Id);
            RunJson.Write(json, cursor, run);
            json.WriteEndObject();
        }
        return into.ToArray();
    }

    private HttpRequestMessage Request(Webhook hook, string secret, RunChange change)
    {
        var cursor = positions.Show(change.Cursor);
        var body = Body(hook, cursor, change.Run);
        var time = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, hook.Url) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
        request.Headers.UserAgent.ParseAdd("debci-webhook/1");
        request.Headers.Add("Debci-Delivery", $"{hook.Id}.{cursor}"); // the same when it comes again
        request.Headers.Add("Debci-Signature", string.Create(CultureInfo.InvariantCulture, $"t={time},v1={Sign(secret, time, body)}"));
        return request;
    }
}
