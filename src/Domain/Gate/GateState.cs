namespace Debci.Domain;

/// <summary>How a required test stands: britney's words, with those for what it does not show.</summary>
public enum GateState
{
    /// <summary>It passed.</summary>
    Pass,
    /// <summary>No test of it could say anything.</summary>
    Neutral,
    /// <summary>It passed, in a version that no suite has any more: it still counts, and is asked for again.</summary>
    OldPass,
    /// <summary>The same, neutral.</summary>
    OldNeutral,
    /// <summary>It fails, and did not before.</summary>
    Regression,
    /// <summary>It fails, as it does without the candidate.</summary>
    AlwaysFail,
    /// <summary>It fails, and a waiver says that this does not matter.</summary>
    IgnoreFail,
    /// <summary>It is pending.</summary>
    Running,
    /// <summary>It fails, and the reference that says whether it did before is missing.</summary>
    RunningReference,
    /// <summary>It is pending, and would not matter if it failed.</summary>
    RunningAlwaysFail,
    /// <summary>It came to nothing through no fault of the package, and is not asked for again yet.</summary>
    Tmpfail,
    /// <summary>Nobody has asked for it.</summary>
    Missing,
}

/// <summary>What a gate answers for a candidate.</summary>
public enum GateAnswer
{
    /// <summary>Every required test lets it through.</summary>
    Pass,
    /// <summary>A waiver lets it through, whatever its tests say.</summary>
    PassHinted,
    /// <summary>Something is not known yet.</summary>
    Wait,
    /// <summary>It breaks something.</summary>
    Reject,
}
