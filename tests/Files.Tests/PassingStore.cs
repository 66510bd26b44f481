using Debci.Api.Files;

namespace Debci.Files.Tests;

/// <summary>A store that does what another does, for tests that have it fail.</summary>
internal abstract class PassingStore(IFileStore store) : IFileStore
{
    public string Name => store.Name;
    public Task Check(CancellationToken stop) => store.Check(stop);
    public virtual Task Put(string path, AsideFile file, CancellationToken stop) => store.Put(path, file, stop);
    public Task<StoredFile?> Find(string path, CancellationToken stop) => store.Find(path, stop);
    public Task<Stream?> Open(string path, CancellationToken stop) => store.Open(path, stop);
    public Task Show(string folder, string inFolder, IReadOnlyList<string> names, CancellationToken stop) => store.Show(folder, inFolder, names, stop);
    public Task DeleteFolder(string folder, CancellationToken stop) => store.DeleteFolder(folder, stop);
    public IAsyncEnumerable<StoredFile> List(string folder, CancellationToken stop) => store.List(folder, stop);
}
