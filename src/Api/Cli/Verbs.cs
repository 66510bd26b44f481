using System.CommandLine;
using Debci.Api.Cli.Client;

namespace Debci.Api.Cli;

/// <summary>The command line of <c>debci</c>: verbs for operators work on the configured database, the others on a server by its API.</summary>
internal static class Verbs
{
    public static RootCommand Root() => new("Tests Debian packages with autopkgtest, and tells how they fare.")
    {
        ServeVerb.Create(), MigrateVerb.Create(), RebuildVerb.Create(), ResumeVerb.Create(), KeyVerb.Create(), ConfigVerb.Create(), SchemaVerb.Create(),
        RequestVerb.Create(), RetryVerb.Create(), CancelVerb.Create(), PublishVerb.Create(), PauseVerb.Create("pause"), PauseVerb.Create("unpause"), WorkerVerb.Create(), RejectVerb.Create(), QuarantineVerb.Create(), WaiverVerb.Create(), ScheduleVerb.Create(), SourcesVerb.Create(),
        ImportVerb.Create(), ExportJsonVerb.Create(), RetentionVerb.Create(), EraseVerb.Create(), CopyLogVerb.Create(), CopyFilesVerb.Create(),
        StatusVerb.Create(), LogVerb.Create(), WatchVerb.Create(), ListVerbs.CreateHistory(), ListVerbs.CreateQueue(), WebhookVerb.Create(), CompletionVerb.Create(),
        EventsVerb.Create(), AuditVerb.Create(), ReplayVerb.Create(),
    };

    /// <summary>Runs a verb: what it cannot do becomes one sentence on standard error and exit code 1 (2 for a wrong configuration).</summary>
    public static async Task<int> Run(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception failure) when (failure is not (NullReferenceException or InvalidCastException))
        {
            await Console.Error.WriteLineAsync(Terminal.Safe(Sentence(failure)));
            return failure is Configuration.ConfigurationException ? 2 : 1;
        }
    }

    private static string Sentence(Exception failure) => failure switch
    {
        Npgsql.PostgresException { SqlState: "42P01" or "3F000" } => "The database has no tables yet, or old ones; run `debci migrate`.",
        Npgsql.NpgsqlException => $"PostgreSQL does not answer: {failure.Message}. Is it running, and is [database] connection right?",
        HttpRequestException { StatusCode: null } => $"The server does not answer: {failure.Message}. Is it running, and is --server (DEBCI_URL) right?",
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => $"{failure.Message} Stop what listens there, or choose another address in [server] listen.",
        _ => failure.Message,
    };
}
