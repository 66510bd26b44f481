using System.Diagnostics;
using static Debci.Domain.WorkerCommand;
using static Debci.Domain.WorkerEvent;

namespace Debci.Domain;

/// <summary>A worker as its stream tells it.</summary>
/// <param name="Words">What it said of itself last; null before it ever did.</param>
/// <param name="IsDrained">Whether it is to take nothing more.</param>
/// <param name="IsSetAside">Whether it gets probes only.</param>
public sealed record Worker(Announced? Words, bool IsDrained, bool IsSetAside)
{
    /// <summary>Before its first event.</summary>
    public static readonly Worker Unknown = new(null, false, false);

    /// <summary>The next state. Never refuses, never guesses.</summary>
    public static Worker Evolve(Worker worker, WorkerEvent happened) => happened switch
    {
        Announced e => worker with { Words = e },
        Drained => worker with { IsDrained = true },
        Resumed => worker with { IsDrained = false },
        SetAside => worker with { IsSetAside = true },
        Restored => worker with { IsSetAside = false },
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <summary>What happens now; nothing when the command was obeyed before.</summary>
    /// <exception cref="RefusedException">There is no such worker.</exception>
    public static IReadOnlyList<WorkerEvent> Decide(WorkerCommand command, Worker worker) => (command, worker) switch
    {
        (Announce c, _) => worker.Words is { } said && said.SaysTheSame(c.Words) ? [] : [c.Words],
        (_, { Words: null }) => throw new RefusedException(RefusalCode.UnknownWorker, $"No worker {StoredText.Quote(command.Name)} has ever called here.", "worker"),

        (Drain c, { IsDrained: false }) => [new Drained(c.Name, c.Reason)],
        (Drain, _) => [], // asked twice
        (Resume c, { IsDrained: true }) => [new Resumed(c.Name, c.Reason)],
        (Resume, _) => [],

        (PutAside c, { IsSetAside: false }) => [c.Finding],
        (PutAside, _) => [],
        (Restore c, { IsSetAside: true }) => [new Restored(c.Name, c.ByProbe, c.Reason)],
        (Restore, _) => [],

        _ => throw new UnreachableException(command.GetType().Name),
    };
}

/// <summary>What can be asked of a worker's standing.</summary>
/// <param name="Name">The worker.</param>
public abstract record WorkerCommand(string Name)
{
    /// <summary>It says what it can do.</summary>
    /// <param name="Words">What it says.</param>
    public sealed record Announce(Announced Words) : WorkerCommand(Words.Worker);

    /// <summary>Let it finish what it has and take nothing more.</summary>
    /// <param name="Name">The worker.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Drain(string Name, string? Reason) : WorkerCommand(Name);

    /// <summary>Let it take runs again.</summary>
    /// <param name="Name">The worker.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Resume(string Name, string? Reason) : WorkerCommand(Name);

    /// <summary>Set it aside.</summary>
    /// <param name="Finding">Why.</param>
    public sealed record PutAside(SetAside Finding) : WorkerCommand(Finding.Worker);

    /// <summary>Take it back among the others.</summary>
    /// <param name="Name">The worker.</param>
    /// <param name="ByProbe">The run that it passed.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Restore(string Name, long? ByProbe, string? Reason) : WorkerCommand(Name);
}
