using Debci.Api.Amqp;
using Debci.Api.Claims;
using Debci.Api.Configuration;
using Debci.Api.Dispatch;
using Debci.Api.Events;
using Debci.Api.Files;
using Debci.Api.Fleet;
using Debci.Api.Gate;
using Debci.Api.GraphQL;
using Debci.Api.GraphQL.Dispatch;
using Debci.Api.GraphQL.Events;
using Debci.Api.GraphQL.Gate;
using Debci.Api.GraphQL.Http;
using Debci.Api.GraphQL.Packages;
using Debci.Api.GraphQL.Queue;
using Debci.Api.GraphQL.Runs;
using Debci.Api.GraphQL.Server;
using Debci.Api.GraphQL.Statistics;
using Debci.Api.GraphQL.Webhooks;
using Debci.Api.GraphQL.Workers;
using Debci.Api.Keys;
using Debci.Api.Maintainers;
using Debci.Api.Pages;
using Debci.Api.Pages.Audit;
using Debci.Api.Pages.Home;
using Debci.Api.Pages.Log;
using Debci.Api.Pages.Packages;
using Debci.Api.Pages.Queue;
using Debci.Api.Pages.Retry;
using Debci.Api.Pages.Runs;
using Debci.Api.Pages.Statistics;
using Debci.Api.Pages.Suites;
using Debci.Api.Pages.Workers;
using Debci.Api.Reactions;
using Debci.Api.Requests;
using Debci.Api.Retention;
using Debci.Api.Runs;
using Debci.Api.Views;
using Debci.Api.Webhooks;
using Debci.EventLog;
using Debci.Projections;
using GraphQL;
using Npgsql;

namespace Debci.Api.Hosting;

