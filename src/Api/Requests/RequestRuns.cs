using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Mediator;

namespace Debci.Api.Requests;

/// <summary>Asks for runs.</summary>
/// <param name="Caller">Who asks; the runs' requester.</param>
/// <param name="BatchId">The caller's own id for this batch: sent again, nothing changes. Null: no repetition is recognised.</param>
/// <param name="Tests">What is asked for.</param>
/// <param name="OnBad">What becomes of the batch when a test is bad.</param>
/// <param name="AsSystem">Whether the requester is debci itself, so that the runs are in nobody's listing and count at nobody's gate.</param>
public sealed record RequestRuns(Caller Caller, string? BatchId, IReadOnlyList<TestRequest> Tests, OnBadRequest OnBad = OnBadRequest.RefuseBatch, bool AsSystem = false) : ICommand<StoredBatch>, INeedsScope
{
    /// <summary>One call takes at most this many.</summary>
    public const int MostTests = 50_000;

    /// <inheritdoc/>
    public Scope Needs => AsSystem ? Scope.Schedule : Scope.Request;
}

/// <summary>Stores the batch.</summary>
public sealed class RequestRunsHandler(Batches batches) : ICommandHandler<RequestRuns, StoredBatch>
{
    /// <inheritdoc/>
    public async ValueTask<StoredBatch> Handle(RequestRuns command, CancellationToken cancellationToken)
    {
        if (command.Tests.Count is 0 or > RequestRuns.MostTests)
            throw new RefusedException(command.Tests.Count == 0 ? RefusalCode.Invalid : RefusalCode.TooLarge,
                $"A batch holds 1 to {RequestRuns.MostTests} tests; this one has {command.Tests.Count}.", "tests");
        if (command.BatchId is { Length: 0 or > 200 })
            throw new RefusedException(RefusalCode.Invalid, "A batch id has 1 to 200 characters.", "batchId");
        // Another account's batch of the same name is another batch.
        var account = command.Caller.AccountId;
        var batch = command.BatchId is { } own ? Uuid5.Create(account, own) : Guid.CreateVersion7();
        var info = new CommandInfo(Guid.CreateVersion7(), "requestRuns", command.Caller.Actor, Correlation: batch);
        return await batches.Store(new Batches.Order(batch, command.AsSystem ? Caller.System.Requester : command.Caller.Requester, command.Tests, command.OnBad, Account: command.Caller.Name, IsNew: command.BatchId is null), info, cancellationToken);
    }
}
