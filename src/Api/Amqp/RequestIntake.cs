using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Api.Requests;
using Debci.Domain;
using Debci.EventLog;
using Mediator;

namespace Debci.Api.Amqp;

/// <summary>
/// Takes requests from queues, each of which is a part of its own. Each message is a batch of one, acknowledged when that is stored; one that is refused, for whatever reason, is a dead letter.
/// </summary>
internal sealed class RequestIntake(IMediator mediator, AccessKeys accounts, RequestIdentity identity, LiveConfiguration live, ILogger<RequestIntake> logger)
{
    private const ushort AtOnce = 8; // what is stored at once is stored together
    private const int AtOnceOfAll = 16; // there may be a hundred queues, and the database has others to serve
    private readonly Turns turns = new(AtOnceOfAll);

    /// <summary>A part for each queue.</summary>
    public IEnumerable<BridgePart> Parts(AmqpSettings settings) => RequestQueues.Of(settings, live.Archive.Suites, live.Archive.Arches).Select(queue =>
        new BridgePart($"amqp requests {queue.Name}", (links, works, stop) => Work(settings, queue, links, works, stop)));

    private async Task Work(AmqpSettings settings, NamedQueue queue, Links links, Action works, CancellationToken stop)
    {
        var caller = await accounts.OfAccount(queue.Kind.Account, Scope.Request, stop)
            ?? throw new RefusedException(RefusalCode.NotAllowed, $"There is no account {queue.Kind.Account}; make it with `debci key create {queue.Kind.Account} --scope request`.");
        await new Consuming(settings, logger).Run(links, [queue.Name], AtOnce, (message, c) => Take(message, queue, caller, c), works, stop);
    }

    private async Task Take(Message message, NamedQueue queue, Caller caller, CancellationToken cancellation)
    {
        var (request, hasTime) = RequestBody.Read(message.Body.Span, queue);
        using var turn = await turns.Take(cancellation);
        message.Batch ??= await identity.Of(message, hasTime, cancellation);
        await mediator.Send(new RequestRuns(caller, message.Batch, [request]), cancellation);
    }
}
