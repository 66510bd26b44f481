using Debci.Api.Files;
using Debci.Api.Files.Disk;

namespace Debci.Files.Tests;

public sealed class DiskStoreTests : StorePromises
{
    protected override Task<IFileStore> Open(FileLayout layout, AsideFolder aside) => Task.FromResult<IFileStore>(new DiskStore(layout, aside));
}

public sealed class DiskLogTests : LogPromises
{
    protected override Task<(IFileStore Store, Func<ILogKeeper> Node)> Open(FileLayout layout, AsideFolder aside) =>
        Task.FromResult<(IFileStore, Func<ILogKeeper>)>((new DiskStore(layout, aside), () => new LogFolders(layout)));
}
