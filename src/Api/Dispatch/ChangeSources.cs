using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Mediator;

namespace Debci.Api.Dispatch;

/// <summary>Whoever follows an archive tells which source packages it has lost, and which it has again.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Told">What.</param>
public sealed record ChangeSources(Caller Caller, TellSources Told) : ICommand<long>, INeedsScope
{
    /// <inheritdoc/>
    public Scope Needs => Scope.Schedule;
}

/// <summary>Stores it, and waits until it counts at this node.</summary>
public sealed class ChangeSourcesHandler(LiveConfiguration live, SmallStream streams, Standing standing) : ICommandHandler<ChangeSources, long>
{
    /// <inheritdoc/>
    public async ValueTask<long> Handle(ChangeSources command, CancellationToken cancellationToken)
    {
        if (command.Told.Check(live.Archive) is { } refusal)
            throw new RefusedException(refusal);
        var info = new CommandInfo(Guid.CreateVersion7(), "tellSources", command.Caller.Actor, Correlation: Guid.CreateVersion7());
        var position = await streams.Obey<SuiteSources, SourceEvent>(Streams.Sources(command.Told.Suite), SuiteSources.Complete, SuiteSources.Evolve,
            s => SuiteSources.Decide(command.Told, s), info, cancellationToken);
        await standing.Counts(position, cancellationToken);
        return position;
    }
}
