using System.CommandLine;
using Debci.Api.Files;
using Debci.Api.Hosting;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci rebuild</c></summary>
internal static class RebuildVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var names = new Argument<string[]>("name") { Description = "Read models, such as runs or index; all of them if left out.", Arity = ArgumentArity.ZeroOrMore };
        var verify = new Option<bool>("--verify") { Description = "Only compare with the live rows, and tell the first difference; exit code 1 when there is one." };
        var anew = new Option<bool>("--anew") { Description = "Forget what an interrupted rebuild has done." };
        var hurry = new Option<bool>("--hurry") { Description = "Take what can be got, also beside a running server. Without it, a rebuild beside one rests three times as long as it works, lest claims wait." };
        var command = new Command("rebuild", "Makes read models anew from the log, beside the live ones, and puts them in their place. Ctrl-C stops it; started again, it goes on. Readers notice nothing.")
        { names, verify, anew, hurry, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            if (!arguments.GetValue(hurry))
                Posix.GiveWay(); // to a server on the same machine
            var progress = new ProgressLine();
            var configuration = arguments.Load(config);
            await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(configuration.Database)
            { ApplicationName = "debci rebuild", Options = "-c synchronous_commit=off", CommandTimeout = 0 }); // rows can be made again
            await using var log = ServerHost.OpenLog(configuration, database);
            var rebuild = new Rebuild(log, database, ReadModels.All(), progress.Show) { Hurries = arguments.GetValue(hurry) };
            try
            {
                if (arguments.GetValue(verify))
                    return Tell(await rebuild.Verify(arguments.GetValue(names) ?? [], cancellation), progress);
                await rebuild.Run(arguments.GetValue(names) ?? [], arguments.GetValue(anew), cancellation);
            }
            catch (OperationCanceledException)
            {
                progress.End();
                await Console.Error.WriteLineAsync("Stopped; the live rows are as before" + (arguments.GetValue(verify) ? "."
                    : arguments.GetValue(anew) ? ", and the same command without --anew goes on from here." : ", and the same command goes on from here."));
                throw;
            }
            progress.End();
            Console.WriteLine("The read models are rebuilt and in their place.");
            return 0;
        }));
        return command;
    }

    private static int Tell(IReadOnlyList<Compared> compared, ProgressLine progress)
    {
        progress.End();
        foreach (var c in compared)
            Console.WriteLine(c.First is not { } d ? $"{c.Model}: the same, {c.Rows} rows at position {c.Position}"
                : Terminal.Safe($"{c.Model}: differs at position {c.Position}, first in {d.Table} at {d.Key}\n  live:    {d.Live ?? "no row"}\n  rebuilt: {d.Rebuilt ?? "no row"}"));
        if (compared.All(c => c.First is null))
            return 0;
        Console.WriteLine($"Repair with: debci rebuild {string.Join(' ', compared.Where(c => c.First is not null).Select(c => c.Model))}");
        return 1;
    }
}
