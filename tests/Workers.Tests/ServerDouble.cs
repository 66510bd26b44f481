using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Debci.Workers.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Debci.Workers.Tests;

/// <summary>What happens to one call on its way.</summary>
public enum Mishap
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>The server did it; its answer is lost.</summary>
    AnswerLost,
    /// <summary>The server did it; its answer is on the way for as long as the caller waits.</summary>
    AnswerHangs,
    /// <summary>The server did nothing and says 500.</summary>
    ServerError,
    /// <summary>409: not yours any more.</summary>
    NotYours,
    /// <summary>413: too large.</summary>
    TooLarge,
    /// <summary>401: no such key.</summary>
    BadKey,
    /// <summary>404 in HTML, from a proxy that stands in for the server.</summary>
    Proxy404,
}

/// <summary>A call that reached the server double, by the last word of its address.</summary>
internal sealed record SeenCall(string Name, string Path, string Query, string? Key, JsonElement? Json);

/// <summary>
/// The other side of ops/worker-protocol.md, on a real socket: it hands out runs, keeps what it is sent by the protocol's rules,
/// and has the mishaps that a test asks for.
/// </summary>
internal sealed class ServerDouble : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Lock gate = new();
    private readonly Queue<object> runs = new();
    private readonly Dictionary<string, object> given = [];
    private readonly MemoryStream log = new();
    private TaskCompletionSource pulse = new();
    private WebApplication? listening;
    private int port;

    public ConcurrentQueue<SeenCall> Calls { get; } = new();
    public ConcurrentDictionary<string, byte[]> Files { get; } = new();
    /// <summary>Asked for each call, after it was counted: its name, and the how-manieth of that name it is.</summary>
    public Func<string, int, Mishap> Mishaps { get; set; } = (_, _) => Mishap.None;
    /// <summary>Where artifacts may be sent to instead; null for nowhere.</summary>
    public Uri? Store { get; set; }
    public JsonElement? Report { get; private set; }
    public int ReportsTaken { get; private set; }
    public int LargestLogCall { get; private set; }
    public Uri Address => new($"http://127.0.0.1:{port}/");

    public byte[] Log
    {
        get { lock (gate) return log.ToArray(); }
    }

    public static async Task<ServerDouble> StartAsync(params object[] runs)
    {
        var server = new ServerDouble();
        foreach (var run in runs)
            server.runs.Enqueue(run);
        await server.ComeBackAsync();
        return server;
    }

    /// <summary>A claim's answer.</summary>
    public static object Run(
        string package, long run = 71831181, string backend = "fake", int lease = 60, int timeout = 600, object[]? pins = null, bool direct = false) => new
        {
            run, attempt = 1, package, suite = "bookworm", arch = "amd64", triggers = new[] { "glibc/2.41-6" }, pins = pins ?? [],
            extraSources = Array.Empty<string>(), backend, leaseSeconds = lease, timeoutSeconds = timeout, directUploads = direct,
        };

    /// <summary>Listens, the second time where it listened before.</summary>
    public async Task ComeBackAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => { k.Listen(IPAddress.Loopback, port); k.Limits.MaxRequestBodySize = null; });
        listening = builder.Build();
        listening.Run(AnswerAsync);
        await listening.StartAsync();
        port = new Uri(listening.Urls.Single()).Port;
    }

    /// <summary>Stops listening; what it has it keeps.</summary>
    public async Task GoAwayAsync()
    {
        await listening!.StopAsync(new CancellationToken(canceled: true));
        await listening.DisposeAsync();
    }

    /// <summary>Forgets the log's end, as a server that lost its last seconds.</summary>
    public void ForgetLogBehind(int size)
    {
        lock (gate)
            log.SetLength(size);
    }

    public int Count(string name) => Calls.Count(c => c.Name == name);

    /// <summary>Waits until a condition holds that only a call can bring about.</summary>
    public async Task UntilAsync(Func<ServerDouble, bool> condition)
    {
        while (true)
        {
            Task next;
            lock (gate)
                next = pulse.Task;
            if (condition(this))
                return;
            await next.WaitAsync(Patience);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await GoAwayAsync();
        log.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var name = http.Request.Path.Value!.Split('/')[^1] + (HttpMethods.IsGet(http.Request.Method) ? "-size" : ""); // the only one to get
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var json = http.Request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true
            ? JsonDocument.Parse(body.ToArray()).RootElement : (JsonElement?)null;
        Calls.Enqueue(new SeenCall(name, http.Request.Path.Value!, http.Request.QueryString.Value!, http.Request.Headers.Authorization, json));
        var mishap = Mishaps(name, Count(name));
        var (status, answer) = mishap switch
        {
            Mishap.ServerError => (500, null),
            Mishap.NotYours => (409, new RefusalAnswer("CONFLICT", "The run was cancelled.", null, null)),
            Mishap.TooLarge => (413, new RefusalAnswer("TOO_LARGE", "Too large.", null, null)),
            Mishap.Proxy404 => (404, "<html>Not Found</html>"),
            Mishap.BadKey => (401, new RefusalAnswer("KEY_REQUIRED", "This key is not known here; ask an operator for one (`debci key create --scope report NAME`).", null, null)),
            _ => Do(name, http.Request, body.ToArray(), json),
        };
        Pulse();
        if (mishap == Mishap.AnswerHangs)
            await new TaskCompletionSource().Task.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else if (mishap == Mishap.AnswerLost)
            http.Abort();
        else
            await WriteAsync(http, status, answer);
    }

    private static async Task WriteAsync(HttpContext http, int status, object? answer)
    {
        http.Response.StatusCode = status;
        if (answer is string html)
            await http.Response.WriteAsync(html);
        else if (answer is not null)
            await http.Response.WriteAsJsonAsync(answer, answer.GetType());
    }

    private void Pulse()
    {
        lock (gate)
        {
            pulse.SetResult();
            pulse = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private (int, object?) Do(string name, HttpRequest request, byte[] body, JsonElement? json)
    {
        lock (gate)
        {
            return name switch
            {
                "claim" => Claim(json!.Value.GetProperty("claim").GetString()!),
                "heartbeat" => (200, new { leaseSeconds = 1 }),
                "log-size" => (200, new { size = log.Length }),
                "log" => AppendLog(long.Parse(request.Query["offset"]!, null), body),
                "offer" => Store is null ? (204, null) : (200, new { address = Store, headers = new Dictionary<string, string> { ["ETag"] = json!.Value.GetProperty("md5").GetString()! }, ticket = Guid.Empty }),
                "report" => TakeReport(json!.Value),
                _ => Keep(name, body),
            };
        }
    }

    private (int, object?) Claim(string claim)
    {
        if (!given.ContainsKey(claim) && runs.TryDequeue(out var run))
            given[claim] = run;
        return given.TryGetValue(claim, out var mine) ? (200, mine) : (204, null);
    }

    private (int, object?) AppendLog(long offset, byte[] bytes)
    {
        if (offset > log.Length)
            return Gap();
        LargestLogCall = Math.Max(LargestLogCall, bytes.Length);
        log.Position = log.Length;
        var had = (int)Math.Min(log.Length - offset, bytes.Length);
        log.Write(bytes.AsSpan(had));
        return (200, new { size = log.Length });
    }

    private (int, object?) Gap() => (409, new { code = "LOG_GAP", message = "Go on from size.", size = log.Length });

    private (int, object?) Keep(string name, byte[] bytes)
    {
        Files[name] = bytes;
        return (200, new { size = bytes.Length, sha256 = "" });
    }

    private (int, object?) TakeReport(JsonElement report)
    {
        if (report.GetProperty("logSize").GetInt64() > log.Length)
            return Gap();
        ReportsTaken += Report is null ? 1 : 0;
        Report ??= report;
        return (200, new { position = "k3x9.1234", state = "FINISHED", status = "PASS" });
    }
}
