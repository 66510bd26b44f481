using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Mediator;

namespace Debci.Api.Dispatch;

/// <summary>An operator drains a worker, lets it resume, or restores one that was set aside.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Name">The command's name in the envelope.</param>
/// <param name="Reason">Why, in the operator's words.</param>
/// <param name="Command">What, given the hash of the reason.</param>
public sealed record ChangeWorker(Caller Caller, string Name, string? Reason, Func<string?, WorkerCommand> Command) : ICommand<long>, INeedsScope
{
    /// <inheritdoc/>
    public Scope Needs => Scope.Admin;
}

/// <summary>Stores the decision, and waits until it counts at this node.</summary>
public sealed class ChangeWorkerHandler(Texts texts, WorkerStreams workers, Standing standing) : ICommandHandler<ChangeWorker, long>
{
    /// <inheritdoc/>
    public async ValueTask<long> Handle(ChangeWorker command, CancellationToken cancellationToken)
    {
        var decision = command.Command(await texts.Keep(command.Reason, cancellationToken));
        if (!Names.IsWorker(decision.Name))
            throw new RefusedException(RefusalCode.UnknownWorker, $"{StoredText.Quote(decision.Name)} is no worker's name.", "worker");
        var info = new CommandInfo(Guid.CreateVersion7(), command.Name, command.Caller.Actor, Correlation: Guid.CreateVersion7());
        var position = await workers.Obey(decision, info, cancellationToken);
        await standing.Counts(position, cancellationToken);
        return position;
    }
}

/// <summary>The streams of workers.</summary>
public sealed class WorkerStreams(SmallStream streams)
{
    /// <summary>Obeys a command; gives the position of the event that answers it.</summary>
    /// <exception cref="RefusedException">There is no such worker.</exception>
    public Task<long> Obey(WorkerCommand command, CommandInfo info, CancellationToken cancellation) =>
        streams.Obey<Worker, WorkerEvent>(Streams.Worker(command.Name), Worker.Unknown, Worker.Evolve, w => Worker.Decide(command, w), info, cancellation);
}
