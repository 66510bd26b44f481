using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Debci.Workers.Tests;

/// <summary>
/// A signed archive of two suites, served on loopback: "bookworm" has version 1 of lone, green and leaf, "sid" has version 2. The test of reader
/// wants lone 1; that of deeper wants green 2, which needs leaf 2.
/// </summary>
internal sealed class TwoSuites : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("debci-suites-");
    private WebApplication? listening;

    // Everything that a directory can hold and an archive should not: ways out of it, and what is no file.
    private const string Artful = "bash -c 'exec 2>/dev/null; cd $AUTOPKGTEST_ARTIFACTS; ln -s /etc/shadow shadow; ln -s /etc etc; ln -s / ..data; echo kept > plain; ln plain hard; "
        + "mkfifo pipe; mknod null c 1 3; mknod disk b 8 0; chmod 4755 plain; mkdir closed; echo x > closed/x; chmod 0 closed; ls -l; exit 0'";


    public string Address { get; private set; } = "";
    public string Keyring => Path.Combine(folder.FullName, "keyring.gpg");

    public static async Task<TwoSuites> StartAsync()
    {
        var archive = new TwoSuites();
        archive.MakeKey();
        foreach (var (suite, version) in new[] { ("bookworm", "1"), ("sid", "2") })
        {
            archive.Package(suite, "lone", version);
            archive.Package(suite, "green", version, depends: version == "2" ? "leaf (>= 2)" : "");
            archive.Package(suite, "leaf", version);
            archive.Package(suite, "reader", "1", test: ("lone", "1"));
            archive.Package(suite, "deeper", "1", test: ("green", "2"));
            archive.Package(suite, "bomb", "1", command: "bash -c 'trap \"\" TERM INT HUP; f() { f | f & }; { f; sleep 2; f; wait; } & exec sleep 600'"); // which ends not even where it can fork no more
            archive.Package(suite, "patricide", "1", command: "bash -c 'kill -9 $PPID $(ps -eo pid= || ls /proc | grep -x [0-9]*) 1; sleep 600'");
            archive.Package(suite, "flood", "1", command: "yes a line of a log that has no end");
            archive.Package(suite, "artful", "1", command: Artful);
            archive.Publish(suite);
        }
        await archive.ServeAsync();
        return archive;
    }

    public async ValueTask DisposeAsync()
    {
        await listening!.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private string Of(string suite) => Directory.CreateDirectory(Path.Combine(folder.FullName, "pool", suite)).FullName;

    private void Package(string suite, string name, string version, string depends = "", (string Package, string Wanted)? test = null, string? command = null)
    {
        Source(suite, name, version, test is var (package, wanted) ? ($"grep -x {wanted} /usr/share/{package}/version", package) : command is null ? null : (command, ""));
        Binary(suite, name, version, depends); // which autopkgtest finds the source's version by
    }

    // A source of its own making, with a test that runs a command.
    private void Source(string suite, string name, string version, (string Command, string Depends)? test)
    {
        var tree = Directory.CreateDirectory(Path.Combine(folder.FullName, "tree", $"{name}-{version}", "debian", "tests")).Parent!.Parent!;
        Write(tree, "debian/control", $"Source: {name}\nMaintainer: Test <test@example.org>\nStandards-Version: 4.6.2\n\nPackage: {name}\nArchitecture: all\nDescription: test\n");
        Write(tree, "debian/changelog", $"{name} ({version}) {suite}; urgency=low\n\n  * Test.\n\n -- Test <test@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n");
        Write(tree, "debian/rules", "#!/usr/bin/make -f\n%:\n");
        Write(tree, "debian/source/format", "3.0 (native)\n");
        if (test is var (command, depends))
            Write(tree, "debian/tests/control", $"Test-Command: {command}\nDepends: {depends}\n");
        var tar = Path.Combine(Of(suite), $"{name}_{version}.tar.gz");
        Run("tar", "--create", "--gzip", "--file", tar, "--directory", tree.Parent!.FullName, tree.Name);
        var bytes = File.ReadAllBytes(tar);
        File.WriteAllText(Path.Combine(Of(suite), $"{name}_{version}.dsc"), string.Create(CultureInfo.InvariantCulture, $"""
            Format: 3.0 (native)
            Source: {name}
            Binary: {name}
            Architecture: all
            Version: {version}
            Maintainer: Test <test@example.org>
            Standards-Version: 4.6.2
            Package-List:
             {name} deb misc optional arch=all
            Checksums-Sha256:
             {Convert.ToHexStringLower(SHA256.HashData(bytes))} {bytes.Length} {name}_{version}.tar.gz
            Files:
             {Run("md5sum", tar)[..32]} {bytes.Length} {name}_{version}.tar.gz

            """));
    }

    private void Binary(string suite, string name, string version, string depends)
    {
        var tree = Directory.CreateDirectory(Path.Combine(folder.FullName, "binary", $"{name}-{version}"));
        Write(tree, "DEBIAN/control", $"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Test <test@example.org>\n{(depends == "" ? "" : $"Depends: {depends}\n")}Description: test\n");
        Write(tree, $"usr/share/{name}/version", $"{version}\n");
        Run("dpkg-deb", "--root-owner-group", "--build", tree.FullName, Path.Combine(Of(suite), $"{name}_{version}_all.deb"));
    }

    private void Publish(string suite)
    {
        var dists = Path.Combine("dists", suite);
        foreach (var (index, kind) in new[] { ("main/binary-amd64/Packages", "packages"), ("main/source/Sources", "sources") })
            File.WriteAllText(Made(Path.Combine(dists, index)), Run("apt-ftparchive", kind, Path.Combine("pool", suite)));
        var release = Run("apt-ftparchive", "-o", $"APT::FTPArchive::Release::Suite={suite}", "-o", $"APT::FTPArchive::Release::Codename={suite}",
            "-o", "APT::FTPArchive::Release::Architectures=amd64", "-o", "APT::FTPArchive::Release::Components=main", "release", dists);
        File.WriteAllText(Made(Path.Combine(dists, "Release")), release);
        Run("gpg", "--batch", "--clearsign", "--output", Made(Path.Combine(dists, "InRelease")), Made(Path.Combine(dists, "Release")));
    }

    private void MakeKey()
    {
        Directory.CreateDirectory(Path.Combine(folder.FullName, "gnupg"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(folder.FullName, "gnupg"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Folder.MakeReachable(folder.FullName);
        Run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "archive@example.org", "ed25519", "sign", "never");
        Run("gpg", "--batch", "--output", Keyring, "--export", "archive@example.org");
    }

    private async Task ServeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        listening = builder.Build();
        listening.Run(async http =>
        {
            var file = Path.GetFullPath(Path.Combine(folder.FullName, http.Request.Path.Value!.TrimStart('/')));
            http.Response.StatusCode = File.Exists(file) ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
            if (File.Exists(file))
                await http.Response.SendFileAsync(file);
        });
        await listening.StartAsync();
        Address = listening.Urls.Single();
    }

    private string Made(string path)
    {
        var whole = Path.Combine(folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        return whole;
    }

    private static void Write(DirectoryInfo tree, string path, string text)
    {
        var whole = Path.Combine(tree.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        File.WriteAllText(whole, text);
    }

    private string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.FullName };
        start.Environment["GNUPGHOME"] = Path.Combine(folder.FullName, "gnupg");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var words = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors.Result}");
        return words;
    }
}
