using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Debci.Api.Tests.Schedule;

/// <summary>A signed archive of one suite, in a folder of its own, as mirrors serve it.</summary>
internal sealed class LocalArchive : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("debci-archive-");
    private readonly Dictionary<string, string> sources = [];
    private readonly List<string> binaries = [];

    public LocalArchive()
    {
        Directory.CreateDirectory(Home);
        File.SetUnixFileMode(Home, (UnixFileMode)0b111_000_000);
        Run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "archive@example.org", "ed25519", "sign", "never");
        Run("gpg", "--batch", "--output", Keyring, "--export", "archive@example.org");
    }

    public string Root => folder.FullName;
    public string Address => $"file://{Root}";
    public string Keyring => Path.Combine(Root, "keyring.gpg");
    public string InRelease => Path.Combine(Suite, "InRelease");

    private string Home => Path.Combine(Root, "gnupg");
    private string Suite => Path.Combine(Root, "dists", "sid");

    /// <summary>Puts a source there, in the place of an older version.</summary>
    public LocalArchive Source(string package, string version, string more = "Testsuite: autopkgtest\nArchitecture: any\n")
    {
        sources[package] = $"Package: {package}\nBinary: lib{package}1, {package}-bin\nVersion: {version}\n{more}";
        return this;
    }

    /// <summary>Takes a source away.</summary>
    public LocalArchive Without(string package)
    {
        sources.Remove(package);
        return this;
    }

    /// <summary>Puts a binary package there.</summary>
    public LocalArchive Binary(string package, string source, string depends)
    {
        binaries.Add($"Package: {package}\nSource: {source} (1-1)\nDepends: {depends}\n");
        return this;
    }

    /// <summary>Writes and signs the indexes.</summary>
    /// <param name="form">xz, gz or plain.</param>
    /// <param name="fields">Further fields of the Release.</param>
    /// <param name="byHash">Puts the indexes under their hash alone.</param>
    /// <param name="damage">Changes an index behind the signature's back.</param>
    public LocalArchive Publish(string form = "xz", string fields = "Suite: unstable\nCodename: sid\n", bool damage = false, bool byHash = false)
    {
        var files = new StringBuilder();
        files.Append(Write("main/source/Sources", string.Join('\n', sources.Values), form, damage, byHash));
        files.Append(Write("main/binary-amd64/Packages", string.Join('\n', binaries), form, damage, byHash));
        var release = Path.Combine(Root, "Release");
        File.WriteAllText(release, $"Origin: test\n{fields}{(byHash ? "Acquire-By-Hash: yes\n" : "")}SHA256:\n{files}");
        File.Delete(InRelease);
        Run("gpg", "--batch", "--clearsign", "--output", InRelease, release);
        return this;
    }

    public void Dispose() => folder.Delete(recursive: true);

    private string Write(string index, string text, string form, bool damage, bool byHash)
    {
        var plain = Path.Combine(Suite, index);
        Directory.CreateDirectory(Path.GetDirectoryName(plain)!);
        foreach (var old in Directory.EnumerateFiles(Path.GetDirectoryName(plain)!))
            File.Delete(old);
        File.WriteAllText(plain, text + "\n");
        var packed = form switch { "xz" => plain + ".xz", "gz" => plain + ".gz", _ => plain };
        if (form == "xz")
            Run("xz", plain);
        else if (form == "gz")
            Gzip(plain, packed);
        var bytes = File.ReadAllBytes(packed);
        var line = string.Create(CultureInfo.InvariantCulture, $" {Convert.ToHexStringLower(SHA256.HashData(bytes))} {bytes.Length} {Path.GetRelativePath(Suite, packed)}\n");
        if (byHash) // and nowhere else
        {
            var hashed = Path.Combine(Path.GetDirectoryName(plain)!, "by-hash", "SHA256", line.Split(' ')[1]);
            Directory.CreateDirectory(Path.GetDirectoryName(hashed)!);
            File.Move(packed, hashed, overwrite: true);
        }
        if (damage)
            File.WriteAllBytes(packed, [.. bytes[..^1], (byte)(bytes[^1] ^ 1)]);
        return line;
    }

    private static void Gzip(string from, string to)
    {
        using (var packed = new GZipStream(File.Create(to), CompressionLevel.Fastest))
        using (var plain = File.OpenRead(from))
            plain.CopyTo(packed);
        File.Delete(from);
    }

    private void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["GNUPGHOME"] = Home;
        using var process = Process.Start(start)!;
        var words = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {words}");
    }
}
