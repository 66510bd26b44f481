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

    private sealed record Older(long Run, string Package, string Suite, string Arch, bool Private, string Triggers);

    /// <inheritdoc/>
    public async Task React(IReadOnlyList<RecordedEvent> page, CancellationToken cancellation)
    {
        var byStream = page.ToLookup(e => e.Stream);
        var newer = new List<BatchEvent.Requested>();
        foreach (var e in page)
        {
            if (e.TryDecode() is BatchEvent.Accepted accepted)
                newer.AddRange(await Newer(e.Stream, byStream[e.Stream], accepted, cancellation));
        }
        foreach (var ofOne in newer.GroupBy(r => r.Requester))
            await ReactTo(ofOne.Key, [.. ofOne], cancellation);
        foreach (var run in page.Select(e => e.TryDecode()).Select(e => e is RunEvent.AttemptFailed f ? f.Run : (e as RunEvent.Lost)?.Run).OfType<RunKey>())
            await ReactToReturn(run, cancellation);
    }

    // One that ran when the newer version was asked for, and comes back.
    private async Task ReactToReturn(RunKey run, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var later = await connection.QueryAsync<(long Run, string Batch, string Older, string Newer)>(new CommandDefinition("""
            select n.run, n.stream, q.triggers, n.triggers from read.queue q join read.runs n
                on (n.package, n.suite, n.arch, n.requester, n.private) = (q.package, q.suite, q.arch, q.requester, q.private)
            where q.run = @id and q.state = 'pending' and n.package = @package and n.run > q.run and q.triggers <> '' and n.triggers <> '' order by n.run
            """, new { id = run.Id, package = run.Package }, cancellationToken: cancellation));
        foreach (var (newer, batch, older, triggers) in later)
        {
            if (Superseding.GivesWay(older.Split(' '), triggers.Split(' ')) && !await KeepsOlder(batch, newer, cancellation))
            {
                await Supersede(new Older(run.Id, run.Package, run.Suite, run.Arch, run.Private, older), newer, cancellation);
                return;
            }
        }
    }

    private async Task<bool> KeepsOlder(string batch, long run, CancellationToken cancellation) =>
        (await log.ReadStream(batch, 0, cancellation)).Select(e => e.TryDecode()).OfType<BatchEvent.Requested>().Any(r => r.Run.Id == run && r.KeepsOlder is true);

    // Most batches are short, and stand whole in the page.
    private async Task<IEnumerable<BatchEvent.Requested>> Newer(string batch, IEnumerable<RecordedEvent> inPage, BatchEvent.Accepted accepted, CancellationToken cancellation)
    {
        var events = Batch.Counting([.. inPage.Select(e => e.TryDecode())], e => e).ToList();
        if (events.Count(e => e is BatchEvent.Requested or BatchEvent.Joined) < accepted.Runs)
            events = [.. Batch.Counting([.. (await log.ReadStream(batch, 0, cancellation)).Select(e => e.TryDecode())], e => e)];
        return events.OfType<BatchEvent.Requested>().Where(r => r.KeepsOlder is not true && Superseding.Subject(r.Triggers) is not null);
    }

    private async Task ReactTo(string requester, IReadOnlyList<BatchEvent.Requested> newer, CancellationToken cancellation)
    {
        var byPlace = newer.ToLookup(r => (r.Run.Package, r.Run.Suite, r.Run.Arch));
        var older = await Pending(requester, [.. newer.Select(r => r.Run.Package).Distinct()], cancellation);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(older, options, async (o, stop) =>
        {
            if (byPlace[(o.Package, o.Suite, o.Arch)].FirstOrDefault(n => Superseding.GivesWay(o.Triggers.Split(' '), n.Triggers)) is { } by)
                await Supersede(o, by.Run.Id, stop);
        });
    }

    private async Task Supersede(Older older, long by, CancellationToken cancellation)
    {
        var id = Uuid5.Create(Guid.Empty, $"supersede {older.Run} {by}");
        var run = new RunKey(older.Run, older.Package, older.Suite, older.Arch, older.Private);
        await runs.Obey(new RunCommand.Supersede(run, by), new CommandInfo(id, "supersede", "debci", Correlation: id), cancellation);
    }

    private async Task<IReadOnlyList<Older>> Pending(string requester, string[] packages, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<Older>(new CommandDefinition("""
            select run, package, suite, arch, private, triggers from read.queue
            where package = any(@packages) and requester = @requester and state = 'pending' and triggers <> ''
            """, new { requester, packages }, cancellationToken: cancellation))];
    }
}
