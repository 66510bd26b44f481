namespace Debci.Playground.EventStore;

/// <summary>A test of a log in PostgreSQL's tables: skipped, with the reason, where <see cref="TestEngine"/> puts logs elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnPostgresFactAttribute : FactAttribute
{
    /// <summary>A test that needs it.</summary>
    /// <param name="because">Why: goes on behind "and this test".</param>
    public OnPostgresFactAttribute(string because)
    {
        Because = because;
        if (TestEngine.IsCluster)
            Skip = $"{TestEngine.Variable} puts the log on EventStoreDB, and this test {because}.";
    }

    /// <summary>Why.</summary>
    public string Because { get; }
}
