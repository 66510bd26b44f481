using Debci.Api.GraphQL.Dispatch;
using Debci.Api.GraphQL.Events;
using Debci.Api.GraphQL.Gate;
using Debci.Api.GraphQL.Packages;
using Debci.Api.GraphQL.Queue;
using Debci.Api.GraphQL.Runs;
using Debci.Api.GraphQL.Server;
using Debci.Api.GraphQL.Statistics;
using Debci.Api.GraphQL.Webhooks;
using Debci.Api.GraphQL.Workers;
using GraphQL.Types;

namespace Debci.Api.GraphQL;

/// <summary>The GraphQL schema; printed as <c>src/Api/GraphQL/Schema.graphql</c>, which a test compares.</summary>
public sealed class DebciSchema : Schema
{
    /// <summary>Puts the parts together.</summary>
    public DebciSchema(
        IServiceProvider services,
        PackageQueries packages, PackageList packageList,
        StatsFields stats, StatusHistoryField statusHistory, TroubleFields trouble, TmpfailFields tmpfails,
        RunQueries runs, RunMutations runMutations, RunSubscriptions runSubscriptions, LogSubscription logSubscription,
        QueueFields queue, QueueSubscription queueSubscription,
        EventFields events, WorkerFields workers, ServerFields server,
        DispatchFields dispatch, DispatchMutations dispatchMutations, SourceMutations sourceMutations, MaintainerMutations maintainers,
        OutcomeFields outcomes, OutcomeSubscription outcomeSubscription, GateFields gate, WaiverFields waivers,
        WebhookFields webhooks) : base(services)
    {
        var query = new ObjectGraphType { Name = "Query", Description = "What can be asked. Reading public things is open to everybody." };
        packages.AddTo(query);
        packageList.AddTo(query);
        stats.AddTo(query);
        statusHistory.AddTo(query);
        trouble.AddTo(query);
        tmpfails.AddTo(query);
        runs.AddTo(query);
        events.AddTo(query);
        queue.AddTo(query);
        workers.AddTo(query);
        dispatch.AddTo(query);
        outcomes.AddTo(query);
        gate.AddTo(query);
        waivers.AddTo(query);
        webhooks.AddTo(query);
        server.AddTo(query);
        var mutation = new ObjectGraphType { Name = "Mutation", Description = "What can be done. Each needs a key." };
        runMutations.AddTo(mutation);
        dispatchMutations.AddTo(mutation);
        sourceMutations.AddTo(mutation);
        maintainers.AddTo(mutation);
        waivers.AddMutations(mutation);
        webhooks.AddMutations(mutation);
        var subscription = new ObjectGraphType { Name = "Subscription", Description = "What can be followed, over graphql-sse and graphql-transport-ws." };
        runSubscriptions.AddTo(subscription);
        queueSubscription.AddTo(subscription);
        logSubscription.AddTo(subscription);
        outcomeSubscription.AddTo(subscription);
        (Query, Mutation, Subscription) = (query, mutation, subscription);
    }
}
