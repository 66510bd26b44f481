using System.CommandLine;
using Debci.Api.Configuration;
using Debci.Api.Export;
using Debci.Api.GraphQL;
using Debci.Api.Hosting;
using Debci.Api.Views.Feeds;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci export-json</c></summary>
internal static class ExportJsonVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var folder = new Argument<string>("dir") { Description = "The folder that mirrors take as /data; made when it is not there." };
        var command = new Command("export-json", "Writes debci's tree of JSON files and feeds for mirrors, each file at once, and only what changed. From a timer; interrupted, it leaves whole files, and goes on the next time.")
        { folder, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var configuration = arguments.Load(config);
            await using var database = NpgsqlDataSource.Create(configuration.Database);
            var log = await ServerHost.LogId(configuration, database, cancellation);
            using var tree = new ExportTree(arguments.GetRequiredValue(folder));
            await Of(configuration, database, log).Run(tree, log, configuration.Suites.SelectMany(s => configuration.Arches.Select(a => (s, a))), DateOnly.FromDateTime(DateTime.UtcNow), cancellation);
            Console.WriteLine($"Wrote {tree.Written} files and deleted {tree.Deleted}; {tree.Same} that were looked at are as they were.");
            return 0;
        }));
        return command;
    }

    private static JsonExport Of(DebciConfiguration configuration, NpgsqlDataSource database, string log)
    {
        var (statuses, atom) = (new StatusesQueries(database), new Atom(new LogIdentity(log)));
        return new JsonExport(statuses, new JobsQueries(database), new FeedViews(statuses, new PackagesQueries(database), new Maintainers.MaintainerStore(database), atom, new LiveConfiguration(configuration)), atom, new ExportQueries(database));
    }
}
