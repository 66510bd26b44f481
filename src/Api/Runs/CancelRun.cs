using Debci.Api.Claims;
using Debci.Api.Dispatch;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Mediator;

namespace Debci.Api.Runs;

/// <summary>Takes a run back, waiting or running. Its requester may, and operators.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Run">Which run.</param>
/// <param name="Reason">Why, in the caller's words.</param>
public sealed record CancelRun(Caller Caller, long Run, string? Reason = null) : ICommand<RunCommands.Obeyed>, INeedsScope
{
    /// <inheritdoc/>
    public Scope Needs => Scope.Request;
}

/// <summary>Ends the run, then its lease, so that its worker learns of it at the next heartbeat.</summary>
public sealed class CancelRunHandler(KnownRuns known, RunCommands runs, Leases leases, Texts texts) : ICommandHandler<CancelRun, RunCommands.Obeyed>
{
    /// <inheritdoc/>
    public async ValueTask<RunCommands.Obeyed> Handle(CancelRun command, CancellationToken cancellationToken)
    {
        var row = await known.Get(command.Run, command.Caller, cancellationToken);
        if (row.Requester != command.Caller.Requester && !command.Caller.Has(Scope.Admin))
            throw new RefusedException(RefusalCode.NotAllowed, $"Run {command.Run} was asked for by somebody else; its requester or an operator can cancel it.", "run");
        var reason = await texts.Keep(command.Reason, cancellationToken);
        var info = new CommandInfo(Guid.CreateVersion7(), "cancelRun", command.Caller.Actor, Correlation: Guid.CreateVersion7());
        var obeyed = await runs.Obey(new RunCommand.Cancel(row.Key, reason), info, cancellationToken);
        await leases.Drop(command.Run, cancellationToken);
        return obeyed;
    }
}
