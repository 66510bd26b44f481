namespace Debci.Domain;

/// <summary>How often a run is tried again by itself, by what went wrong.</summary>
/// <param name="MostAttempts">The cap over all causes; nothing comes back for ever.</param>
public sealed record RetryPolicy(int MostAttempts)
{
    /// <summary>Three attempts in all.</summary>
    public static readonly RetryPolicy Default = new(3);

    /// <summary>Whether another attempt is due after <paramref name="attempt"/> came to nothing for this cause.</summary>
    public bool TriesAgain(Cause cause, int attempt) => attempt < MostAttempts && cause switch
    {
        Cause.SourceNotFound => false, // the archive's answer is the same a minute later
        Cause.TimedOut => false,       // it would take as long again
        Cause.SourceNotFetched or Cause.TestbedFailure or Cause.UnexpectedExit or Cause.WorkerLost => true,
    };
}
