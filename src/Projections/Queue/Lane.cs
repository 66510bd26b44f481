using Debci.Domain;

namespace Debci.Projections;

/// <summary>Runs that need the same of a worker: the same architecture, suite and words. There are few of them, however long the queue is.</summary>
/// <param name="Name">Its key, <c>arch suite need …</c>.</param>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Suite">Suite.</param>
/// <param name="Needs">What a worker must provide, see <see cref="Routing"/>.</param>
public sealed record Lane(string Name, string Arch, string Suite, IReadOnlyList<string> Needs)
{
    /// <summary>The lane of a run.</summary>
    internal static string Of(BatchEvent.Requested run) => Of(run.Run.Arch, run.Run.Suite, run.Backend, run.Needs ?? []);

    /// <summary>The key of a lane.</summary>
    /// <param name="arch">Debian architecture.</param>
    /// <param name="suite">Suite.</param>
    /// <param name="backend">The backend that was asked for, if any.</param>
    /// <param name="needs">What else is needed.</param>
    public static string Of(string arch, string suite, string? backend, IReadOnlyList<string> needs) =>
        Columns.Words([arch, suite, .. needs.Concat(backend is null ? [] : [backend]).Distinct().Order(StringComparer.Ordinal)]);

    /// <summary>What a run's order is kept by: arch and needs, so that runs which the same workers can take stand in one order, whatever their suite.</summary>
    internal static string ClockOf(BatchEvent.Requested run) => Read(Of(run)).Clock;

    /// <summary>The clock of this lane, see <see cref="QueueModel"/>.</summary>
    public string Clock => Columns.Words([Arch, .. Needs]);

    /// <summary>The lane behind a key.</summary>
    public static Lane Read(string name) => name.Split(' ') is [var arch, var suite, .. var needs] ? new Lane(name, arch, suite, needs)
        : throw new FormatException($"{name} is no lane");
}

/// <summary>Pins as the queue keeps them.</summary>
public static class QueuedPins
{
    /// <summary>The pins behind the column <c>pins</c>; none for null.</summary>
    public static IReadOnlyList<Pin> Read(string? json) => Columns.FromJson<Pin>(json);
}
