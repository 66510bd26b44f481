using System.CommandLine;
using Debci.Api.Erasure;
using Debci.Api.Hosting;
using Debci.Api.Keys;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci erase</c></summary>
internal static class EraseVerb
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5); // of a call that began before

    public static Command Create()
    {
        var config = ConfigOption.Create();
        var account = new Argument<string?>("account") { Description = "The account to erase: its name, or its id.", Arity = ArgumentArity.ZeroOrOne };
        var texts = new Option<string[]>("--text") { Description = "A text to erase, by its hash as events have it. Can be given several times.", AllowMultipleArgumentsPerToken = true };
        var command = new Command("erase", "Erases what is known of a person: name, keys, webhooks, and the texts that they wrote. The log stays as it is. Again: nothing happens.") { account, texts, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var (who, hashes) = (arguments.GetValue(account), arguments.GetValue(texts) ?? []);
            if (who is null && hashes.Length == 0)
                throw new InvalidOperationException("Name an account, or texts by --text.");
            var configuration = arguments.Load(config);
            await using var database = NpgsqlDataSource.Create(configuration.Database);
            await using var log = ServerHost.OpenLog(configuration, database);
            var data = new PersonalData(log, database, stop => Task.Delay(AccessKeys.CachedFor + Margin, stop));
            if (hashes.Length > 0)
                Console.WriteLine($"{await data.EraseTexts(hashes, cancellation)} of {hashes.Length} texts were there, and are erased.");
            if (who is not null)
                Console.WriteLine(await data.Find(who, cancellation) is { } id ? await Erase(data, id, cancellation)
                    : $"There is no account {StoredText.Quote(who)}; if it was erased before, its keys and its texts went before its name did.");
            return 0;
        }));
        return command;
    }

    private static async Task<string> Erase(PersonalData data, Guid id, CancellationToken cancellation)
    {
        await Console.Error.WriteLineAsync("The keys go first. Servers know a key for half a minute longer; what is written with it until then is erased too.");
        var erased = await data.Erase(id, null, cancellation);
        return $"Account {id}: {(erased.Name ? "its name is erased" : "its name was erased before")}, with {erased.Keys} keys, {erased.Webhooks} webhooks and {erased.Texts} texts. No server takes its keys any more.";
    }
}
