namespace Debci.Playground;

/// <summary>A clock by which it is always the same moment. Timers and spans of time are the machine's, so a server works under it as under any other.</summary>
public sealed class SameMoment(DateTimeOffset now) : TimeProvider
{
    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => now;
}
