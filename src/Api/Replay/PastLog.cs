using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Replay;

/// <summary>A log as it was at a position: it ends there, and takes nothing.</summary>
public sealed class PastLog(IEventLog log, long end) : IEventLog
{
    /// <inheritdoc/>
    /// <exception cref="RefusedException">Always.</exception>
    public Task<Appended> Append(string stream, long expectedRevision, IReadOnlyList<NewEvent> events, CancellationToken cancellation = default) =>
        throw new RefusedException(RefusalCode.NotAllowed, Past.Refusal);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RecordedEvent>> ReadStream(string stream, long afterRevision = 0, CancellationToken cancellation = default) =>
        [.. (await log.ReadStream(stream, afterRevision, cancellation)).Where(e => e.Position <= end)];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, CancellationToken cancellation = default) =>
        position >= end ? [] : [.. (await log.ReadAll(position, most, cancellation)).TakeWhile(e => e.Position <= end)];

    /// <inheritdoc/>
    public Task<long> Head(CancellationToken cancellation = default) => Task.FromResult(end);

    /// <inheritdoc/>
    public Task<IWakeUp> Subscribe(CancellationToken cancellation = default) => Task.FromResult<IWakeUp>(new Silence());

    /// <inheritdoc/>
    public Task<ILeadership> Lead(string role, CancellationToken cancellation = default) =>
        throw new InvalidOperationException("Nobody leads anything in the past.");

    /// <inheritdoc/>
    public Task<bool> IsLed(string role, CancellationToken cancellation = default) => Task.FromResult(false);

    // Nothing is ever appended.
    private sealed class Silence : IWakeUp
    {
        public Task Wait(TimeSpan atMost, CancellationToken cancellation = default) => Task.Delay(atMost, cancellation);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
