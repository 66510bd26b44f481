using Debci.Api.Claims;
using Debci.Api.Configuration;
using Debci.Api.Events;
using Debci.Api.Files;
using Debci.Api.Fleet;
using Debci.Api.GraphQL;
using Debci.Api.GraphQL.Explorer;
using Debci.Api.GraphQL.Http;
using Debci.Api.Http;
using Debci.Api.Keys;
using Debci.Api.Pages;
using Debci.Api.Recovery;
using Debci.Api.Replay;
using Debci.Api.Rest;
using Debci.Api.Views;
using Npgsql;

namespace Debci.Api.Hosting;

/// <summary>The server: everything put together.</summary>
public static class ServerHost
{
    /// <summary>The log, on the engine that is configured.</summary>
    internal static EventLog.IOpenLog OpenLog(DebciConfiguration configuration, NpgsqlDataSource database) => EventLog.LogEngines.Open(database, configuration.Log.Cluster);

    /// <summary>The log's own word.</summary>
    internal static Task<string> LogId(DebciConfiguration configuration, NpgsqlDataSource database, CancellationToken cancellation) => EventLog.LogEngines.Id(database, configuration.Log.Cluster, cancellation);

    /// <summary>Gives a log on PostgreSQL that is a view of another one that one's word.</summary>
    internal static Task NameLog(NpgsqlDataSource database, string id, CancellationToken cancellation) => EventLog.Marten.MartenLogSchema.NameAs(database, id, cancellation);

    /// <summary>Migrates nothing, starts nothing: the caller runs the application that is given. The database must be there and migrated.</summary>
    public static Task<WebApplication> Build(DebciConfiguration configuration, CancellationToken cancellation = default) => Build(configuration, TimeProvider.System, cancellation);

    /// <summary>The same, with a clock that says which day it is, when links end and how long it has waited; what is stored is dated by the log's clock.</summary>
    public static Task<WebApplication> Build(DebciConfiguration configuration, TimeProvider clock, CancellationToken cancellation = default) => Build(configuration, clock, past: null, cancellation);

    /// <summary>The same; of the past, where one is given: then it only reads.</summary>
    internal static async Task<WebApplication> Build(DebciConfiguration configuration, TimeProvider clock, Past? past, CancellationToken cancellation)
    {
        // Only the log has to be durable at once, and sees to it itself. Rows and leases that a crash of PostgreSQL takes back are made
        // again: rows from the log, behind their checkpoint, which goes back with them; a lease's loss is what the rescuer is for.
        var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(configuration.Database)
        {
            // What a connection must not leave to the next one (locks) is given back in words: a reset each time would be a third of all statements.
            MaxAutoPrepare = 100, NoResetOnClose = true, ApplicationName = "debci", Options = "-c synchronous_commit=off",
        });
        WebApplication? app = null;
        try
        {
            var identity = new LogIdentity(await LogId(configuration, database, cancellation));
            app = Compose(configuration, clock, past, database, identity);
            await Look(app, database, reads: past is not null || configuration.ReadsOnly, cancellation);
            return app;
        }
        catch
        {
            // It may be tried again, a thousand times.
            if (app is not null)
                await app.DisposeAsync();
            await database.DisposeAsync();
            throw;
        }
    }

    private static WebApplication Compose(DebciConfiguration configuration, TimeProvider clock, Past? past, NpgsqlDataSource database, LogIdentity identity)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "debci" });
        builder.Logging.AddSimpleConsole(o => { o.SingleLine = true; o.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ "; o.UseUtcTimestamp = true; });
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // `debci serve` says in a sentence what it says in traces
        builder.WebHost.UseKestrelCore().UseUrls(configuration.Listen)
            .ConfigureKestrel(k => { k.Limits.MaxRequestBodySize = 1 << 20; k.AddServerHeader = false; });
        var ours = builder.Services.Count;
        builder.Services.AddDebci(configuration, clock, database, identity);
        var reading = past is not null ? Past.Reading : configuration.ReadsOnly ? ReadsOnly.Beside : null;
        reading?.Replace(builder.Services, ours);
        if (past is not null)
            builder.Services.AddSingleton(past).AddSingleton(past.Log);

        var app = builder.Build();
        app.UseRefusalAnswers();
        app.UseSingleSlashes();
        reading?.Guard(app);
        app.UseViewCompression();
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(15), KeepAliveTimeout = TimeSpan.FromSeconds(30) });
        app.UseCallers();
        app.UseRouting();
        app.UseBodyLimits();
        app.UseEndpoints(_ => { });
        app.MapGraphQL("/graphql");
        app.MapExplorer();
        app.MapWorkers();
        app.MapRest();
        app.MapFiles();
        app.MapViews();
        app.MapHealth();
        app.MapFleet();
        app.MapEvents();
        app.MapPages();
        return app;
    }

    // Before it serves.
    private static async Task Look(WebApplication app, NpgsqlDataSource database, bool reads, CancellationToken cancellation)
    {
        app.Services.GetRequiredService<TrustedDocuments>(); // its mistakes are told at the start
        var log = app.Services.GetRequiredService<EventLog.IEventLog>();
        await AfterRestore.Check(log, database, app.Services.GetRequiredService<IReadOnlyList<Projections.IReadModel>>(), cancellation);
        if (reads)
            return;
        app.Services.GetRequiredService<AsideFolder>().Sweep(TimeSpan.FromHours(1));
        await AfterRestore.MoveRunIds(log, database, cancellation);
    }
}
