namespace Debci.Domain;

/// <summary>The names of streams. An append is atomic for one stream and for nothing more.</summary>
public static class Streams
{
    /// <summary>The requests that were sent at once.</summary>
    public static string Batch(Guid batch) => $"batch-{batch:D}";

    /// <summary>The life of a run after its request.</summary>
    public static string Run(long run) => $"run-{run}";

    /// <summary>What a worker says of itself.</summary>
    public static string Worker(string name) => $"worker-{name}";
}
