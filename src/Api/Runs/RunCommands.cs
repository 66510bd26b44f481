using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Runs;

/// <summary>Obeys commands to runs: loads the run's stream, decides, appends at the revision that was read.</summary>
public sealed class RunCommands(IEventLog log)
{
    private const int MostConflicts = 10;

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
            var stored = await log.ReadStream(stream, 0, cancellation);
            var run = stored.Select(e => (RunEvent)e.Decode()!).Aggregate(Run.Unstarted, Run.Evolve);
            var happened = RunDecider.Decide(command, run);
            if (happened.Count == 0)
                return new Obeyed(stored.Count == 0 ? 0 : stored[^1].Position, run, []);
            try
            {
                var appended = await log.Append(stream, stored.Count, info.Events(happened), cancellation);
                return new Obeyed(appended.Position, happened.Aggregate(run, Run.Evolve), happened);
            }
            catch (StreamMovedException) when (conflicts < MostConflicts)
            {
                // Something else happened to the run first; decide anew on what it is now.
            }
        }
    }
}
