using System.CommandLine;
using Debci.Api.Audit;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci audit</c></summary>
internal static class AuditVerb
{
    private const string KeyFile = "The file of the signing key.";

    public static Command Create() => new("audit", "The log's proof: heads of its Merkle tree, and whether it is what it was. ops/audit.md explains.")
    {
        CreateKey(), CreateHead(), CreateExport(), CreateVerify(),
    };

    private static Command CreateKey()
    {
        var file = new Argument<string>("file") { Description = KeyFile };
        var command = new Command("key", "Makes the key that signs heads, in a new file that only its owner may read; of one that is there, prints the public key.") { file };
        command.SetAction((arguments, _) => Verbs.Run(() =>
        {
            var name = arguments.GetRequiredValue(file);
            Console.WriteLine((File.Exists(name) ? SigningKey.Load(name) : SigningKey.Create(name)).Public);
            return Task.FromResult(0);
        }));
        return command;
    }

    private static Command CreateHead()
    {
        var config = ConfigOption.Create();
        var folder = new Option<string>("--out") { Description = "The folder of heads; the newest of yours in it is gone on from, and any other must agree with the log.", Required = true };
        var key = new Option<string>("--signing-key") { Description = KeyFile, Required = true };
        var trusted = new Option<string[]>("--trusted-key") { Description = "A public key that signed before this one: its heads are gone on from too, and not checked again. May be given more than once." };
        var command = new Command("head", "Signs what the log amounts to now, and puts it into a folder that others copy; from a timer.") { folder, key, trusted, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var configuration = arguments.Load(config);
            await using var database = NpgsqlDataSource.Create(configuration.Database);
            var (head, file, isNew) = await AuditWork.MakeHead(database, arguments.GetRequiredValue(folder), SigningKey.Load(arguments.GetRequiredValue(key)), arguments.GetValue(trusted) ?? [], DateTimeOffset.UtcNow, configuration.Log.Cluster, cancellation);
            Console.WriteLine($"{file}: {head.Size} events, root {head.Root}{(isNew ? "" : "; nothing is new")}");
            return 0;
        }));
        return command;
    }

    private static Command CreateExport()
    {
        var config = ConfigOption.Create();
        var output = new Option<string?>("--out") { Description = "The file; standard output if left out." };
        var head = new Option<string?>("--head") { Description = "Only the events that this head covers." };
        var command = new Command("export", "Writes each event in its canonical form, one a line: what ops/audit-verify verifies. All of the log, private runs too.") { output, head, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var configuration = arguments.Load(config);
            await using var database = NpgsqlDataSource.Create(configuration.Database);
            await using var stream = new BufferedStream(arguments.GetValue(output) is { } file ? File.Create(file) : Console.OpenStandardOutput(), 1 << 16);
            var count = await AuditWork.Export(database, stream, arguments.GetValue(head) is { } name ? AuditHead.Load(name) : null, configuration.Log.Cluster, cancellation);
            await Console.Error.WriteLineAsync($"{count} events.");
            return 0;
        }));
        return command;
    }

    private static Command CreateVerify()
    {
        var config = ConfigOption.Create();
        var heads = new Argument<string[]>("heads") { Description = "Heads to compare with: files, or folders of them.", Arity = ArgumentArity.ZeroOrMore };
        var key = new Option<string?>("--public-key") { Description = "The public key that heads must be signed by." };
        var command = new Command("verify", "Hashes all events anew, compares with the stored leaves and with heads, and says which event was changed, removed or inserted first.") { heads, key, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var configuration = arguments.Load(config);
            await using var database = NpgsqlDataSource.Create(configuration.Database);
            var given = AuditHead.LoadAll(arguments.GetValue(heads) ?? []);
            var (lines, well) = VerifyWords.Of(await AuditWork.Verify(database, given, configuration.Log.Cluster, cancellation), arguments.GetValue(key));
            foreach (var line in lines)
                Console.WriteLine(Terminal.Safe(line));
            return well ? 0 : 1;
        }));
        return command;
    }
}
