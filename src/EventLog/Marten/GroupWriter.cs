using System.Text;
using System.Threading.Channels;
using Npgsql;

namespace Debci.EventLog.Marten;

/// <summary>
/// One writer a process saves what concurrent callers append: while one group is being saved the next one gathers, so that many callers
/// share one commit. At most one append of a stream is in a group; the next of the same stream waits for the next group.
/// </summary>
internal sealed class GroupWriter : IAsyncDisposable
{
    private const int MostMembers = 1000;
    private const int MostBytes = 4_000_000;

    private readonly NpgsqlDataSource database;
    private readonly Channel<Member> incoming = Channel.CreateUnbounded<Member>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task loop;

    public GroupWriter(NpgsqlDataSource database)
    {
        this.database = database;
        loop = Task.Run(Loop);
    }

    /// <summary>What was saved; null when the stream has another revision, which <c>Actual</c> tells.</summary>
    internal sealed record Outcome(Appended? Saved, long Actual);

    private sealed record Member(string Stream, long Expected, IReadOnlyList<NewEvent> Events, string[] Data, int Bytes)
    {
        // Continuations run elsewhere: a caller's code must not hold up the writer.
        public TaskCompletionSource<Outcome> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Saves with the next group. Not cancellable: what is under way may be saved already.</summary>
    public Task<Outcome> Save(string stream, long expected, IReadOnlyList<NewEvent> events)
    {
        var data = events.Select(e => EventCodec.Write(e.Data)).ToArray();
        var bytes = data.Sum(d => d.Length);
        if (events.Count == 0 || bytes > EventLogLimits.AppendBytes)
            throw new ArgumentException($"An append holds 1 event or more, and at most {EventLogLimits.AppendBytes} bytes; this one has {events.Count} events of {bytes} bytes.", nameof(events));
        var member = new Member(stream, expected, events, [.. data.Select(Encoding.UTF8.GetString)], bytes);
        return incoming.Writer.TryWrite(member) ? member.Done.Task : throw new ObjectDisposedException(nameof(MartenEventLog));
    }

    public async ValueTask DisposeAsync()
    {
        incoming.Writer.TryComplete();
        await loop;
    }

    private async Task Loop()
    {
        var held = new Queue<Member>();
        while (held.Count > 0 || await incoming.Reader.WaitToReadAsync())
            await SaveGroup(NextGroup(held));
    }

    private List<Member> NextGroup(Queue<Member> held)
    {
        var group = new List<Member>();
        var streams = new HashSet<string>(StringComparer.Ordinal);
        var bytes = 0;
        var again = new Queue<Member>();
        while (group.Count < MostMembers && bytes < MostBytes && (held.TryDequeue(out var member) || incoming.Reader.TryRead(out member)))
        {
            if (!streams.Add(member.Stream))
            {
                again.Enqueue(member);
                continue;
            }
            group.Add(member);
            bytes += member.Bytes;
        }
        while (again.TryDequeue(out var later))
            held.Enqueue(later);
        return group;
    }

    private async Task SaveGroup(List<Member> group)
    {
        try
        {
            await Save(group);
        }
        catch (PostgresException refused) when (group.Count > 1 && IsOfTheData(refused))
        {
            // It may be of one member only, and need not name the right one: each is tried alone, once.
            foreach (var member in group)
                await SaveGroup([member]);
        }
#pragma warning disable CA1031 // whatever it is, the caller is who must know
        catch (Exception failure)
        {
            foreach (var member in group)
                member.Done.TrySetException(failure);
        }
#pragma warning restore CA1031
    }

    // A database that is away or out of something refuses everybody: a thousand more tries would not help it.
    private static bool IsOfTheData(PostgresException refused) =>
        !refused.IsTransient && refused.SqlState is not (['0', '8', ..] or ['5', '3' or '7' or '8', ..]);

    private async Task Save(List<Member> group)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(AppendFunction.Call, connection);
        foreach (var column in Columns(group))
            command.Parameters.Add(new NpgsqlParameter { Value = column });
        var outcomes = new Dictionary<string, Outcome>(group.Count, StringComparer.Ordinal);
        await using (var rows = await command.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync()) // a stream's events come in order: its last row stays
                outcomes[rows.GetString(0)] = new Outcome(
                    rows.IsDBNull(2) ? null : new Appended(rows.GetInt64(2), rows.GetInt64(1)), rows.GetInt64(1));
        }
        foreach (var member in group) // only now: the reader's end is the commit
            member.Done.TrySetResult(outcomes[member.Stream]);
    }

    private static IEnumerable<Array> Columns(List<Member> group)
    {
        var events = group.SelectMany(m => m.Events.Select((e, i) => (Member: m, Event: e, Ordinal: i))).ToList();
        yield return group.Select(m => m.Stream).ToArray();
        yield return group.Select(m => m.Expected).ToArray();
        yield return group.Select(m => m.Expected + m.Events.Count).ToArray();
        yield return events.Select(e => e.Member.Stream).ToArray();
        yield return events.Select(e => e.Member.Expected + e.Ordinal + 1).ToArray();
        yield return events.Select(e => e.Event.Id).ToArray();
        yield return events.Select(e => StoredNames.Of(e.Event.Data)).ToArray();
        yield return events.Select(e => e.Member.Data[e.Ordinal]).ToArray();
        yield return events.Select(e => Encoding.UTF8.GetString(EventCodec.WriteCommand(e.Event.Command))).ToArray();
    }
}
