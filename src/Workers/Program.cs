using System.Runtime.InteropServices;
using Debci.Domain;
using Debci.Workers;
using Debci.Workers.Backends;
using Debci.Workers.Processes;
using Debci.Workers.Server;

var journal = new Journal(Console.Error);
try
{
    return await new CommandLine().RunAsync(args, value => WorkAsync(WorkerOptions.Read(value), journal), value => new Doctor(WorkerOptions.Read(value), Console.Out).ExamineAsync());
}
catch (RefusedException refused)
{
    journal.Say(refused.Message);
    return 2;
}
catch (ServerRefusedException refused)
{
    journal.Say($"{refused.Message} Check this worker's key, name and options.");
    return 1;
}

static async Task<int> WorkAsync(WorkerOptions options, Journal journal)
{
    using var stop = new CancellationTokenSource();
    using var drain = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
    using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Told);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Told);
    using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Told);
    using var state = StateDirectory.Take(options.State);
    if (await Doctor.ObstaclesAsync(options.Backends) is [var first, ..])
        throw new RefusedException(RefusalCode.Invalid, $"{first} (debci-worker doctor says all that is in the way.)");
    await state.CleanAsync(options.Backends, journal);
    using var server = new ServerCalls(options.Server, options.Key, options.Name);
    var offer = new Abilities(options.Name, options.Arches, options.Backends, options.Tags, WaitSeconds: 30, options.GiveUp, options.LogLimit, OwnsProcess: SystemCalls.AdoptOrphans());
    var pauses = new Pauses(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), journal);
    journal.Say($"{options.Name} works for {options.Server.Host} on {string.Join(' ', options.Backends.Select(b => b.Name))}.");
    var maker = new TestbedMaker(options.TestbedMaker, options.Testbeds, options.Backends, journal);
    await new WorkLoop(offer, state.Runs, server, maker, pauses, journal).RunAsync(options.Once, options.IdleExit, drain.Token, stop.Token);
    return 0;

    // The runtime would end the process at once. The first signal is for whoever takes workers away: no run is the worse for it. After
    // the second the loop ends the test, removes its files, and returns.
    void Told(PosixSignalContext signal)
    {
        signal.Cancel = true;
        var end = drain.IsCancellationRequested || signal.Signal == PosixSignal.SIGQUIT;
        journal.Say(end ? "Told to end: the run at hand is ended now." : "Told to end: no more claims; the run at hand is finished first.");
        (end ? stop : drain).Cancel();
    }
}
