using System.CommandLine;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci resume</c></summary>
internal static class ResumeVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var model = new Argument<string>("model") { Description = "The read model's name, as /health and the log's ALERT tell it." };
        var command = new Command("resume", "Lets a read model that stopped before a damaged event try it again, once its cause is mended.") { model, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            await using var database = NpgsqlDataSource.Create(arguments.Load(config).Database);
            var name = arguments.GetRequiredValue(model);
            if (await ReadSchema.Resume(database, name, cancellation) == 0)
                throw new InvalidOperationException($"No read model of the name {Domain.StoredText.Quote(name)} has stopped; /health names those that have.");
            Console.WriteLine($"{name} goes on within seconds where a server runs.");
            return 0;
        }));
        return command;
    }
}
