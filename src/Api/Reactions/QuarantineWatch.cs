using Dapper;
using Debci.Api.Dispatch;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Reactions;

/// <summary>Quarantines what was abandoned again and again (<see cref="QuarantineRule"/>).</summary>
public sealed class QuarantineWatch(IEventLog log, NpgsqlDataSource database, SmallStream streams, ILogger<QuarantineWatch> logger) : IReaction
{
    /// <inheritdoc/>
    public async Task React(IReadOnlyList<RecordedEvent> page, CancellationToken cancellation)
    {
        foreach (var e in page)
        {
            if (e.TryDecode() is RunEvent.Abandoned abandoned)
                await ReactTo(abandoned, e.RecordedAt, cancellation);
        }
    }

    private async Task ReactTo(RunEvent.Abandoned e, DateTimeOffset at, CancellationToken cancellation)
    {
        var (package, suite, arch) = (e.Run.Package, e.Run.Suite, e.Run.Arch);
        var since = await LiftedAt(package, suite, arch, e.Version, cancellation);
        var all = (await Abandoned(package, suite, arch, cancellation)).Where(a => a.At > since);
        if (QuarantineRule.Enough(all, e.Version, at) is not { } runs)
            return;
        var found = new PolicyCommand.Quarantine(new PolicyEvent.Quarantined(package, suite, arch, runs, e.Version));
        var id = Uuid5.Create(Guid.Empty, $"quarantine {e.Run.Id}");
        await streams.Obey<Policy, PolicyEvent>(found.Stream, Policy.None, Policy.Evolve, p => Policy.Decide(found, p), new CommandInfo(id, "quarantine", "debci", Correlation: id), cancellation);
        logger.LogWarning("{Package} {Version} is in quarantine in {Suite} on {Arch}: runs {Runs} were abandoned.", package, e.Version, suite, arch, string.Join(", ", runs));
    }

    // What an operator has lifted begins anew.
    private async Task<DateTimeOffset> LiftedAt(string package, string suite, string arch, string? version, CancellationToken cancellation) =>
        (await log.ReadStream(Streams.Quarantine, 0, cancellation))
            .Where(e => e.TryDecode() is PolicyEvent.QuarantineLifted l && (l.Package, l.Suite, l.Arch, l.Version) == (package, suite, arch, version))
            .Select(e => e.RecordedAt).DefaultIfEmpty(DateTimeOffset.MinValue).Max();

    private async Task<IReadOnlyList<(long Run, string? Version, DateTimeOffset At)>> Abandoned(string package, string suite, string arch, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(long Run, string Triggers, DateTime At)>(new CommandDefinition("""
            select run, triggers, ended_at from read.runs
            where package = @package and suite = @suite and arch = @arch and state = 'abandoned' order by run desc limit 100
            """, new { package, suite, arch }, cancellationToken: cancellation));
        return [.. rows.Select(r => (r.Run, Trigger.VersionOf(r.Triggers.Split(' '), package), new DateTimeOffset(r.At)))];
    }
}
