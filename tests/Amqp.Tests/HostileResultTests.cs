using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Debci.Api.Amqp;

namespace Debci.Amqp.Tests;

/// <summary>Results that nobody should send: a dead letter each, and the run goes on waiting for its own.</summary>
public sealed class HostileResultTests : IAsyncLifetime
{
    private Bridged world = null!;
    private long run;

    public async Task InitializeAsync()
    {
        world = await Bridged.Start(limits: new FleetLimits());
        run = (await world.Ask("green"))[0];
        await world.Next(world.Fleet);
    }

    public Task DisposeAsync() => world.DisposeAsync().AsTask();

    [Fact]
    public async Task Each_is_a_dead_letter_with_the_reason_and_harms_nothing()
    {
        var folder = $"autopkgtest-incoming/testing/{world.Name}/g/green/{run}";
        foreach (var (body, sentence) in Bad(folder))
        {
            await world.Send(world.Results, body);
            var dead = await world.Next(world.DeadLetters);
            Assert.Contains(sentence, dead.Header("debci-reason"));
            Assert.Equal(world.Results, dead.Header("debci-queue"));
        }
        Assert.Equal("RUNNING", (await world.Run(run)).State);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Server.Configuration.Files, ".aside")));

        await world.Send(world.Results, ResultTar.Of("testing", world.Name, "green", run, more: (tar, f) =>
        {
            tar.WriteEntry(new GnuTarEntry(TarEntryType.SymbolicLink, $"{f}/artifacts") { LinkName = "/etc" }); // tests leave such
            tar.WriteEntry(new GnuTarEntry(TarEntryType.Fifo, $"{f}/pipe"));
            ResultTar.File(tar, $"{f}/{new string('n', 180)}", "a long name");
        }));
        await world.Reaches(run, "FINISHED");
        Assert.Equal("PASS", (await world.Run(run)).Status);
    }

    private IEnumerable<(byte[] Body, string Sentence)> Bad(string folder)
    {
        yield return ("no gzip"u8.ToArray(), "no whole gzipped tar");
        yield return ([], "no whole gzipped tar");
        yield return (ResultTar.Gzip(new byte[100]), "no whole gzipped tar");
        yield return (ResultTar.Of("testing", world.Name, "green", run)[..^200], "no whole gzipped tar");
        yield return (ResultTar.Pack(_ => { }), "no whole gzipped tar"); // of nothing at all
        yield return (Files(($"{folder}/../../../../../../../etc/passwd", "x")), "not below autopkgtest-incoming");
        yield return (Files(($"/{folder}/exitcode", "0")), "not below autopkgtest-incoming");
        yield return (Files(("etc/passwd", "x")), "not below autopkgtest-incoming");
        yield return (Files(($"autopkgtest-incoming/testing/{world.Name}/g/green/20261122_150144/exitcode", "0")), "the number of a run");
        yield return (Files(($"{folder}/exitcode", "0"), ($"autopkgtest-incoming/testing/{world.Name}/g/green/{run + 1}/exitcode", "0")), "folders of two runs");
        yield return (Files(($"{folder}/duration", "1")), "no file exitcode");
        yield return (Files(($"{folder}/exitcode", "zero")), "no file exitcode with a number");
        yield return (Files(($"{folder}/exitcode", new string('9', 5 << 20))), "at most 4194304 are taken");
        yield return (ResultTar.Pack(t => t.WriteEntry(new GnuTarEntry(TarEntryType.SymbolicLink, $"{folder}/log.gz") { LinkName = "/etc/shadow" })), "log.gz is no plain file");
        yield return (ResultTar.Pack(t => t.WriteEntry(new GnuTarEntry(TarEntryType.HardLink, $"{folder}/exitcode") { LinkName = "/etc/shadow" })), "exitcode is no plain file");
        yield return (Files(($"{folder}/exitcode", "0"), ($"{folder}/log.gz", "plain")), "log.gz is no gzip");
        yield return (ResultTar.Of("testing", world.Name, "red", run), "is of green in testing");
        yield return (ResultTar.Of("testing", world.Name, "green", 987654), "no run 987654");
        yield return (ResultTar.Pack(t => { ResultTar.File(t, $"{folder}/exitcode", "0"); ResultTar.File(t, $"{folder}/log.gz", Zeros(300 << 20)); }), "Unpacked log.gz has more than");
        yield return (ResultTar.Gzip(Header($"{folder}/x", 'x', 1L << 30)), "an extended header has 1073741824 bytes");
        yield return (ResultTar.Gzip(Header($"{folder}/x", 'L', 1L << 30)), "a name has 1073741824 bytes");
        yield return (ResultTar.Gzip([.. Header("", 'x', 20), .. Padded("20 size=99999999999\n")]), "with a size");
        yield return (Many(folder), "more than 20000 items");
        yield return (ResultTar.Gzip(Header($"{folder}/bomb", '0', 3L << 30)), "more than 2147483648 bytes");
    }

    private static byte[] Files(params (string Name, string Text)[] files) => ResultTar.Pack(tar => { foreach (var (name, text) in files) ResultTar.File(tar, name, text); });

    private static byte[] Many(string folder) => ResultTar.Pack(tar => { for (var i = 0; i < 20_001; i++) tar.WriteEntry(new GnuTarEntry(TarEntryType.Directory, $"{folder}/{i}/")); });

    // A header as an attacker writes it: what it claims is not there.
    private static byte[] Header(string name, char type, long size)
    {
        var header = new byte[512];
        Encoding.ASCII.GetBytes(name, header);
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0'), header.AsSpan(124));
        header[156] = (byte)type;
        return header;
    }

    private static byte[] Padded(string text) => [.. Encoding.ASCII.GetBytes(text), .. new byte[512 - text.Length]];

    // Gzip of so many zeros.
    private static byte[] Zeros(int count)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var piece = new byte[1 << 20]; count > 0; count -= piece.Length)
                gzip.Write(piece);
        }
        return packed.ToArray();
    }
}
