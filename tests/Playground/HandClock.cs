using System.Collections.Concurrent;

namespace Debci.Playground;

/// <summary>A clock that stands until a test moves it: then spans of time are over, and timers end. What day it is, it has from the machine.</summary>
public sealed class HandClock : TimeProvider
{
    private readonly ConcurrentDictionary<Timer, long> timers = new();
    private long now;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref now);

    /// <summary>So much time is over, for all timers too that are set by then.</summary>
    public void Pass(TimeSpan time)
    {
        var until = Interlocked.Add(ref now, time.Ticks);
        foreach (var (timer, _) in timers.Where(t => t.Value <= until))
            timer.End();
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    // It ends once; nothing in the tests repeats.
    private sealed class Timer(HandClock clock, Action end) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
                return clock.timers.TryRemove(this, out _);
            clock.timers[this] = clock.GetTimestamp() + dueTime.Ticks;
            return true;
        }

        public void End()
        {
            if (clock.timers.TryRemove(this, out _))
                end();
        }

        public void Dispose() => clock.timers.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
