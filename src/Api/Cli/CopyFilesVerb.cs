using System.CommandLine;
using System.Diagnostics;
using Debci.Api.Configuration;
using Debci.Api.Files;
using Debci.Api.Files.Copy;
using Debci.Api.Hosting;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci copy-files</c></summary>
internal static class CopyFilesVerb
{
    // Everything is there but logs that workers are sending just now.
    private const int NotAll = 3;

    public static Command Create()
    {
        var config = ConfigOption.Create();
        var from = new Option<FileEngine>("--from") { Description = "The store that has the files, by its section in the configuration.", Required = true };
        var to = new Option<FileEngine>("--to") { Description = "The store that gets them.", Required = true };
        var verify = new Option<bool>("--verify") { Description = "Compares also the bytes of files that are there already; without, their size." };
        var command = new Command("copy-files",
            "Copies logs and artifacts from one store into another, and compares the SHA-256 of each. Again: only what is missing; interrupted: it goes on. Nothing is deleted. Exit code 3 when logs were left out that still grow.")
        { from, to, verify, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var configuration = arguments.Load(config);
            var (source, target) = (arguments.GetRequiredValue(from), arguments.GetRequiredValue(to));
            Require(configuration, source, target);
            await using var database = NpgsqlDataSource.Create(configuration.Database);
            var (has, gets) = (FileStores.Open(configuration, source), FileStores.Open(configuration, target));
            await has.Check(cancellation);
            await gets.Check(cancellation);
            var logs = FileStores.LogsOf(configuration, source, database, has);
            await using var events = ServerHost.OpenLog(configuration, database);
            var copy = new FileCopy(has, gets, new AsideFolder(new FileLayout(configuration.Files), TimeProvider.System), new GrowingLogs(logs, has, database), events, arguments.GetValue(verify));
            Console.WriteLine($"From {has.Name} to {gets.Name}:");
            var done = await Follow(copy, cancellation);
            foreach (var growing in done.Growing)
                await Console.Error.WriteLineAsync($"Left out, since its log grows: {growing}");
            return done.Growing.Count == 0 ? 0 : NotAll;
        }));
        return command;
    }

    private static void Require(DebciConfiguration configuration, FileEngine from, FileEngine to)
    {
        if (from == to)
            throw new InvalidDataException("--from and --to name the same store; there is nothing to copy.");
        var mistakes = configuration.Store.Mistakes(configuration, from).Concat(configuration.Store.Mistakes(configuration, to)).ToList();
        if (mistakes.Count > 0)
            throw new ConfigurationException(mistakes);
        if (from == FileEngine.Files && !Directory.Exists(new FileLayout(configuration.Files).At(StorePath.Top)))
            throw new InvalidDataException($"There are no files in {new FileLayout(configuration.Files).Root}; is [files] root the folder of the server?");
    }

    private static async Task<FilesCopied> Follow(FileCopy copy, CancellationToken cancellation)
    {
        var (progress, watch) = (new FilesCopied(), Stopwatch.StartNew());
        using var timer = new Timer(_ => Console.Error.WriteLine(
            $"{progress.Runs:#,0} runs, {progress.Files:#,0} files copied, {progress.Bytes / 1e6:#,0} MB, {progress.Bytes / 1e6 / watch.Elapsed.TotalSeconds:#,0.0} MB/s"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        await copy.Run(progress, cancellation);
        await timer.DisposeAsync();
        Console.WriteLine($"{progress.Runs:#,0} runs: {progress.Files:#,0} files were copied, {progress.Bytes:#,0} bytes; {progress.Named:#,0} more are shown at a second address, {progress.There:#,0} were there already.{Passed(progress)} It took {watch.Elapsed.TotalSeconds:0.0} s.");
        return progress;
    }

    private static string Passed(FilesCopied progress) => progress.Expired == 0 ? "" : $" The files of {progress.Expired:#,0} runs have expired and were passed over.";
}
