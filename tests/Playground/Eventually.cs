using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Debci.Playground;

/// <summary>Waiting for what is outside of this process, and so cannot signal: looked at again and again, with a limit.</summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Ends when the condition holds; fails with its name when it does not within a minute, or within <paramref name="limit"/>.</summary>
    public static async Task True(string what, Func<Task<bool>> condition, TimeSpan? limit = null, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        using var timer = new PeriodicTimer(Pause);
        for (var watch = Stopwatch.StartNew(); !await condition();)
        {
            if (watch.Elapsed > (limit ?? Limit))
                throw new TimeoutException($"{Path.GetFileName(file)}:{line}: not within {(limit ?? Limit).TotalSeconds:0} s: {what}");
            await timer.WaitForNextTickAsync();
        }
    }
}
