using Debci.Domain;
using Debci.EventLog.Copy;
using Debci.EventLog.EventStore;
using Debci.EventLog.Marten;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.EventLog.Tests.Copy;

/// <summary>A log goes from one engine to the other and back; whatever was known of it stays true.</summary>
public sealed class CopyTests : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> opened = [];
    private EventStoreDouble cluster = null!;
    private string postgres = "", second = "";

    public async Task InitializeAsync()
    {
        cluster = await EventStoreDouble.Start();
        var server = await PostgresCluster.Shared;
        (postgres, second) = (await server.NewDatabase("log", c => MartenLogSchema.Migrate(c)), await server.NewDatabase("empty", _ => Task.CompletedTask));
    }

    public async Task DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(opened))
            await one.DisposeAsync();
        await cluster.DisposeAsync();
        Assert.Empty(cluster.Mistakes);
    }

    [Fact]
    public async Task A_log_goes_to_a_cluster_and_back_with_positions_times_ids_revisions_headers_and_its_head()
    {
        var source = OnPostgres(postgres);
        await Fill(source, 250);
        await Gap();
        await Fill(source, 30, "later");
        var all = await source.ReadAll(0, 10_000);

        var there = await LogCopy.Run(LogConnection.Parse(postgres), OfCluster());
        var log = OnCluster();
        Same(all, await log.ReadAll(0, 10_000));
        Assert.Equal((all.Count, all.Count, true), ((int)there.Stored, (int)there.Size, there.IsWhole));
        Assert.Equal(await Word(postgres), await EventStoreNaming.LogId(EventStoreSettings.Parse(cluster.Connection())));
        await ReadsAsBefore(log, all);

        var appended = await log.Append("run-99", 0, Examples.Started(99)); // it goes on behind all that was copied
        Assert.True(appended.Position > all[^1].Position);
        var first = all.First(e => e.Stream == "run-0");
        Assert.Equal(new Appended(first.Position, 1), await log.Append("run-0", 0, [new NewEvent(first.Id, first.Decode()!, first.Command())])); // a client repeats what it sent before

        var back = await LogCopy.Run(OfCluster(), LogConnection.Parse(second));
        Assert.Equal(back.Head, (await LogCopy.Run(LogConnection.Parse(second), OfAnother(out var another))).Head);
        var home = OnPostgres(second);
        Same(await log.ReadAll(0, 10_000), await home.ReadAll(0, 10_000));
        Assert.Equal(await Word(postgres), await Word(second));
        Assert.True((await home.Append("run-99", 1, Examples.Started(99, 2))).Position > appended.Position);
        await another.DisposeAsync();
    }

    [Fact]
    public async Task A_copy_that_was_ended_at_any_moment_goes_on_and_is_used_by_nobody_before_it_is_whole()
    {
        await Fill(OnPostgres(postgres), 4_100);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LogCopy.Run(LogConnection.Parse(postgres), OfCluster(), _ => stop.Cancel(), stop.Token));
        var settings = EventStoreSettings.Parse(cluster.Connection());
        Assert.Contains("still being copied", (await Assert.ThrowsAsync<InvalidOperationException>(() => EventStoreNaming.LogId(settings))).Message, StringComparison.Ordinal);
        await using var empty = NpgsqlDataSource.Create(second);
        Assert.Contains("still being copied", (await Assert.ThrowsAsync<InvalidOperationException>(() => EventStoreNaming.Migrate(settings, empty))).Message, StringComparison.Ordinal);

        cluster.Next(Fault.AfterStored, Fault.BeforeStored); // a reply that is lost, and one that was never sent
        var done = await LogCopy.Run(LogConnection.Parse(postgres), OfCluster());
        Assert.Equal((2_100, 4_100, true), ((int)done.Stored, (int)done.Size, done.IsWhole));
        Assert.Equal((0, 4_100), await LogCopy.Run(LogConnection.Parse(postgres), OfCluster()) is var again ? ((int)again.Stored, (int)again.Size) : default);

        using var halfway = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LogCopy.Run(OfCluster(), LogConnection.Parse(second), _ => halfway.Cancel(), halfway.Token));
        Assert.Contains("still being copied", (await Assert.ThrowsAsync<InvalidOperationException>(() => LogEngines.Migrate(second, null))).Message, StringComparison.Ordinal);
        Assert.Equal(done.Head, (await LogCopy.Run(OfCluster(), LogConnection.Parse(second))).Head);
        await LogEngines.Migrate(second, null);
    }

    [Fact]
    public async Task A_log_that_grows_meanwhile_is_told_and_followed_until_it_stands_still()
    {
        var source = OnPostgres(postgres);
        await Fill(source, 100);
        var grown = false;
        var first = await LogCopy.Run(LogConnection.Parse(postgres), OfCluster(), p =>
        {
            if (!grown && p.Verifying)
                source.Append("run-7", 0, Examples.Started(7)).GetAwaiter().GetResult();
            grown |= p.Verifying;
        });
        Assert.Equal((100, false), ((int)first.Size, first.IsWhole));
        await Assert.ThrowsAsync<InvalidOperationException>(() => EventStoreNaming.LogId(EventStoreSettings.Parse(cluster.Connection())));

        var then = await LogCopy.Run(LogConnection.Parse(postgres), OfCluster());
        Assert.Equal((1, 101, true), ((int)then.Stored, (int)then.Size, then.IsWhole));
        await source.Append("run-8", 0, Examples.Started(8)); // somebody started a server of it again
        Assert.Equal((1, 102, true), await LogCopy.Run(LogConnection.Parse(postgres), OfCluster()) is var last ? ((int)last.Stored, (int)last.Size, last.IsWhole) : default);
        Same(await source.ReadAll(0, 1_000), await OnCluster().ReadAll(0, 1_000));
    }

    [Fact]
    public async Task A_place_that_holds_something_else_is_refused_and_stays_as_it_is()
    {
        await Fill(OnPostgres(postgres), 10);
        await MartenLogSchema.Migrate(second);
        await Fill(OnPostgres(second), 3, "other");
        await using (var database = NpgsqlDataSource.Create(postgres))
            await EventStoreNaming.Migrate(EventStoreSettings.Parse(cluster.Connection()), database);
        await OnCluster().Append("run-1", 0, Examples.Started(1));
        var (count, word) = (cluster.Count, await Word(second));

        Assert.Contains("holds another log", await Refused(LogConnection.Parse(postgres), LogConnection.Parse(second)), StringComparison.Ordinal);
        Assert.Contains("holds events that were appended there", await Refused(LogConnection.Parse(postgres), OfCluster()), StringComparison.Ordinal);
        Assert.Contains("both name", await Refused(LogConnection.Parse(postgres), LogConnection.Parse(postgres)), StringComparison.Ordinal);
        await using (var database = NpgsqlDataSource.Create(second))
            await MartenLogSchema.NameAs(database, await Word(postgres)); // by name it would be the same
        Assert.Contains("gone its own way", await Refused(LogConnection.Parse(postgres), LogConnection.Parse(second)), StringComparison.Ordinal);

        Assert.Equal((count, 3), (cluster.Count, (await OnPostgres(second).ReadAll(0, 100)).Count));
        Assert.NotEqual(word, await Word(second));
    }

    [Theory]
    [InlineData("esdb://nobody@host", "a user without a password")]
    [InlineData("mysql://host", "no connection string of EventStoreDB")]
    [InlineData("what is this", "is no connection")]
    [InlineData("Database=debci", "names no host")]
    public void What_is_no_connection_gets_a_sentence(string text, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<FormatException>(() => LogConnection.Parse(text)).Message, StringComparison.Ordinal);

    private static async Task ReadsAsBefore(EventStoreLog log, IReadOnlyList<RecordedEvent> all)
    {
        foreach (var position in new[] { 1, all[3].Position, all[100].Position + 1, all[249].Position, all[249].Position + 3, all[^2].Position })
            Same([.. all.Where(e => e.Position > position).Take(5)], await log.ReadAll(position, 5));
        Assert.Equal(all[^1].Position, await log.Head());
        Same([.. all.Where(e => e.Stream == "batch-now")], await log.ReadStream("batch-now"));
        var moments = new Moments(log);
        Assert.Equal(all.Last(e => e.RecordedAt <= all[60].RecordedAt).Position, (await moments.Find(all[60].RecordedAt))!.Position);
    }

    private static void Same(IReadOnlyList<RecordedEvent> expected, IReadOnlyList<RecordedEvent> actual)
    {
        Assert.Equal(expected.Select(e => e.Position), actual.Select(e => e.Position));
        Assert.Equal(expected.Select(e => Convert.ToHexString(CanonicalEvent.Leaf(e))), actual.Select(e => Convert.ToHexString(CanonicalEvent.Leaf(e))));
    }

    private static async Task<string> Refused(LogConnection from, LogConnection to) => (await Assert.ThrowsAsync<CopyRefusedException>(() => LogCopy.Run(from, to))).Message;

    // Single events of many streams among appends of several.
    private static async Task Fill(MartenEventLog log, int events, string word = "now")
    {
        var revision = 0L;
        for (var stored = 0; stored < events;)
        {
            var some = Math.Min(stored % 3 == 0 ? 1 : 50, events - stored);
            var happened = Examples.Events(Enumerable.Range(stored, some).Select(i => (object)new RunEvent.Lost(Examples.Run(i), 1, $"{word}{i}")).ToArray());
            if (some == 1)
                await log.Append(word == "now" ? $"run-{stored}" : $"run-{word}-{stored}", 0, happened);
            else
                revision = (await log.Append($"batch-{word}", revision, happened)).Revision;
            stored += some;
        }
    }

    // A number that was drawn by an append that failed.
    private async Task Gap()
    {
        await using var database = NpgsqlDataSource.Create(postgres);
        await using var draw = database.CreateCommand("select setval('log.mt_events_sequence', 1000000)");
        await draw.ExecuteScalarAsync();
    }

    private LogConnection OfCluster() => LogConnection.Parse(cluster.Connection());

    private static LogConnection OfAnother(out EventStoreDouble another)
    {
        another = EventStoreDouble.Start().GetAwaiter().GetResult();
        return LogConnection.Parse(another.Connection());
    }

    private static async Task<string> Word(string connection)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        return await MartenLogSchema.LogId(database);
    }

    private MartenEventLog OnPostgres(string connection)
    {
        var database = NpgsqlDataSource.Create(connection);
        var log = new MartenEventLog(database);
        opened.AddRange([database, log]);
        return log;
    }

    // As a server has it: with marks in a database.
    private EventStoreLog OnCluster()
    {
        var database = NpgsqlDataSource.Create(second);
        using (var marks = database.CreateCommand(Marks.Ddl))
            marks.ExecuteNonQuery();
        var log = new EventStoreLog(EventStoreSettings.Parse(cluster.Connection()), database);
        opened.AddRange([database, log]);
        return log;
    }
}
