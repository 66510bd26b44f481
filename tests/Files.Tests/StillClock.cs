using System.Collections.Concurrent;

namespace Debci.Files.Tests;

/// <summary>A clock whose timers end when the test says so.</summary>
internal sealed class StillClock : TimeProvider
{
    private readonly ConcurrentDictionary<Timer, TimeSpan> timers = new();

    /// <summary>So much time is over, for all timers that are set and end by then.</summary>
    public void Pass(TimeSpan time)
    {
        foreach (var (timer, due) in timers.Where(t => t.Value <= time))
            timer.End();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(StillClock clock, Action end) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
                return clock.timers.TryRemove(this, out _);
            clock.timers[this] = dueTime;
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
