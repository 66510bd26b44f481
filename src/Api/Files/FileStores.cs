using Debci.Api.Configuration;
using Debci.Api.Files.Buffer;
using Debci.Api.Files.Disk;
using Debci.Api.Files.S3;
using Debci.Api.Files.Swift;
using Npgsql;

namespace Debci.Api.Files;

/// <summary>Which store is configured. Only this knows which there are.</summary>
internal static class FileStores
{
    /// <summary>The store of the configuration.</summary>
    /// <param name="configuration">Which it is.</param>
    /// <param name="durable">Whether a put outlasts a crash of the machine; an import, which can be done again, need not wait for that.</param>
    public static IFileStore Open(DebciConfiguration configuration, bool durable = true) => Open(configuration, configuration.Store.Engine, durable);

    /// <summary>A store of the configuration, whether or not it is the one that is used.</summary>
    public static IFileStore Open(DebciConfiguration configuration, FileEngine engine, bool durable = true) => engine switch
    {
        FileEngine.Files => new DiskStore(new FileLayout(configuration.Files), AsideOf(configuration), durable),
        FileEngine.Swift => new SwiftStore(configuration.Store.Swift, TimeProvider.System),
        FileEngine.S3 => new S3Store(configuration.Store.S3, TimeProvider.System),
    };

    /// <summary>Where logs grow.</summary>
    public static ILogKeeper LogsOf(DebciConfiguration configuration, NpgsqlDataSource database, IFileStore store) => LogsOf(configuration, configuration.Store.Engine, database, store);

    /// <summary>Where logs grow with a store of the configuration, whether or not it is the one that is used.</summary>
    public static ILogKeeper LogsOf(DebciConfiguration configuration, FileEngine engine, NpgsqlDataSource database, IFileStore store) => engine == FileEngine.Files
        ? new LogFolders(new FileLayout(configuration.Files)) : new LogBuffer(new BufferedLogs(database), store, AsideOf(configuration));

    /// <summary>All that has to do with files.</summary>
    public static void AddFiles(this IServiceCollection services, DebciConfiguration configuration)
    {
        services.AddSingleton(new FileLayout(configuration.Files)).AddSingleton<AsideFolder>().AddSingleton<LogGates>();
        services.AddSingleton(_ => Open(configuration)).AddSingleton(s => LogsOf(configuration, s.GetRequiredService<NpgsqlDataSource>(), s.GetRequiredService<IFileStore>()));
        services.AddSingleton<CapOf>(s => run => CapOfLog(s.GetRequiredService<LiveConfiguration>().Current, run)).AddSingleton<LogStore>();
        services.AddSingleton(s => new FileCaps(ArtifactsOf: run => CapOfArtifacts(s.GetRequiredService<LiveConfiguration>().Current, run)));
        services.AddSingleton<ArtifactStore>().AddSingleton<PublishedFiles>().AddSingleton<AttemptFiles>().AddSingleton<ServedFiles>();
        services.AddSingleton<FileStoreWatch>().AddHostedService(s => s.GetRequiredService<FileStoreWatch>());
        if (configuration.Store.Engine != FileEngine.Files)
            services.AddSingleton(s => (LogBuffer)s.GetRequiredService<ILogKeeper>()).AddHostedService<LogSettling>();
    }

    private static AsideFolder AsideOf(DebciConfiguration configuration) => new(new FileLayout(configuration.Files), TimeProvider.System);

    private static long CapOfLog(DebciConfiguration c, Domain.RunKey run) => c.SettingsOf(run.Suite, run.Arch).LogMaxBytes ?? c.LogMaxBytes;

    private static long CapOfArtifacts(DebciConfiguration c, Domain.RunKey run) => c.SettingsOf(run.Suite, run.Arch).ArtifactsMaxBytes ?? c.ArtifactsMaxBytes;
}
