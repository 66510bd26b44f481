using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Runs;

/// <summary>Obeys commands to runs: loads the run's stream, decides, appends at the revision that was read.</summary>
public sealed class RunCommands(IEventLog log)
{
    private const int MostConflicts = 10;
    private readonly RecentRuns recent = new();

    /// <summary>What came of a command.</summary>
    /// <param name="Position">Of the event that answers it: the newest one now, or the one that answered it the first time.</param>
    /// <param name="Run">The run's state behind it.</param>
    /// <param name="Happened">What happened now; empty for a repetition.</param>
    public sealed record Obeyed(long Position, Run Run, IReadOnlyList<RunEvent> Happened);

    /// <summary>Obeys the command, whoever else is commanding the run at the same time.</summary>
    /// <exception cref="RefusedException">The state of the run does not allow it.</exception>
    public async Task<Obeyed> Obey(RunCommand command, CommandInfo info, CancellationToken cancellation)
    {
        var stream = Streams.Run(command.Run.Id);
        for (var conflicts = 0; ; conflicts++)
        {
            var (known, happened) = (conflicts == 0 ? DecideOnRecent(command) : null) ?? await DecideOnLog(command, stream, cancellation);
            if (happened.Count == 0)
                return new Obeyed(known.Position, known.Run, []);
            try
            {
                var appended = await log.Append(stream, known.Revision, info.Events(happened), cancellation);
                var run = happened.Aggregate(known.Run, Run.Evolve);
                recent.Keep(command.Run.Id, new RecentRuns.Known(run, appended.Revision, appended.Position));
                return new Obeyed(appended.Position, run, happened);
            }
            catch (StreamMovedException) when (conflicts < MostConflicts)
            {
                // Something else happened to the run first; decide anew on what it is now.
            }
        }
    }

    // Only what leads to an append, which has to fit the log, is decided on what is remembered.
    private (RecentRuns.Known, IReadOnlyList<RunEvent>)? DecideOnRecent(RunCommand command)
    {
        try
        {
            return (recent.Take(command.Run.Id) ?? Fresh(command)) is { } known && RunDecider.Decide(command, known.Run) is { Count: > 0 } happened ? (known, happened) : null;
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    // A first attempt begins the run's stream; where it does not, the append says so.
    private static RecentRuns.Known? Fresh(RunCommand command) => command is RunCommand.Start { Attempt: 1 } ? new RecentRuns.Known(Run.Unstarted, 0, 0) : null;

    private async Task<(RecentRuns.Known, IReadOnlyList<RunEvent>)> DecideOnLog(RunCommand command, string stream, CancellationToken cancellation)
    {
        var known = await Load(stream, cancellation);
        return (known, RunDecider.Decide(command, known.Run));
    }

    private async Task<RecentRuns.Known> Load(string stream, CancellationToken cancellation)
    {
        var stored = await log.ReadStream(stream, 0, cancellation);
        var run = stored.Select(e => (RunEvent)e.Decode()!).Aggregate(Run.Unstarted, Run.Evolve);
        return new RecentRuns.Known(run, stored.Count, stored.Count == 0 ? 0 : stored[^1].Position);
    }
}
