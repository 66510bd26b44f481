using Debci.Api.Files;
using Debci.Playground;
using static Debci.Api.Tests.Files.FileTree;

namespace Debci.Api.Tests.Files;

public sealed class SweepTests : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly FileTree tree = new();

    public void Dispose() => tree.Dispose();

    [Fact]
    public async Task What_a_crash_left_aside_goes_when_it_is_old_and_nothing_else_does()
    {
        await tree.Logs().Send(LogOf(10), 0, 10);
        using var begun = new AsideFolder(tree.Layout, TimeProvider.System).New();
        await begun.Write(new MemoryStream([1, 2, 3]), 100, CancellationToken.None);
        var foreign = Path.Combine(tree.Layout.Aside, "lost+found");
        File.WriteAllText(foreign, "");
        File.SetLastWriteTimeUtc(foreign, DateTime.UnixEpoch);

        Assert.Equal(0, tree.Aside.Sweep(Day));
        Assert.Equal(1, new AsideFolder(tree.Layout, new SameMoment(DateTimeOffset.UtcNow + (2 * Day))).Sweep(Day));
        Assert.False(File.Exists(begun.Path));
        Assert.Equal(2, tree.AllFiles().Count);
    }

    [Fact]
    public async Task A_new_name_for_an_old_file_is_not_swept_from_under_a_publisher()
    {
        using var link = tree.Aside.New();
        await link.Write(new MemoryStream([1]), 100, CancellationToken.None);
        File.SetLastWriteTimeUtc(link.Path, DateTime.UnixEpoch);
        Assert.Equal(0, tree.Aside.Sweep(Day));
    }

    [Fact]
    public void Where_nothing_was_ever_written_there_is_nothing_to_sweep() => Assert.Equal(0, tree.Aside.Sweep(Day));
}
