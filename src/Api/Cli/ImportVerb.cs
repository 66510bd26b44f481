using System.CommandLine;
using System.Diagnostics;
using Debci.Api.Dispatch;
using Debci.Api.Files;
using Debci.Api.Hosting;
using Debci.Api.Import;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci import</c></summary>
internal static class ImportVerb
{
    // Of a record that was left out; what was understood counts all the same.
    private const int NotAll = 3;

    public static Command Create()
    {
        var config = ConfigOption.Create();
        var places = new Argument<string[]>("source") { Description = "Debci's JSON (an export, a listing), a folder that holds autopkgtest/ or export/, or the address of a listing. Several may overlap.", Arity = ArgumentArity.OneOrMore };
        var map = new Option<string?>("--requesters") { Description = "A file that maps debci's numbers of requesters to accounts here: a line \"17 britney\" each." };
        var requester = new Option<string>("--requester") { Description = "The account of records that name nobody, as those of a listing, which are its caller's.", DefaultValueFactory = _ => "debci-import" };
        var above = new Option<long>("--new-ids-above") { Description = "New runs get higher ids than this, also when no record has it: room for what the other system still does." };
        var key = new Option<string?>("--key-file") { Description = "A file with debci's key, for an address." };
        var hidden = new Option<bool>("--private") { Description = "All of it comes as private runs, which only their requesters see. A folder of results does not tell which were." };
        var report = new Option<string?>("--report") { Description = "A file for what was not understood; standard error, if left out." };
        var command = new Command("import", "Brings results of debci here, with their run ids and times. Again: nothing happens; interrupted: it goes on. Exit code 3 when something was left out.")
        { places, map, requester, above, key, hidden, report, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            if (!Names.IsWorker(arguments.GetRequiredValue(requester)) || arguments.GetValue(above) is < 0 or > JsonRecord.HighestRun)
                throw new InvalidDataException($"--requester takes an account's name, and --new-ids-above a number up to {JsonRecord.HighestRun}.");
            var configuration = arguments.Load(config);
            using var sources = new Sources();
            foreach (var place in arguments.GetRequiredValue(places))
                await sources.Add(place, arguments.GetValue(key) is { } file ? (await File.ReadAllTextAsync(file, cancellation)).Trim() : null, cancellation);
            await using var database = NpgsqlDataSource.Create(configuration.Database);
            await using var log = ServerHost.OpenLog(configuration, database);
            var layout = new FileLayout(configuration.Files);
            var import = new RunImport(log, new ImportedIds(database), new Requesters(database, Requesters.Read(arguments.GetValue(map)), arguments.GetRequiredValue(requester)),
                new Texts(database), new ImportedFiles(FileStores.Open(configuration, durable: false), new AsideFolder(layout, TimeProvider.System)), arguments.GetValue(hidden));
            var done = await Follow(import.Run, sources, arguments.GetValue(above), cancellation);
            await Tell(done, arguments.GetValue(report), cancellation);
            return done.LeftOut > 0 ? NotAll : 0;
        }));
        return command;
    }

    private static async Task<ImportReport> Follow(
        Func<IReadOnlyList<IRecords>, long, ImportReport, CancellationToken, Task> run, Sources sources, long above, CancellationToken cancellation)
    {
        var (report, watch, of) = (new ImportReport(), Stopwatch.StartNew(), sources.All.Sum(s => (long)s.Places.Count));
        using var timer = new Timer(_ => Console.Error.WriteLine(
            $"{report.Done:#,0} of {of:#,0} records, {report.Done / watch.Elapsed.TotalSeconds:#,0}/s"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        await Task.Run(() => run(sources.All, above, report, cancellation), cancellation);
        await timer.DisposeAsync();
        Console.WriteLine($"{report.Summary} It took {watch.Elapsed.TotalSeconds:0.0} s.");
        return report;
    }

    private static async Task Tell(ImportReport report, string? path, CancellationToken cancellation)
    {
        if (path is not null)
            await File.WriteAllLinesAsync(path, report.Lines, cancellation);
        else
            foreach (var line in report.Lines)
                await Console.Error.WriteLineAsync(Terminal.Safe(line));
    }
}
