using Debci.Api.Configuration;
using Debci.Api.Http;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Hosting;

/// <summary>
/// The start of a server whose log or database is not there yet, or refuses it: it is said at once, and until they come the server's addresses
/// answer that it waits, <c>/health</c> with the part that it waits for. Whatever else is wrong ends it, as ever.
/// </summary>
internal static class PatientStart
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Builds the server as soon as that is possible.</summary>
    /// <param name="load">Reads the configuration, before each try: it may be what is wrong.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">Something is wrong that no waiting mends; the sentence says what to do.</exception>
    public static async Task<WebApplication> Build(Func<DebciConfiguration> load, CancellationToken cancellation)
    {
        var configuration = load();
        WaitingServer? waiting = null;
        try
        {
            while (true)
            {
                try
                {
                    return await ServerHost.Build(configuration, cancellation);
                }
                catch (Exception failure) when (AbsenceOf(failure, configuration) is { } absence)
                {
                    waiting ??= await WaitingServer.Start(configuration.Listen, cancellation);
                    waiting.Tell(absence);
                }
                await Task.Delay(Pause, cancellation);
                configuration = Again(load) ?? configuration;
            }
        }
        finally
        {
            if (waiting is not null)
                await waiting.DisposeAsync(); // its addresses are the server's
        }
    }

    // A mistake in what somebody is just changing does not end what waits.
    private static DebciConfiguration? Again(Func<DebciConfiguration> load)
    {
        try
        {
            return load();
        }
        catch (Exception mistake) when (mistake is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Absence? AbsenceOf(Exception failure, DebciConfiguration configuration) => failure switch
    {
        LogAwayException away => new Absence("eventstoredb", away.Message),
        PostgresException { SqlState: ['2', '8', ..] } refused => Database(configuration, $"PostgreSQL refuses this server: {refused.MessageText}. Is [database] connection right?"),
        _ when RefusalAnswers.IsOfAbsence(failure) => Database(configuration, $"PostgreSQL does not answer: {failure.Message}. Is it running, and is [database] connection right?"),
        _ => null,
    };

    // The log is there too, unless it is on a cluster of its own.
    private static Absence Database(DebciConfiguration configuration, string sentence) => new(configuration.Log.Cluster is null ? "postgresql" : null, sentence);
}
