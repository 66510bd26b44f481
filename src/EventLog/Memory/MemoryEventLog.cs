namespace Debci.EventLog.Memory;

/// <summary>
/// The log in memory: for tests, and as the proof that the interface is no engine's own. What it holds ends with the process.
/// </summary>
public sealed class MemoryEventLog : IEventLog
{
    private readonly Lock gate = new();
    private readonly List<RecordedEvent> all = [];
    private readonly HashSet<WakeUp> waiting = [];
    private readonly Dictionary<string, SemaphoreSlim> roles = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<Appended> Append(string stream, long expectedRevision, IReadOnlyList<NewEvent> events, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var data = events.Select(e => EventCodec.Write(e.Data)).ToArray();
        if (events.Count == 0 || data.Sum(d => d.Length) > EventLogLimits.AppendBytes)
            throw new ArgumentException($"An append holds 1 event or more, and at most {EventLogLimits.AppendBytes} bytes.", nameof(events));
        lock (gate)
        {
            var stored = all.Where(e => e.Stream == stream).ToList();
            if (stored.Count != expectedRevision)
            {
                var there = stored.Skip((int)expectedRevision).Take(events.Count).ToList();
                return there.Select(e => e.Id).SequenceEqual(events.Select(e => e.Id))
                    ? Task.FromResult(new Appended(there[^1].Position, there[^1].Revision))
                    : throw new StreamMovedException(stream, expectedRevision, stored.Count);
            }
            var recorded = all.Count == 0 || all[^1].RecordedAt < DateTimeOffset.UtcNow ? DateTimeOffset.UtcNow : all[^1].RecordedAt;
            for (var i = 0; i < events.Count; i++)
                all.Add(new RecordedEvent(all.Count + 1, events[i].Id, stream, expectedRevision + i + 1, StoredNames.Of(events[i].Data),
                    recorded, data[i], EventCodec.WriteCommand(events[i].Command)));
            foreach (var wakeUp in waiting)
                wakeUp.Wake();
            return Task.FromResult(new Appended(all.Count, expectedRevision + events.Count));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> ReadStream(string stream, long afterRevision = 0, CancellationToken cancellation = default) =>
        Read(e => e.Stream == stream && e.Revision > afterRevision, int.MaxValue);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, CancellationToken cancellation = default) =>
        Read(e => e.Position > position, most);

    /// <inheritdoc/>
    public Task<long> Head(CancellationToken cancellation = default)
    {
        lock (gate)
            return Task.FromResult((long)all.Count);
    }

    /// <inheritdoc/>
    public Task<IWakeUp> Subscribe(CancellationToken cancellation = default)
    {
        var wakeUp = new WakeUp(this);
        lock (gate)
            waiting.Add(wakeUp);
        return Task.FromResult<IWakeUp>(wakeUp);
    }

    /// <inheritdoc/>
    public async Task<ILeadership> Lead(string role, CancellationToken cancellation = default)
    {
        SemaphoreSlim? seat;
        lock (gate)
        {
            if (!roles.TryGetValue(role, out seat))
                roles[role] = seat = new SemaphoreSlim(1, 1);
        }
        await seat.WaitAsync(cancellation);
        return new Leadership(seat);
    }

    /// <inheritdoc/>
    public Task<bool> IsLed(string role, CancellationToken cancellation = default)
    {
        lock (gate)
            return Task.FromResult(roles.TryGetValue(role, out var seat) && seat.CurrentCount == 0);
    }

    private Task<IReadOnlyList<RecordedEvent>> Read(Func<RecordedEvent, bool> wanted, int most)
    {
        lock (gate)
            return Task.FromResult<IReadOnlyList<RecordedEvent>>([.. all.Where(wanted).Take(most)]);
    }

    private sealed class WakeUp(MemoryEventLog log) : IWakeUp
    {
        private readonly SemaphoreSlim due = new(0);

        public void Wake()
        {
            if (due.CurrentCount == 0) // under the log's gate; two at once are one
                due.Release();
        }

        public Task Wait(TimeSpan atMost, CancellationToken cancellation = default) => due.WaitAsync(atMost, cancellation);

        public ValueTask DisposeAsync()
        {
            lock (log.gate)
                log.waiting.Remove(this);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Leadership(SemaphoreSlim seat) : ILeadership
    {
        public CancellationToken Lost => CancellationToken.None;

        public ValueTask DisposeAsync()
        {
            seat.Release();
            return ValueTask.CompletedTask;
        }
    }
}
