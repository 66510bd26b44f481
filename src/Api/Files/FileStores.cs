using Debci.Api.Configuration;
using Debci.Api.Files.Disk;

namespace Debci.Api.Files;

/// <summary>Which store is configured. Only this knows which there are.</summary>
internal static class FileStores
{
    /// <summary>The store of the configuration.</summary>
    /// <param name="configuration">Which it is.</param>
    /// <param name="durable">Whether a put outlasts a crash of the machine; an import, which can be done again, need not wait for that.</param>
    public static IFileStore Open(DebciConfiguration configuration, bool durable = true)
    {
        var layout = new FileLayout(configuration.Files);
        return new DiskStore(layout, new AsideFolder(layout, TimeProvider.System), durable);
    }

    /// <summary>Where logs grow.</summary>
    public static ILogKeeper LogsOf(DebciConfiguration configuration) => new LogFolders(new FileLayout(configuration.Files));

    /// <summary>All that has to do with files.</summary>
    public static void AddFiles(this IServiceCollection services, DebciConfiguration configuration)
    {
        services.AddSingleton(new FileLayout(configuration.Files)).AddSingleton<AsideFolder>().AddSingleton<LogGates>();
        services.AddSingleton(_ => Open(configuration)).AddSingleton(_ => LogsOf(configuration));
        services.AddSingleton<CapOf>(s => run => CapOfLog(s.GetRequiredService<LiveConfiguration>().Current, run)).AddSingleton<LogStore>();
        services.AddSingleton(s => new FileCaps(ArtifactsOf: run => CapOfArtifacts(s.GetRequiredService<LiveConfiguration>().Current, run)));
        services.AddSingleton<ArtifactStore>().AddSingleton<PublishedFiles>().AddSingleton<AttemptFiles>();
    }

    private static long CapOfLog(DebciConfiguration c, Domain.RunKey run) => c.SettingsOf(run.Suite, run.Arch).LogMaxBytes ?? c.LogMaxBytes;

    private static long CapOfArtifacts(DebciConfiguration c, Domain.RunKey run) => c.SettingsOf(run.Suite, run.Arch).ArtifactsMaxBytes ?? c.ArtifactsMaxBytes;
}
