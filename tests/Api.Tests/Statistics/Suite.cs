using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;
using Npgsql;

namespace Debci.Api.Tests.Statistics;

/// <summary>
/// A suite on two architectures, brought from elsewhere with times of one's own: something fails for long, something differs, something is slow, some
/// runs came to nothing; and one private run of each kind. One for all tests that only read. For its server it is always the same day.
/// </summary>
public sealed class Suite : IAsyncLifetime
{
    public static readonly DateTimeOffset Today = new(2025, 3, 10, 0, 0, 0, TimeSpan.Zero);

    private long runs;

    public Server Server { get; private set; } = null!;
    public HttpClient Anybody { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await Server.Start(clock: new SameMoment(Today.AddHours(12)));
        Anybody = Server.Client();
        await Add("broken", "amd64", Status.Pass, 30);
        await Add("broken", "amd64", Status.Fail, 20, version: "2-1");
        await Add("broken", "amd64", Status.Tmpfail, 12, cause: Cause.TestbedFailure);
        await Add("broken", "amd64", Status.Fail, 10, version: "2-2", seconds: 7300);
        await Add("broken", "arm64", Status.Pass, 10, seconds: 60);
        await Add("evil", "amd64", Status.Fail, 5, message: "<script>alert(1)</script> & done", seconds: 60);
        await Add("evil", "arm64", Status.Fail, 4, seconds: 3700);
        await Add("fine", "amd64", Status.Pass, 3, seconds: 7300);
        await Add("gone", "amd64", Status.Fail, 40, seconds: 9000);
        await Add("gone", "arm64", Status.Pass, 40, seconds: 9000);
        await Add("unlucky", "amd64", Status.Tmpfail, 2, cause: Cause.TimedOut);
        await Add("unlucky", "arm64", Status.Pass, 2);
        await Add("ancient", "arm64", Status.Tmpfail, 60);
        await Add("hidden", "amd64", Status.Fail, 1, seconds: 9999, hidden: true);
        await Add("hidden", "arm64", Status.Tmpfail, 1, cause: Cause.WorkerLost, hidden: true);
        await Tell(Streams.Sources("testing"), new SourceEvent.Removed("testing", "gone"));
        await Date();
    }

    public Task DisposeAsync() => Server.DisposeAsync().AsTask();

    private Task Add(string package, string arch, Status status, int daysAgo, string version = "1-1", string message = "m", int? seconds = null, Cause? cause = null, bool hidden = false)
    {
        var at = Today.AddDays(-daysAgo).AddMinutes(++runs);
        var report = new Report(at, seconds ?? 0, [], 0, false, 0, Version: version);
        var finished = new RunEvent.Finished(new RunKey(runs, package, "testing", arch, hidden), 1, "ci-worker-1", status, message, false, [], Guid.Empty.ToString(), report, cause);
        return Tell(Streams.Run(runs), new RunEvent.Imported(finished, at, at, [], [], DurationUnknown: seconds is null ? true : null));
    }

    private async Task Tell(string stream, object happened)
    {
        var stored = await Server.Get<IEventLog>().Append(stream, 0, new CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid()).Events([happened]));
        Assert.True(await Server.Get<Projections.ReadPosition>().WaitFor(stored.Position, TimeSpan.FromSeconds(20)));
    }

    // A source leaves on the day on which the log was told so, by the log's own clock. Here that was today.
    private async Task Date()
    {
        await using var command = Server.Get<NpgsqlDataSource>().CreateCommand("update read.status_days set day = $1 where day > $1");
        command.Parameters.AddWithValue(DateOnly.FromDateTime(Today.UtcDateTime));
        Assert.Equal(2, await command.ExecuteNonQueryAsync()); // on each architecture
    }

    public static string Day(int ago) => Today.AddDays(-ago).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
