using Dapper;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Reactions;

/// <summary>When a newer version is asked for, the same requester's pending runs for older ones give way (<see cref="Superseding"/>).</summary>
public sealed class Superseder(IEventLog log, NpgsqlDataSource database, RunCommands runs) : IReaction
{
    private const int AtOnce = 32;

    // What was asked for, and where its batch was complete: what is asked for later gives no way to it, whenever this is reacted to.
    private sealed record Newer(BatchEvent.Requested Run, long Position);

    private sealed record Older(long Run, string Package, string Suite, string Arch, bool Private, string Triggers, long Position);

    /// <inheritdoc/>
    public async Task React(IReadOnlyList<RecordedEvent> page, CancellationToken cancellation)
    {
        var byStream = page.ToLookup(e => e.Stream);
        var newer = new List<Newer>();
        foreach (var e in page)
        {
            if (e.TryDecode() is BatchEvent.Accepted accepted)
                newer.AddRange((await Asked(e.Stream, byStream[e.Stream], accepted, cancellation)).Select(r => new Newer(r, e.Position)));
        }
        foreach (var ofOne in newer.GroupBy(n => n.Run.Requester))
            await ReactTo(ofOne.Key, [.. ofOne], cancellation);
        foreach (var run in page.Select(e => e.TryDecode()).Select(e => e is RunEvent.AttemptFailed f ? f.Run : (e as RunEvent.Lost)?.Run).OfType<RunKey>())
            await ReactToReturn(run, cancellation);
    }

    // One that ran when the newer version was asked for, and comes back.
    private async Task ReactToReturn(RunKey run, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var later = await connection.QueryAsync<(long Run, string Batch, string Older, string Newer)>(new CommandDefinition("""
            select n.run, n.stream, q.triggers, n.triggers from read.queue q join read.runs o on o.run = q.run join read.runs n
                on (n.package, n.suite, n.arch, n.requester, n.private) = (q.package, q.suite, q.arch, q.requester, q.private)
            where q.run = @id and q.state = 'pending' and n.package = @package and n.asked_position > o.asked_position and q.triggers <> '' and n.triggers <> '' order by n.asked_position
            """, new { id = run.Id, package = run.Package }, cancellationToken: cancellation));
        foreach (var (newer, batch, older, triggers) in later)
        {
            if (Superseding.GivesWay(older.Split(' '), triggers.Split(' ')) && !await KeepsOlder(batch, newer, cancellation))
            {
                await Supersede(run, newer, cancellation);
                return;
            }
        }
    }

    private async Task<bool> KeepsOlder(string batch, long run, CancellationToken cancellation) =>
        (await log.ReadStream(batch, 0, cancellation)).Select(e => e.TryDecode()).OfType<BatchEvent.Requested>().Any(r => r.Run.Id == run && r.KeepsOlder is true);

    // Most batches are short, and stand whole in the page.
    private async Task<IEnumerable<BatchEvent.Requested>> Asked(string batch, IEnumerable<RecordedEvent> inPage, BatchEvent.Accepted accepted, CancellationToken cancellation)
    {
        var events = Batch.Counting([.. inPage.Select(e => e.TryDecode())], e => e).ToList();
        if (events.Count(e => e is BatchEvent.Requested or BatchEvent.Joined) < accepted.Runs)
            events = [.. Batch.Counting([.. (await log.ReadStream(batch, 0, cancellation)).Select(e => e.TryDecode())], e => e)];
        return events.OfType<BatchEvent.Requested>().Where(r => r.KeepsOlder is not true && Superseding.Subject(r.Triggers) is not null);
    }

    // Neither to one that its readers may not see: its number would stand in their run's end.
    private async Task ReactTo(string requester, IReadOnlyList<Newer> newer, CancellationToken cancellation)
    {
        var byPlace = newer.ToLookup(n => (n.Run.Run.Package, n.Run.Run.Suite, n.Run.Run.Arch, n.Run.Run.Private));
        var older = await Pending(requester, [.. newer.Select(n => n.Run.Run.Package).Distinct()], cancellation);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(older, options, async (o, stop) =>
        {
            if (byPlace[(o.Package, o.Suite, o.Arch, o.Private)].FirstOrDefault(n => o.Position < n.Position && Superseding.GivesWay(o.Triggers.Split(' '), n.Run.Triggers)) is { } by)
                await Supersede(new RunKey(o.Run, o.Package, o.Suite, o.Arch, o.Private), by.Run.Run.Id, stop);
        });
    }

    private async Task Supersede(RunKey older, long by, CancellationToken cancellation)
    {
        var id = Uuid5.Create(Guid.Empty, $"supersede {older.Id} {by}");
        await runs.Obey(new RunCommand.Supersede(older, by), new CommandInfo(id, "supersede", "debci", Correlation: id), cancellation);
    }

    private async Task<IReadOnlyList<Older>> Pending(string requester, string[] packages, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<Older>(new CommandDefinition("""
            select q.run, q.package, q.suite, q.arch, q.private, q.triggers, coalesce(r.asked_position, 0) as position from read.queue q left join read.runs r on r.run = q.run -- which may have stopped
            where q.package = any(@packages) and q.requester = @requester and q.state = 'pending' and q.triggers <> ''
            """, new { requester, packages }, cancellationToken: cancellation))];
    }
}
