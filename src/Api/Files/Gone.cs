using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Files;

/// <summary>Says of a file that was kept whole, and that the store does not have any more: deleted by hand, or at the end of a lifetime that the store knows.</summary>
internal static class Gone
{
    /// <summary>The log of an attempt.</summary>
    public static RefusedException Log(RunKey run, int attempt) => Refused($"The log of attempt {attempt} at run {run.Id}");

    /// <summary>The log of an attempt, of which bytes are there that make no log.</summary>
    public static RefusedException Damaged(RunKey run, int attempt) =>
        new(RefusalCode.Expired, $"The log of attempt {attempt} at run {run.Id} is damaged in the store of files: what is stored of it cannot be unpacked. Restore log.gz and log.index from a back-up; the result stands without them.");

    /// <summary>A file of a run.</summary>
    public static RefusedException File(RunKey run, string name) => Refused($"{name} of run {run.Id}");

    /// <summary>Whether a run's result tells of a file.</summary>
    public static bool WasThere(this RunRow run, RunFile file) => file switch
    {
        RunFile.Log => run.LogBytes > 0,
        RunFile.Artifacts => run.ArtifactsBytes is not null,
        RunFile.Summary or RunFile.TestbedPackages => false, // of these it does not tell
    };

    /// <summary>Refuses where a result tells of a log and nothing of it is there: it is no log of no bytes.</summary>
    /// <param name="run">Which run.</param>
    /// <param name="attempt">Which attempt; the result is that of the newest.</param>
    /// <param name="stored">Bytes of it that are there.</param>
    /// <exception cref="RefusedException">It is gone.</exception>
    public static void MustNotBe(RunRow run, int attempt, long stored)
    {
        if (stored == 0 && attempt == run.Attempt && run.WasThere(RunFile.Log))
            throw Log(run.Key, attempt);
    }

    private static RefusedException Refused(string what) =>
        new(RefusalCode.Expired, $"{what} is gone: it was kept, and is not in the store of files any more. The result stands without it.");
}
