using System.CommandLine;
using Debci.Api.Keys;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci key create</c></summary>
internal static class KeyVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var name = new Argument<string>("account") { Description = "The account that holds the key, such as britney or worker-3; it is made if it is new." };
        var scopes = new Option<Scope[]>("--scope") { Description = "What the key may do; can be given several times.", Required = true };
        var create = new Command("create", "Makes a key and prints it, once: it is stored nowhere.") { name, scopes, config };
        create.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            await using var database = NpgsqlDataSource.Create(arguments.Load(config).Database);
            Console.WriteLine(await new AccessKeys(database).Create(arguments.GetRequiredValue(name), arguments.GetRequiredValue(scopes), cancellation));
            return 0;
        }));
        return new Command("key", "Keys: who may ask for runs, and who may work.") { create };
    }
}
