using Debci.Api.Keys;
using Debci.Api.Requests;
using Debci.Domain;
using Debci.EventLog;
using Mediator;

namespace Debci.Api.Runs;

/// <summary>
/// Asks for the same again, as a new run that keeps the first requester, triggers and pins: without them, britney would never see it.
/// </summary>
/// <param name="Caller">Who wants it (in the envelope).</param>
/// <param name="Run">The run to repeat; it must be over.</param>
/// <param name="RetryId">The caller's own id for this retry: sent again, nothing changes.</param>
public sealed record RetryRun(Caller Caller, long Run, string? RetryId) : ICommand<StoredBatch>, INeedsScope
{
    /// <inheritdoc/>
    public Scope Needs => Scope.Request;
}

/// <summary>Stores a batch of one.</summary>
public sealed class RetryRunHandler(KnownRuns known, Batches batches) : ICommandHandler<RetryRun, StoredBatch>
{
    /// <inheritdoc/>
    public async ValueTask<StoredBatch> Handle(RetryRun command, CancellationToken cancellationToken)
    {
        var row = await known.GetOver(command.Run, command.Caller, cancellationToken);
        if (!row.IsOver)
            throw new RefusedException(RefusalCode.Conflict, $"Run {command.Run} is still {row.State.ToString().ToLowerInvariant()}; it can be retried when it is over.", "run");
        if (row is { IsImported: true, Pins.Count: 0, ExtraSources.Count: > 0 })
            throw new RefusedException(RefusalCode.Conflict, $"Run {command.Run} was imported without its pins, and would test something else without them; ask for the test anew, with its pins.", "run");
        var request = new TestRequest(row.Key.Package, row.Key.Suite, row.Key.Arch, row.Triggers, row.Pins, row.ExtraSources,
            row.Backend, row.Priority, row.Key.Private, KeepOlder: true);
        var batch = command.RetryId is { } own ? Uuid5.Create(command.Caller.AccountId, $"retry {command.Run} {own}") : Guid.CreateVersion7();
        var info = new CommandInfo(Guid.CreateVersion7(), "retryRun", command.Caller.Actor, Correlation: batch);
        return await batches.Store(new Batches.Order(batch, row.Requester, [request], OnBadRequest.RefuseBatch, command.Run), info, cancellationToken);
    }
}
