using System.Globalization;
using System.Text;

namespace Debci.Workers.Processes;

/// <summary>A line of the kernel's table of processes.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Parent">Who started it, or adopted it.</param>
/// <param name="IsDead">Whether it only waits for its parent to notice.</param>
internal readonly record struct ProcessRow(int Id, int Parent, bool IsDead);

/// <summary>Reads /proc (proc(5)). Processes come and go while it is read: whoever needs all of them reads again.</summary>
internal static class ProcessTable
{
    /// <summary>All processes that this one can see, those in nested namespaces too.</summary>
    public static IReadOnlyList<ProcessRow> Read() =>
        [.. Directory.EnumerateDirectories("/proc").Select(TryRead).OfType<ProcessRow>()];

    /// <summary>The given processes and everything below them.</summary>
    public static IReadOnlySet<int> Descendants(IReadOnlyList<ProcessRow> table, IEnumerable<int> roots)
    {
        var children = table.ToLookup(p => p.Parent, p => p.Id);
        var found = new HashSet<int>();
        var next = new Stack<int>(roots);
        while (next.TryPop(out var process))
        {
            if (found.Add(process))
                foreach (var child in children[process])
                    next.Push(child);
        }
        return found;
    }

    /// <summary>Whether the process was started with an environment in which a variable begins so, such as <c>DEBCI_ATTEMPT=/x/</c>.</summary>
    public static bool HasEnvironment(int process, string beginning)
    {
        try
        {
            var environment = File.ReadAllBytes($"/proc/{process}/environ").AsSpan();
            var wanted = Encoding.UTF8.GetBytes(beginning);
            return environment.StartsWith(wanted) || environment.IndexOf((byte[])[0, .. wanted]) >= 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // gone meanwhile, or another user's
        }
    }

    private static ProcessRow? TryRead(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return null;
        try
        {
            // "4711 (a name) with) brackets) S 1 …": the state and the parent stand behind the last bracket.
            var line = File.ReadAllText($"{folder}/stat");
            var rest = line[(line.LastIndexOf(')') + 2)..].Split(' ', 3);
            return new ProcessRow(id, int.Parse(rest[1], CultureInfo.InvariantCulture), rest[0] is "Z" or "X");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
