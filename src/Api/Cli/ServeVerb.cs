using System.CommandLine;
using System.Runtime.InteropServices;
using Debci.Api.Configuration;
using Debci.Api.Hosting;

namespace Debci.Api.Cli;

/// <summary>The option that names the configuration.</summary>
internal static class ConfigOption
{
    public static Option<string?> Create() => new("--config", "-c")
    {
        Description = "The configuration file; DEBCI_CONFIG if left out, and else the defaults.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("DEBCI_CONFIG"),
    };

    public static DebciConfiguration Load(this ParseResult arguments, Option<string?> option) =>
        ConfigurationFile.Load(arguments.GetValue(option), Environment.GetEnvironmentVariables());
}

/// <summary><c>debci serve</c></summary>
internal static class ServeVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var command = new Command("serve", "Runs the server until it is stopped.") { config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            WebApplication? serving = null;
            using var reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                if (serving is not null) // else each try reads it
                    Reload(serving, () => arguments.Load(config));
            });
            await using var app = serving = await PatientStart.Build(() => arguments.Load(config), cancellation);
            await app.StartAsync(cancellation);
            Console.WriteLine($"debci serves {string.Join(", ", app.Urls)}; GraphQL is at {app.Urls.First()}/graphql");
            await app.WaitForShutdownAsync(cancellation);
            Failed(app);
            return 0;
        }));
        return command;
    }

    // A wrong file leaves everything as it was: a running server is not ended by a slip of the pen.
    private static void Reload(WebApplication app, Func<DebciConfiguration> load)
    {
        try
        {
            var waiting = app.Services.GetRequiredService<LiveConfiguration>().Replace(load());
            app.Services.GetRequiredService<Dispatch.DispatchState>().Forget();
            app.Logger.LogInformation("The configuration is reloaded. {Waiting}",
                waiting.Count == 0 ? "All of it counts." : $"These changes count after a restart: {string.Join(", ", waiting)}.");
        }
        catch (Exception mistake) when (mistake is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            app.Logger.LogError("The configuration is not reloaded, and counts as it was: {Mistake}", mistake.Message);
        }
    }

    // A loop that ended by a mistake has stopped the host; whoever watches over the server learns it by the exit code.
    private static void Failed(WebApplication app)
    {
        foreach (var loop in app.Services.GetServices<IHostedService>().OfType<BackgroundService>())
        {
            if (loop.ExecuteTask is { IsFaulted: true, Exception.InnerException: var mistake })
                throw new InvalidOperationException($"The server stopped, since {loop.GetType().Name} failed: {mistake}", mistake);
        }
    }
}

/// <summary><c>debci schema</c></summary>
internal static class SchemaVerb
{
    public static Command Create()
    {
        var command = new Command("schema", "Prints the GraphQL schema.");
        command.SetAction(async _ => Console.Write(await GraphQL.PrintedSchema.Text()));
        return command;
    }
}
