using Debci.Api.Cli;
using Debci.Api.Configuration;
using Debci.Api.Hosting;
using Npgsql;

namespace Debci.Api.Replay;

/// <summary>A private copy of the read models as of a moment, and a server that reads from it; the log is read from where it is.</summary>
/// <remarks>
/// What no event tells is of today: keys and accounts, so that the same people see what is theirs, and texts, so that what was erased
/// since stays erased. Leases and when workers called are of no past, and missing.
/// </remarks>
public sealed class ReplayServer : IAsyncDisposable
{
    private static readonly string[] OfToday = ["work.accounts", "work.keys", "work.texts"];

    private readonly Stack<IAsyncDisposable> parts = new();

    /// <summary>The server; the caller runs it.</summary>
    public WebApplication App { get; private set; } = null!;

    /// <summary>The moment that it shows.</summary>
    public Past Past { get; private set; } = null!;

    /// <summary>The database that it reads from.</summary>
    public ReplayDatabase Database { get; private set; } = null!;

    /// <summary>Builds the rows, and a server over them.</summary>
    /// <param name="present">How the server of the present is configured, but for the address to listen on.</param>
    /// <param name="moment">A time, or a position as it is shown.</param>
    /// <param name="given">The database to build in; null for one of its own.</param>
    /// <param name="keep">Whether the database stays.</param>
    /// <param name="say">Hears how far it is.</param>
    /// <param name="cancellation">Gives up; what was made is cleared away.</param>
    /// <exception cref="Domain.RefusedException">The moment cannot be read.</exception>
    public static async Task<ReplayServer> Build(DebciConfiguration present, string moment, string? given, bool keep, Action<string> say, CancellationToken cancellation)
    {
        var server = new ReplayServer();
        try
        {
            await server.Make(present, moment, given, keep, say, cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (parts.TryPop(out var part))
            await part.DisposeAsync();
    }

    private async Task Make(DebciConfiguration present, string moment, string? given, bool keep, Action<string> say, CancellationToken cancellation)
    {
        var source = Keep(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(present.Database) { Options = "-c default_transaction_read_only=on" }));
        var log = Keep(ServerHost.OpenLog(present, source));
        var id = await ServerHost.LogId(present, source, cancellation);
        var end = await ReplayMoment.PositionOf(moment, id, log, cancellation);
        var last = end == 0 ? null : (await log.ReadAll(end - 1, 1, cancellation))[0];
        Past = new Past(new PastLog(log, end), last?.RecordedAt, $"{id}.{end}");
        Database = Keep(await ReplayDatabase.Make(present.Database, given, keep, cancellation));
        await Fill(present.Database, id, say, cancellation);
        App = Keep(await ServerHost.Build(present with { Database = Database.Connection, Log = Configuration.LogSettings.OnPostgres }, TimeProvider.System, Past, cancellation));
    }

    private async Task Fill(string present, string id, Action<string> say, CancellationToken cancellation)
    {
        say($"Building the rows as of {(Past.At is { } at ? Pages.Words.Moment(at) : "the beginning")} ({Past.Position}) in the database {Database.Name} …");
        await Migration.Run(Database.Connection, of: Past.Log, cancellation: cancellation);
        await using var database = NpgsqlDataSource.Create(Database.Connection);
        await ServerHost.NameLog(database, id, cancellation); // positions and cursors are those of the log itself
        foreach (var table in OfToday)
            await Database.Copy(present, table, cancellation);
    }

    private T Keep<T>(T part) where T : IAsyncDisposable
    {
        parts.Push(part);
        return part;
    }
}
