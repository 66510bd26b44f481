using Debci.Api.Cli;
using Debci.Api.Files;
using Debci.Api.Files.Buffer;
using Debci.Api.Files.Swift;
using Debci.Playground;
using Npgsql;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>A real Swift, by tempauth's tokens.</summary>
public class SwiftStoreTests : StorePromises
{
    private static readonly Lazy<Task<SwiftSettings>> Container = new(async () => (await SwiftCluster.Shared).Settings() with { SegmentBytes = 1 << 20 });

    protected override async Task<IFileStore> Open(FileLayout layout, AsideFolder aside) => new SwiftStore(await Container.Value, TimeProvider.System);
}

/// <summary>Logs that grow in PostgreSQL and end in Swift.</summary>
public sealed class SwiftLogTests : LogPromises
{
    private static readonly Lazy<Task<SwiftSettings>> Container = new(async () => (await SwiftCluster.Shared).Settings());
    private static readonly Lazy<Task<NpgsqlDataSource>> Database = new(async () => NpgsqlDataSource.Create(await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c))));

    protected override async Task<(IFileStore Store, Func<ILogKeeper> Node)> Open(FileLayout layout, AsideFolder aside)
    {
        var (store, database) = (new SwiftStore(await Container.Value, TimeProvider.System), await Database.Value);
        return (store, () => new LogBuffer(new BufferedLogs(database), store, aside));
    }
}

public sealed class SwiftTokenTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-files-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_token_that_is_none_any_more_is_renewed_and_nobody_notices()
    {
        using var swift = await SwiftCluster.Start();
        using var store = new SwiftStore(swift.Settings(), TimeProvider.System);
        var aside = new AsideFolder(new FileLayout(folder), TimeProvider.System);
        var path = StorePath.Of(NewRun(), 1, RunFile.Artifacts);
        await store.Put(aside, path, Noise(100, seed: 1));
        await swift.ForgetTokens();
        await store.Put(aside, path, Noise(2_000_000, seed: 2));
        await swift.ForgetTokens();
        Assert.Equal(Noise(2_000_000, seed: 2), await store.Bytes(path));
    }

    [Fact]
    public async Task Credentials_that_are_refused_are_said_in_a_sentence_without_the_password()
    {
        using var store = new SwiftStore((await SwiftCluster.Shared).Settings() with { Password = "not-this-one" }, TimeProvider.System);
        var refused = await Assert.ThrowsAsync<FileStoreAwayException>(() => store.Check(CancellationToken.None));
        Assert.Contains("it refuses the user test:tester; check [files.swift] user and password", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-this-one", $"{refused} {store.Name}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_may_not_write_is_told_so()
    {
        using var store = new SwiftStore((await SwiftCluster.Shared).Settings() with { User = "test:reader", Password = "reading" }, TimeProvider.System);
        var refused = await Assert.ThrowsAsync<FileStoreAwayException>(() => store.Check(CancellationToken.None));
        Assert.Contains("it forbids the user test:reader to", refused.Message, StringComparison.Ordinal);
    }
}
