using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using Mediator;

namespace Debci.Api.Claims;

/// <summary>A worker asks for a run. The same claim id again (lost answer) gives the same run again.</summary>
public sealed record ClaimRun(
    Caller Caller, Guid Claim, string Worker, IReadOnlyList<string> Arches, IReadOnlyList<string> Backends, string Software, TimeSpan Wait)
    : ICommand<Claimed?>, INeedsScope
{
    /// <inheritdoc/>
    public Scope Needs => Scope.Report;
}

/// <summary>What a worker has to do.</summary>
public sealed record Claimed(Lease Lease, RunRow Run);

/// <summary>Waits for a pending run, leases it, and stores that it started.</summary>
public sealed class ClaimRunHandler(
    Archive archive, RunSettings settings, Leases leases, WorkerAnnouncements announcements, RunCommands runs, KnownRuns known, ReadPosition position,
    IEventLog log) : ICommandHandler<ClaimRun, Claimed?>
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async ValueTask<Claimed?> Handle(ClaimRun command, CancellationToken cancellationToken)
    {
        Check(command);
        await announcements.Announce(command, cancellationToken);
        await leases.Heard(command.Worker, cancellationToken);
        while ((await leases.OfClaim(command.Claim, cancellationToken) ?? await WaitForOne(command, cancellationToken)) is { } lease)
        {
            var row = await RowOf(lease, cancellationToken); // before anything is stored: without it there is nothing to answer
            if (await TryStart(command, lease, cancellationToken))
                return new Claimed(lease, row);
            // The queue was behind the log: the run has ended, or this attempt of it. Let the queue catch up, and take the next.
            await leases.Drop([(lease.Run.Id, lease.Attempt)], cancellationToken);
            await position.WaitFor(await log.Head(cancellationToken), CatchUp, cancellationToken);
        }
        return null;
    }

    private async Task<Lease?> WaitForOne(ClaimRun command, CancellationToken cancellation)
    {
        var deadline = Environment.TickCount64 + (long)command.Wait.TotalMilliseconds;
        while (true)
        {
            var next = position.NextMove; // before the look: a run queued in between wakes us
            var lease = await leases.TakeFirst(command.Claim, command.Worker, command.Caller.AccountId, command.Arches, command.Backends, settings.LeaseSeconds, cancellation);
            var left = deadline - Environment.TickCount64;
            if (lease is not null || left <= 0)
                return lease;
            // A lease that is given back moves nothing in the log, so look again now and then in any case.
            await next.WaitAsync(TimeSpan.FromMilliseconds(Math.Min(left, 5000)), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task<RunRow> RowOf(Lease lease, CancellationToken cancellation)
    {
        try
        {
            return await known.Get(lease.Run.Id, Caller.System, cancellation);
        }
        catch (RefusedException)
        {
            // The queue knows a run that the runs do not: their read model has stopped, or is being made anew.
            await leases.Drop([(lease.Run.Id, lease.Attempt)], cancellation);
            throw new RefusedException(RefusalCode.NotYet, $"Run {lease.Run.Id} cannot be given out yet, since its row is missing; claim again later. See /health.");
        }
    }

    private async Task<bool> TryStart(ClaimRun command, Lease lease, CancellationToken cancellation)
    {
        // The command's id follows from the attempt: the same claim again repeats the ids, and the log knows it.
        var id = Uuid5.Create(command.Claim, $"start {lease.Run.Id} {lease.Attempt}");
        var info = new CommandInfo(id, "claimRun", $"worker:{command.Worker}", Correlation: command.Claim);
        try
        {
            await runs.Obey(new RunCommand.Start(lease.Run, lease.Attempt, lease.Worker, lease.Backend), info, cancellation);
            return true;
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    private void Check(ClaimRun command)
    {
        if (!Names.IsWorker(command.Worker))
            throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(command.Worker)} is no name for a worker: letters, digits, '.', '_', '-', ':', at most 128.", "worker");
        if (command.Arches.Concat(command.Backends).Any(w => w is null) || command.Software is null)
            throw new RefusedException(RefusalCode.Invalid, "Arches, backends and software are words, not null.");
        if (command.Arches.Count is 0 or > 32 || command.Backends.Count is 0 or > 32)
            throw new RefusedException(RefusalCode.Invalid, "Name 1 to 32 arches, and 1 to 32 backends.", "arches");
        var refusal = command.Arches.Select(a => archive.CheckArch(a, "arches")).Concat(command.Backends.Select(b => archive.CheckBackend(b, "backends")))
            .FirstOrDefault(r => r is not null);
        if (refusal is not null)
            throw new RefusedException(refusal);
        if (command.Software.Length > 200)
            throw new RefusedException(RefusalCode.TooLarge, "Name and version of the worker's software take at most 200 characters.", "software");
    }
}
