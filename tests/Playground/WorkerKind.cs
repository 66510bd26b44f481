namespace Debci.Playground;

/// <summary>The programs that speak the worker protocol. What both promise is tested with both.</summary>
public enum WorkerKind
{
    /// <summary><c>debci-worker</c>.</summary>
    Net,
    /// <summary><c>ops/portable-worker/debci-portable-worker</c>.</summary>
    Portable,
}

/// <summary>Where the portable worker is.</summary>
public static class PortableWorker
{
    /// <summary>It needs no build.</summary>
    public static string Program { get; } = Repository.Path("ops/portable-worker/debci-portable-worker");
}
