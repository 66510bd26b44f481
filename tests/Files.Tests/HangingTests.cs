using System.Globalization;
using Debci.Api.Files;
using Debci.Api.Files.S3;
using Debci.Api.Files.Swift;
using Debci.Playground;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>A store that takes connections and says nothing, or begins a file and never ends it: away within seconds, whatever is asked of it.</summary>
public sealed class HangingTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string folder = Directory.CreateTempSubdirectory("debci-files-").FullName;
    private readonly string path = StorePath.Of(NewRun(), 1, RunFile.Artifacts);
    private readonly HandClock clock = new();
    private readonly SemaphoreSlim hangs = new(0);
    private WebApplication server = null!;
    private Func<HttpContext, Task> answer = _ => Task.CompletedTask;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.Run(http => http.Request.Path == "/auth/v1.0" ? Token(http) : answer(http));
        await server.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        hangs.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public static TheoryData<FileEngine, string> EveryCall()
    {
        var all = new TheoryData<FileEngine, string>();
        foreach (var engine in new[] { FileEngine.Swift, FileEngine.S3 })
        {
            foreach (var call in new[] { "check", "find", "open", "list", "put", "show", "delete" })
                all.Add(engine, call);
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(EveryCall))]
    public async Task A_call_that_is_not_answered_ends_within_seconds_in_a_sentence(FileEngine engine, string call)
    {
        answer = Hang;
        using var store = Open(engine);
        var asked = Ask((IFileStore)store, call);
        Assert.True(await hangs.WaitAsync(Patience), "nothing was asked");
        clock.Pass(TimeSpan.FromSeconds(25)); // those of a body may take longer, by its size
        var away = await Assert.ThrowsAsync<FileStoreAwayException>(() => asked.WaitAsync(Patience));
        Assert.Contains("which cannot be used just now: it gave no answer within 2", away.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FileEngine.Swift)]
    [InlineData(FileEngine.S3)]
    public async Task A_file_that_stops_coming_ends_within_seconds_in_a_sentence_and_one_that_breaks_off_does_at_once(FileEngine engine)
    {
        answer = http => Begin(http, Hang);
        using var store = Open(engine);
        await using var file = (await ((IFileStore)store).Open(path, None))!;
        await file.ReadExactlyAsync(new byte[10]);
        var rest = file.ReadExactlyAsync(new byte[10]).AsTask();
        Assert.True(await hangs.WaitAsync(Patience), "nothing was asked");
        clock.Pass(TimeSpan.FromSeconds(20));
        var away = await Assert.ThrowsAsync<FileStoreAwayException>(() => rest.WaitAsync(Patience));
        Assert.Contains("it gave no answer within 20 s", away.Message, StringComparison.Ordinal);

        answer = http => Begin(http, _ => { http.Abort(); return Task.CompletedTask; });
        await using var broken = (await ((IFileStore)store).Open(path, None))!;
        await Assert.ThrowsAsync<FileStoreAwayException>(() => broken.ReadExactlyAsync(new byte[1000]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_list_that_stops_coming_ends_within_seconds_in_a_sentence()
    {
        answer = async http =>
        {
            await http.Response.WriteAsync("[{\"name\":");
            await http.Response.Body.FlushAsync();
            await Hang(http);
        };
        using var store = Open(FileEngine.Swift);
        var listed = ((IFileStore)store).List(StorePath.Top, None).ToListAsync().AsTask();
        Assert.True(await hangs.WaitAsync(Patience), "nothing was asked");
        await Eventually.True("it gives up", () =>
        {
            clock.Pass(TimeSpan.FromSeconds(20)); // again, since the answer's beginning may come behind this
            return Task.FromResult(listed.IsCompleted);
        });
        await Assert.ThrowsAsync<FileStoreAwayException>(() => listed);
    }

    private IDisposable Open(FileEngine engine) => engine == FileEngine.Swift
        ? new SwiftStore(new SwiftSettings { Auth = $"{server.Urls.First()}/auth/v1.0", User = "ci:debci", Password = "x" }, clock)
        : new S3Store(new S3Settings { Endpoint = server.Urls.First(), AccessKey = "a", SecretKey = "b" }, clock);

    private Task Ask(IFileStore store, string call) => call switch
    {
        "check" => store.Check(None),
        "find" => store.Find(path, None),
        "open" => store.Open(path, None),
        "list" => store.List(StorePath.Top, None).ToListAsync().AsTask(),
        "put" => store.Put(new AsideFolder(new FileLayout(folder), TimeProvider.System), path, Noise(1_000_000)),
        "show" => store.Show("a", "b", ["log.gz"], None),
        "delete" => store.DeleteFolder("a", None),
        _ => throw new ArgumentOutOfRangeException(nameof(call)),
    };

    private static Task Token(HttpContext http)
    {
        http.Response.Headers["X-Auth-Token"] = "t";
        http.Response.Headers["X-Storage-Url"] = $"http://{http.Request.Host}/v1/AUTH_ci";
        return Task.CompletedTask;
    }

    // Its size and, when it is fetched, its first ten bytes of a thousand.
    private static async Task Begin(HttpContext http, Func<HttpContext, Task> then)
    {
        http.Response.ContentLength = 1000;
        http.Response.Headers.LastModified = DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture);
        if (http.Request.Method == "HEAD")
            return;
        await http.Response.Body.WriteAsync(Noise(10));
        await http.Response.Body.FlushAsync();
        await then(http);
    }

    private async Task Hang(HttpContext http)
    {
        hangs.Release();
        var gone = new TaskCompletionSource();
        await using var _ = http.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }
}
