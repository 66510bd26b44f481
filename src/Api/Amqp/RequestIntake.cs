using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Api.Requests;
using Debci.Domain;
using Mediator;
using RabbitMQ.Client;

namespace Debci.Api.Amqp;

/// <summary>
/// Takes requests from queues. Each message is a batch of one, acknowledged when that is stored; one that is refused, for whatever reason, is a dead letter.
/// </summary>
internal sealed class RequestIntake(IMediator mediator, AccessKeys accounts, RequestIdentity identity, LiveConfiguration live, ILogger<RequestIntake> logger)
{
    private const ushort AtOnce = 16; // what is stored at once is stored together

    /// <summary>One part for all queues; none where none is configured.</summary>
    public IEnumerable<BridgePart> Parts(AmqpSettings settings) => settings.Requests.Count == 0 ? []
        : [new BridgePart("amqp requests", (connection, works, stop) => Work(settings, connection, works, stop))];

    private async Task Work(AmqpSettings settings, IConnection connection, Action works, CancellationToken stop)
    {
        var queues = RequestQueues.Of(settings, live.Archive.Suites, live.Archive.Arches).ToDictionary(q => q.Name, StringComparer.Ordinal);
        var callers = await Callers(queues.Values.Select(q => q.Kind.Account).Distinct(), stop);
        await new Consuming(settings, logger).Run(connection, queues.Keys, AtOnce, (message, c) => Take(message, queues[message.Queue], callers, c), works, stop);
    }

    private async Task<IReadOnlyDictionary<string, Caller>> Callers(IEnumerable<string> names, CancellationToken cancellation)
    {
        var callers = new Dictionary<string, Caller>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            callers[name] = await accounts.OfAccount(name, Scope.Request, cancellation)
                ?? throw new RefusedException(RefusalCode.NotAllowed, $"There is no account {name}; make it with `debci key create {name} --scope request`.");
        }
        return callers;
    }

    private async Task Take(Message message, NamedQueue queue, IReadOnlyDictionary<string, Caller> callers, CancellationToken cancellation)
    {
        var (request, hasTime) = RequestBody.Read(message.Body.Span, queue);
        message.Batch ??= await identity.Of(message, hasTime, cancellation);
        await mediator.Send(new RequestRuns(callers[queue.Kind.Account], message.Batch, [request]), cancellation);
    }
}
