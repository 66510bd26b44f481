using Debci.Api.Recovery;
using Debci.Api.Tests.Audit;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Tests.Recovery;

/// <summary>What looks for rows of another time than the log's finds none while another server appends and moves the rows.</summary>
public sealed class BusyLogTests
{
    [Fact]
    public async Task A_server_starts_beside_one_that_goes_on()
    {
        await using var other = await AuditedLog.With(events: 3);
        await AfterRestore.Check(new BusyLog(other), other.Database, ReadModels.All(), default);
    }

    [Fact]
    public async Task Migrating_beside_a_server_makes_nothing_anew()
    {
        await using var other = await AuditedLog.With(events: 3);
        Assert.Empty(await new Rebuild(new BusyLog(other), other.Database, ReadModels.All()).BuildAhead());
    }

    // The end of the log is old when it is told.
    private sealed class BusyLog(AuditedLog other) : IEventLog
    {
        public async Task<long> Head(CancellationToken cancellation = default)
        {
            var head = await other.Log.Head(cancellation);
            await other.Append(1);
            return head;
        }

        public Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, CancellationToken cancellation = default) => other.Log.ReadAll(position, most, cancellation);

        public Task<Appended> Append(string stream, long expectedRevision, IReadOnlyList<NewEvent> events, CancellationToken cancellation = default) =>
            other.Log.Append(stream, expectedRevision, events, cancellation);

        public Task<IReadOnlyList<RecordedEvent>> ReadStream(string stream, long afterRevision = 0, CancellationToken cancellation = default) =>
            other.Log.ReadStream(stream, afterRevision, cancellation);

        public Task<IWakeUp> Subscribe(CancellationToken cancellation = default) => other.Log.Subscribe(cancellation);

        public Task<ILeadership> Lead(string role, CancellationToken cancellation = default) => other.Log.Lead(role, cancellation);

        public Task<bool> IsLed(string role, CancellationToken cancellation = default) => other.Log.IsLed(role, cancellation);
    }
}
