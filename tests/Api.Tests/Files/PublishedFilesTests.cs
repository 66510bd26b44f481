using Debci.Api.Files;
using static Debci.Api.Tests.Files.FileTree;

namespace Debci.Api.Tests.Files;

public sealed class PublishedFilesTests : IDisposable
{
    private const string Address = "autopkgtest/bookworm/amd64/h/hello/71831181";
    private static readonly byte[] Tar = Gzip(LogOf(1000));
    private readonly FileTree tree = new();

    public void Dispose() => tree.Dispose();

    [Fact]
    public async Task The_files_of_the_deciding_attempt_stand_at_the_address_of_the_run()
    {
        await MakeAttempt(1, seed: 1);
        await MakeAttempt(2, seed: 2);
        Assert.Null(await tree.Shown(RunFile.Log));
        await Publish(2);

        Assert.Equal(
            ["artifacts.tar.gz", "attempts/1/artifacts.tar.gz", "attempts/1/log.tail.0",
             "attempts/2/artifacts.tar.gz", "attempts/2/log.gz", "attempts/2/log.index", "log.gz"],
            tree.AllFiles().Select(path => path[(Address.Length + 1)..]));
        var log = (await tree.Published().Find(Hello, RunFile.Log, CancellationToken.None))!;
        var path = tree.Layout.At(log.Path);
        Assert.Equal(LogOf(3000, seed: 2), Zcat(path));
        Assert.Equal(new FileInfo(path).Length, log.Size);
        Assert.Equal(File.GetLastWriteTimeUtc(path), log.LastModified.UtcDateTime);
        Assert.Equal(Tar, File.ReadAllBytes((await tree.Shown(RunFile.Artifacts))!));
    }

    [Fact]
    public async Task Published_twice_or_after_a_crash_half_way_it_comes_to_the_same()
    {
        await MakeAttempt(1, seed: 1);
        await Publish(1);
        var files = tree.AllFiles();
        await Publish(1);
        Assert.Equal(files, tree.AllFiles());

        File.Delete((await tree.Shown(RunFile.Artifacts))!);
        await Publish(1);
        Assert.Equal(files, tree.AllFiles());
    }

    [Fact]
    public async Task What_the_deciding_attempt_does_not_have_the_run_does_not_show()
    {
        await MakeAttempt(1, seed: 1);
        await Publish(1);
        await tree.Logs().Send(LogOf(10), 0, 10, attempt: 2);
        await Publish(2);
        Assert.Null(await tree.Shown(RunFile.Artifacts));
        Assert.NotNull(await tree.Published().FindOfAttempt(Hello, 1, RunFile.Artifacts, CancellationToken.None));
        Assert.Equal(LogOf(10), Zcat((await tree.Shown(RunFile.Log))!));
    }

    [Fact]
    public async Task A_file_that_is_sent_again_later_does_not_change_what_is_shown()
    {
        await MakeAttempt(1, seed: 1);
        await Publish(1);
        await tree.Artifacts().PutArtifacts(Hello, 1, new MemoryStream(Gzip(LogOf(5))), CancellationToken.None);
        Assert.Equal(Tar, File.ReadAllBytes((await tree.Shown(RunFile.Artifacts))!));
    }

    private Task Publish(int attempt) => tree.Published().Publish(Hello, attempt, CancellationToken.None);

    private async Task MakeAttempt(int attempt, int seed)
    {
        await tree.Logs().Send(LogOf(3000, seed), 0, 3000, attempt);
        await tree.Artifacts().PutArtifacts(Hello, attempt, new MemoryStream(Tar), CancellationToken.None);
    }
}
