using System.Net;
using System.Text.Json;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Api.Tests.Views;

/// <summary>
/// A server whose results were brought there as they are brought from elsewhere: with statuses, versions and times of one's own. One for all tests that only read.
/// For its server it is always the same day.
/// </summary>
public sealed class Published : IAsyncLifetime
{
    public static readonly DateTimeOffset Monday = new(2025, 3, 3, 12, 0, 0, TimeSpan.Zero);

    // Whatever the log is told while a test runs is over by then: the log dates it by a clock of its own.
    private readonly DateTimeOffset noonOfTomorrow = new(DateTime.UtcNow.Date.AddDays(1).AddHours(12), TimeSpan.Zero);
    private readonly Dictionary<string, long> revisions = [];

    public DateOnly Today => DateOnly.FromDateTime(noonOfTomorrow.UtcDateTime);
    public Server Server { get; private set; } = null!;
    public HttpClient Anybody { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await Server.Start(clock: new SameMoment(noonOfTomorrow));
        Anybody = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Server.Address };
        await Add(1, "green", Status.Pass, Monday, "1:1.0-1", seconds: 91, trigger: "green/1:1.0-1");
        await Add(2, "green", Status.Tmpfail, Monday.AddDays(1), "1:1.0-1");
        await Add(3, "green", Status.Fail, Monday.AddDays(2), "2.0+dfsg-1", seconds: 3700, trigger: "green/2.0+dfsg-1 glibc/2.41-6");
        await Add(4, "green", Status.Pass, Monday.AddDays(3), "3.0-1", pins: [new Pin(["src:green", "src:glibc"], "unstable")]);
        await Add(5, "green", Status.Pass, Monday.AddDays(3), "secret-1", hidden: true);
        await Add(6, "libpng1.6", Status.Neutral, Monday.AddDays(1), null);
        await Add(7, "gone", Status.Pass, Monday);
        await Add(8, "hidden", Status.Fail, Monday, "secret-2", hidden: true);
        await Add(9, "green", Status.Pass, Monday, "1.0-1", suite: "unstable");
        await Tell(Streams.Sources("testing"), new SourceEvent.Removed("testing", "gone"));
    }

    public Task DisposeAsync() => Server.DisposeAsync().AsTask();

    public Task Add(long run, string package, Status status, DateTimeOffset at, string? version = "1-1", int? seconds = null, string? trigger = null, Pin[]? pins = null, bool hidden = false, string suite = "testing")
    {
        var report = new Report(at, seconds ?? 0, [], 0, false, 0, Version: version);
        var finished = new RunEvent.Finished(new RunKey(run, package, suite, "amd64", hidden), 1, "ci-worker-1", status, $"It was <{status}> & done", pins is not null,
            trigger?.Split(' ') ?? [], Guid.Empty.ToString(), report);
        return Tell(Streams.Run(run), new RunEvent.Imported(finished, at.AddSeconds(2), at, pins ?? [], [], DurationUnknown: seconds is null ? true : null));
    }

    public async Task Tell(string stream, object happened)
    {
        var command = new CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid());
        var stored = await Server.Get<IEventLog>().Append(stream, revisions.GetValueOrDefault(stream), command.Events([happened]));
        revisions[stream] = stored.Revision;
        Assert.True(await Server.Get<Projections.ReadPosition>().WaitFor(stored.Position, TimeSpan.FromSeconds(20)));
    }

    public async Task<JsonElement> Json(string address)
    {
        using var answer = await Get(address);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    public async Task<HttpResponseMessage> Get(string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, UriKind.Relative));
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await Anybody.SendAsync(request);
    }

    public async Task<string> Location(string address)
    {
        using var answer = await Get(address);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!.OriginalString;
    }

    public async Task<string> Missing(string address)
    {
        using var answer = await Get(address);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("message").GetString()!;
    }
}
