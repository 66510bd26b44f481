namespace Debci.Workers.Processes;

/// <summary>
/// Everything that a test started, found in three ways because each has its hole:
/// below the first process (lost once a daemon forks twice and its parent ends);
/// by a variable in the environment (lost once a program clears it, as the unshare backend does);
/// and, where this process adopts orphans (<see cref="SystemCalls.AdoptOrphans"/>), everything below this process, which has no hole.
/// The last holds for the program, which runs one test at a time and nothing beside it, not for tests of it that share a process.
/// </summary>
/// <param name="variable">The variable, as <c>NAME=value</c> or the beginning of that.</param>
/// <param name="all">Whether everything below this process belongs to the tree.</param>
internal sealed class ProcessTree(string variable, bool all)
{
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(20);
    private const int Rounds = 500;

    /// <summary>
    /// Ends all of it. A process can fork between the look and the kill, and its children are found by the next look:
    /// so it looks until it finds nobody.
    /// </summary>
    /// <param name="root">The first process of the test; null when it is not known (a run of an earlier worker).</param>
    /// <returns>False when somebody would not die in ten seconds (a process that hangs in the kernel).</returns>
    public async Task<bool> KillAsync(int? root)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var table = ProcessTable.Read();
            var members = Members(table, root);
            var living = table.Where(p => !p.IsDead && members.Contains(p.Id)).ToList();
            Reap(table, members, root);
            if (living.Count == 0)
                return true;
            living.ForEach(p => SystemCalls.Kill(p.Id));
            await Task.Delay(Round);
        }
        return false;
    }

    /// <summary>
    /// Notices that adopted orphans have ended, while the first process lives. It has to be done at once: the first process of a namespace ends only when
    /// all others in it are noticed (pid_namespaces(7)), so that an lxc-attach that was killed would leave a container that cannot be stopped.
    /// </summary>
    /// <param name="root">The first process of the test, which .NET waits for.</param>
    public void ReapOrphans(int root)
    {
        while (all && SystemCalls.DeadChild() is { } dead && dead != root)
            SystemCalls.Reap(dead);
    }

    private HashSet<int> Members(IReadOnlyList<ProcessRow> table, int? root)
    {
        var roots = table.Where(p => ProcessTable.HasEnvironment(p.Id, variable)).Select(p => p.Id);
        if (root is { } first && table.Any(p => p.Id == first && p.Parent == Environment.ProcessId))
            roots = roots.Append(first); // its number cannot be somebody else's while it is our child
        if (all)
            roots = roots.Concat(table.Where(p => p.Parent == Environment.ProcessId).Select(p => p.Id));
        var members = new HashSet<int>(ProcessTable.Descendants(table, roots));
        members.Remove(Environment.ProcessId);
        return members;
    }

    // The first process is waited for by .NET; adopted ones by nobody.
    private static void Reap(IReadOnlyList<ProcessRow> table, HashSet<int> members, int? root)
    {
        foreach (var dead in table.Where(p => p.IsDead && p.Id != root && p.Parent == Environment.ProcessId && members.Contains(p.Id)))
            SystemCalls.Reap(dead.Id);
    }
}
