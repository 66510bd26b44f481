using System.CommandLine;
using Debci.Api.Keys;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci key</c></summary>
internal static class KeyVerb
{
    public static Command Create() => new("key", "Keys: who may ask for runs, and who may work.") { Make(), List(), Revoke() };

    private static Command Make()
    {
        var config = ConfigOption.Create();
        var name = new Argument<string>("account") { Description = "The account that holds the key, such as britney or worker-3; it is made if it is new." };
        var scopes = new Option<Scope[]>("--scope") { Description = "What the key may do; can be given several times.", Required = true };
        var command = new Command("create", "Makes a key and prints it, once: it is stored nowhere.") { name, scopes, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            await using var database = NpgsqlDataSource.Create(arguments.Load(config).Database);
            Console.WriteLine(await new AccessKeys(database).Create(arguments.GetRequiredValue(name), arguments.GetRequiredValue(scopes), cancellation));
            return 0;
        }));
        return command;
    }

    private static Command List()
    {
        var config = ConfigOption.Create();
        var command = new Command("list", "Prints all keys: id, account, scopes, since when.") { config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            await using var database = NpgsqlDataSource.Create(arguments.Load(config).Database);
            foreach (var key in await new AccessKeys(database).List(cancellation))
                Console.WriteLine(Terminal.Safe($"{key.Id}  {key.Account}  {key.Scopes}  {key.CreatedAt:yyyy-MM-dd}"));
            return 0;
        }));
        return command;
    }

    private static Command Revoke()
    {
        var config = ConfigOption.Create();
        var id = new Argument<string>("id") { Description = "The key's id: what stands between the two underscores of the key, or in `debci key list`." };
        var command = new Command("revoke", "Takes a key away, and the sessions of browsers that have shown it. A running server may take it for half a minute longer.") { id, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            await using var database = NpgsqlDataSource.Create(arguments.Load(config).Database);
            var named = arguments.GetRequiredValue(id);
            if (!await new AccessKeys(database).Revoke(named, cancellation))
                throw new InvalidOperationException($"There is no key {Domain.StoredText.Quote(named)}; `debci key list` shows those that are there.");
            Console.WriteLine($"The key {named} is taken away.");
            return 0;
        }));
        return command;
    }
}
