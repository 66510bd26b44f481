using Debci.Api.Tests.Audit;

namespace Debci.Api.Tests.Cli;

/// <summary><c>debci audit</c>, from the key to a log that was touched.</summary>
[Collection("console")]
public sealed class AuditVerbTests
{
    [Fact]
    public async Task From_the_key_to_a_log_that_was_touched()
    {
        await using var log = await AuditedLog.With(20);
        var folder = Directory.CreateTempSubdirectory("debci-audit-verb-").FullName;
        try
        {
            string In(string name) => Path.Combine(folder, name);
            await File.WriteAllTextAsync(In("debci.toml"), $"[database]\nconnection = \"{log.Connection}\"\n");
            var (code, key) = await Run("audit", "key", In("key"));
            Assert.Equal((0, key), (code, (await Run("audit", "key", In("key"))).Said)); // a second time it is shown, and not made
            Assert.Equal(32, Convert.FromBase64String(key.Trim()).Length);

            var (_, made) = await Run("audit", "head", "--out", In("heads"), "--signing-key", In("key"), "--config", In("debci.toml"));
            Assert.Contains("head-000000000020.json: 20 events, root", made, StringComparison.Ordinal);
            Assert.Contains("nothing is new", (await Run("audit", "head", "--out", In("heads"), "--signing-key", In("key"), "--config", In("debci.toml"))).Said, StringComparison.Ordinal);

            (code, var said) = await Run("audit", "verify", In("heads"), "--public-key", key.Trim(), "--config", In("debci.toml"));
            Assert.Equal((0, true), (code, said.Contains("over 20 events holds.", StringComparison.Ordinal)));
            Assert.Equal((0, "20 events.\n"), await Run("audit", "export", "--out", In("log.jsonl"), "--config", In("debci.toml")));
            Assert.Equal(20, (await File.ReadAllLinesAsync(In("log.jsonl"))).Length);

            await log.Execute("delete from log.mt_events where seq_id = 7");
            (code, said) = await Run("audit", "verify", In("heads"), "--config", In("debci.toml"));
            Assert.Equal(1, code);
            Assert.Contains("WRONG: 1 event was removed behind position 6 and before position 8", said, StringComparison.Ordinal);
            Assert.Contains("give --public-key to be sure", said, StringComparison.Ordinal);
            (code, said) = await Run("audit", "verify", In("key"), "--config", In("debci.toml"));
            Assert.Equal((1, true), (code, said.Contains("is no head", StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<(int Code, string Said)> Run(params string[] arguments) => CommandLine.Run(arguments);
}
