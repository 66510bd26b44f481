namespace Debci.Domain;

/// <summary>The names of streams. An append is atomic for one stream and for nothing more.</summary>
public static class Streams
{
    /// <summary>The requests that were sent at once.</summary>
    public static string Batch(Guid batch) => $"batch-{batch:D}";

    /// <summary>The life of a run after its request.</summary>
    public static string Run(long run) => $"run-{run}";

    /// <summary>What is paused.</summary>
    public const string Pauses = "policy-pauses";

    /// <summary>The reject list, as far as commands made it.</summary>
    public const string Rejects = "policy-rejects";

    /// <summary>What is held since it was abandoned again and again.</summary>
    public const string Quarantine = "policy-quarantine";

    /// <summary>Whose tests do not count at a gate.</summary>
    public const string Waivers = "policy-waivers";

    /// <summary>Which source packages have left a suite.</summary>
    public static string Sources(string suite) => $"sources-{suite}";

    /// <summary>What a worker says of itself, and how it stands.</summary>
    public static string Worker(string name) => $"worker-{name}";
}
