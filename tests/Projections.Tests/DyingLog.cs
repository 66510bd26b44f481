using Debci.EventLog;

namespace Debci.Projections.Tests;

/// <summary>A log whose reader is ended by cancellation after so many pages: what a crash between pages looks like.</summary>
internal sealed class DyingLog(IEventLog log, int pages, CancellationTokenSource death, bool isKilled = false) : IEventLog
{
    private int left = pages;

    public Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, CancellationToken cancellation = default)
    {
        if (left-- <= 0 && isKilled)
            throw new IOException("killed");
        if (left < 0)
            death.Cancel();
        cancellation.ThrowIfCancellationRequested();
        return log.ReadAll(position, most, cancellation);
    }

    public Task<Appended> Append(string stream, long expectedRevision, IReadOnlyList<NewEvent> events, CancellationToken cancellation = default) =>
        log.Append(stream, expectedRevision, events, cancellation);

    public Task<IReadOnlyList<RecordedEvent>> ReadStream(string stream, long afterRevision = 0, CancellationToken cancellation = default) =>
        log.ReadStream(stream, afterRevision, cancellation);

    public Task<long> Head(CancellationToken cancellation = default) => log.Head(cancellation);

    public Task<IWakeUp> Subscribe(CancellationToken cancellation = default) => log.Subscribe(cancellation);

    public Task<ILeadership> Lead(string role, CancellationToken cancellation = default) => log.Lead(role, cancellation);

    public Task<bool> IsLed(string role, CancellationToken cancellation = default) => log.IsLed(role, cancellation);
}