/// <summary>What the server is made of. Everything is a singleton: nothing keeps state for one request but its arguments.</summary>
internal static class Services
{
    public static void AddDebci(this IServiceCollection services, DebciConfiguration configuration, TimeProvider clock, NpgsqlDataSource database, LogIdentity identity)
    {
        services.AddRoutingCore();
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(3)); // who waits for news finds it elsewhere, or later
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true); // so that it gets a sentence, like all refusals
        services.ConfigureHttpJsonOptions(o => o.SerializerOptions.RespectNullableAnnotations = true);
        services.AddSingleton(configuration).AddSingleton(new LiveConfiguration(configuration)).AddSingleton(clock).AddSingleton(identity).AddSingleton(_ => database);
        services.AddSingleton<IEventLog>(_ => ServerHost.OpenLog(configuration, database)).AddSingleton<Moments>().AddSingleton(_ => new LogProbe(database, configuration.Log.Cluster));
        AddReadSide(services);
        AddCommands(services, configuration);
        AddGraphQL(services);
        AddPages(services);
        services.AddViews();
        AddAmqp(services);
        AddWebhooks(services);
    }

    private static void AddReadSide(IServiceCollection services)
    {
        services.AddSingleton(ReadModels.All());
        services.AddSingleton<Projector>().AddSingleton<ReadPosition>().AddSingleton<RunChanges>().AddSingleton<RunFeed>();
        services.AddSingleton<RunsQueries>().AddSingleton<QueueQueries>().AddSingleton<IndexQueries>().AddSingleton<HistoryQueries>().AddSingleton<StampedResults>().AddSingleton<WorkersQueries>();
        services.AddSingleton<StatsQueries>().AddSingleton<PackagesQueries>().AddSingleton<EventVisibility>().AddSingleton<EventsQueries>();
        services.AddSingleton<QueuePastQueries>().AddSingleton<PoliciesPastQueries>().AddSingleton<PoliciesQueries>().AddSingleton<NeedsQueries>().AddSingleton<OutcomesQueries>();
        services.AddSingleton<DecisionsQueries>().AddSingleton<StatusesQueries>().AddSingleton<TroubleQueries>().AddSingleton<TmpfailsQueries>().AddSingleton<JobsQueries>().AddSingleton<StreamPlaces>().AddSingleton<EventStreamEndpoint>();
        services.AddHostedService<ReadSide>();
    }

    private static void AddCommands(IServiceCollection services, DebciConfiguration configuration)
    {
        services.AddMediator(o => { o.ServiceLifetime = ServiceLifetime.Singleton; o.PipelineBehaviors = [typeof(ScopeCheck<,>)]; });
        services.AddSingleton<AccessKeys>().AddSingleton<RunIds>().AddSingleton<Batches>().AddSingleton<RunCommands>().AddSingleton<KnownRuns>();
        services.AddSingleton<BatchFence>().AddSingleton<RequestKeys>().AddSingleton<Admission>().AddSingleton<GateEvidence.Sources>().AddSingleton<GateKeeper>().AddSingleton<WholeRows>();
        services.AddSingleton<Leases>().AddSingleton<Giver>().AddSingleton<WorkerAnnouncements>().AddHostedService<Housekeeping>();
        services.AddSingleton<Texts>().AddSingleton<DispatchState>().AddSingleton<SmallStream>().AddSingleton<WorkerStreams>().AddSingleton<Standing>().AddSingleton<Forecast>().AddSingleton<FleetView>();
        services.AddSingleton<IReaction, Superseder>().AddSingleton<IReaction, QuarantineWatch>().AddSingleton<IReaction, PeerWatch>().AddHostedService<Reactor>();
        services.AddSingleton<OverLeases>().AddHostedService(s => s.GetRequiredService<OverLeases>());
        services.AddSingleton<ClockSteps>().AddSingleton<Rescuer>().AddHostedService(s => s.GetRequiredService<Rescuer>());
        services.AddFiles(configuration);
        services.AddSingleton<ExpiringRuns>().AddSingleton<FileRemovals>().AddSingleton<RetentionRound>().AddSingleton<UploadSweep>().AddHostedService<RetentionChore>();
    }

    private static void AddAmqp(IServiceCollection services)
    {
        services.AddSingleton<BridgeHealth>().AddSingleton<RequestIdentity>().AddSingleton<Deliveries>().AddSingleton<LateResults>();
        services.AddSingleton<RequestIntake>().AddSingleton<ResultIntake>().AddSingleton<Dispatcher>().AddSingleton<OutcomePublisher>().AddHostedService<AmqpBridge>();
    }

    private static void AddWebhooks(IServiceCollection services) =>
        services.AddSingleton<WebhookStore>().AddSingleton<WebhookSender>().AddSingleton<WebhookFields>().AddHostedService<WebhookTeller>();

    private static void AddPages(IServiceCollection services)
    {
        services.AddSingleton<StaticFiles>().AddSingleton<PageRenderer>().AddSingleton<LogOutlines>().AddSingleton<LogLines>().AddSingleton<LogViews>();
        services.AddSingleton<HomePage>().AddSingleton<PackagePage>().AddSingleton<HistoryPage>().AddSingleton<SearchPage>();
        services.AddSingleton<SuitePage>().AddSingleton<RunPage>().AddSingleton<QueuePage>().AddSingleton<WorkersPage>().AddSingleton<RetryPage>().AddSingleton<AuditPage>().AddSingleton<Sessions>();
        services.AddSingleton<StatusPage>().AddSingleton<TroublePages>().AddSingleton<SlowPage>().AddSingleton<TmpfailsPage>();
    }

    private static void AddGraphQL(IServiceCollection services)
    {
        services.AddGraphQL(g => g.AddSystemTextJson().AddSchema<DebciSchema>().AddGraphTypes(typeof(DebciSchema).Assembly));
        services.AddSingleton<PackageQueries>().AddSingleton<PackageList>().AddSingleton<StatsFields>();
        services.AddSingleton<KnownPlaces>().AddSingleton<StatusHistoryField>().AddSingleton<TroubleFields>().AddSingleton<TmpfailFields>();
        services.AddSingleton<RunQueries>().AddSingleton<RunLoader>().AddSingleton<RunMutations>().AddSingleton<RunSubscriptions>();
        services.AddSingleton<QueueFields>().AddSingleton<OutlookLoader>().AddSingleton<QueueSubscription>();
        services.AddSingleton<WorkerFields>().AddSingleton<ServerFields>().AddSingleton<EventFields>();
        services.AddSingleton<DispatchFields>().AddSingleton<DispatchMutations>().AddSingleton<Notices>();
        services.AddSingleton<SourceMutations>().AddSingleton<MaintainerMutations>().AddSingleton<MaintainerStore>();
        services.AddSingleton<OutcomeFields>().AddSingleton<OutcomeSubscription>().AddSingleton<GateFields>().AddSingleton<WaiverFields>();
        services.AddSingleton<LogSubscription>().AddSingleton<LogFollower>();
        services.AddSingleton<Positions>().AddSingleton<AsOf>();
        services.AddSingleton<GraphQLEndpoint>().AddSingleton<Documents>().AddSingleton<GraphQLLimits>().AddSingleton<GraphQLErrors>();
        services.AddSingleton<Operations>().AddSingleton<TrustedDocuments>().AddSingleton<GraphQLSocket>();
    }
}
