using Debci.Api.Cli;
using Debci.Api.Files;
using Debci.Api.Files.Buffer;
using Debci.Api.Files.S3;
using Debci.Playground;
using Npgsql;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>S3, as Swift's s3api speaks it.</summary>
public sealed class S3StoreTests : StorePromises
{
    private static readonly Lazy<Task<S3Settings>> Bucket = new(async () => (await SwiftCluster.Shared).AsS3());

    protected override async Task<IFileStore> Open(FileLayout layout, AsideFolder aside) => new S3Store(await Bucket.Value, TimeProvider.System);
}

public sealed class S3PartTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-files-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_file_above_the_size_of_a_part_is_sent_in_parts_and_copied_and_read_as_one()
    {
        using var store = new S3Store((await SwiftCluster.Shared).AsS3(), TimeProvider.System);
        var (run, bytes) = (NewRun(), Noise(11_000_000));
        await store.Put(new AsideFolder(new FileLayout(folder), TimeProvider.System), StorePath.Of(run, 1, RunFile.Artifacts), bytes);
        await store.Show(StorePath.OfAttempt(run, 1), StorePath.OfRun(run), ["artifacts.tar.gz"], CancellationToken.None);
        Assert.Equal(bytes, await store.Bytes(StorePath.Of(run, RunFile.Artifacts)));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), (await store.Find(StorePath.Of(run, RunFile.Artifacts), CancellationToken.None))!.Sha256);
    }

    [Fact]
    public async Task A_key_that_is_refused_and_a_store_that_does_not_answer_are_said_in_a_sentence_without_the_secret()
    {
        var settings = (await SwiftCluster.Shared).AsS3();
        using var refused = new S3Store(settings with { SecretKey = "not-this-one" }, TimeProvider.System);
        var sentence = (await Assert.ThrowsAsync<FileStoreAwayException>(() => refused.Check(CancellationToken.None))).Message;
        Assert.Contains("it refuses the access key test:tester (SignatureDoesNotMatch); check [files.s3] access-key and secret-key", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("not-this-one", sentence + refused.Name, StringComparison.Ordinal);
        using var away = new S3Store(settings with { Endpoint = $"http://127.0.0.1:{Ports.Free()}" }, TimeProvider.System);
        Assert.Contains("Connection refused", (await Assert.ThrowsAsync<FileStoreAwayException>(() => away.Check(CancellationToken.None))).Message, StringComparison.Ordinal);
    }
}

/// <summary>Logs that grow in PostgreSQL and end in S3.</summary>
public sealed class S3LogTests : LogPromises
{
    private static readonly Lazy<Task<S3Settings>> Bucket = new(async () => (await SwiftCluster.Shared).AsS3());
    private static readonly Lazy<Task<NpgsqlDataSource>> Database = new(async () => NpgsqlDataSource.Create(await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c))));

    protected override async Task<(IFileStore Store, Func<ILogKeeper> Node)> Open(FileLayout layout, AsideFolder aside)
    {
        var (store, database) = (new S3Store(await Bucket.Value, TimeProvider.System), await Database.Value);
        return (store, () => new LogBuffer(new BufferedLogs(database), store, aside));
    }
}
