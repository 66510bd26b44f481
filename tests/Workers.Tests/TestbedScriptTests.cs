using System.Diagnostics;
using Debci.Playground;

namespace Debci.Workers.Tests;

/// <summary>ops/testbed for backends whose programs are stood in for here: what it calls, and that a young testbed stays.</summary>
public sealed class TestbedScriptTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [TestbedFact]
    public async Task Qemus_image_is_made_aside_and_kept_while_it_is_young()
    {
        Program("qemu-img", "");
        Program("vmdb2", "");
        Program("autopkgtest-build-qemu", "echo image > \"$4\"");

        Assert.Equal(0, await Make("qemu"));
        Assert.Equal("image\n", await File.ReadAllTextAsync(folder.File("bookworm-amd64.img")));
        var made = Assert.Single(Calls("autopkgtest-build-qemu"));
        Assert.Matches("^--architecture=amd64 --mirror=http\\S+ bookworm \\S+/\\.bookworm-amd64\\.img\\.new$", made);

        Assert.Equal(0, await Make("qemu"));
        Assert.Single(Calls("autopkgtest-build-qemu"));
        File.SetLastWriteTimeUtc(folder.File("bookworm-amd64.img"), DateTime.UtcNow.AddDays(-8));
        Assert.Equal(0, await Make("qemu"));
        Assert.Equal(2, Calls("autopkgtest-build-qemu").Length);
    }

    [TestbedFact]
    public async Task Incus_gets_its_image_under_the_alias_that_workers_look_for()
    {
        Program("autopkgtest-build-incus", $"touch {folder.File("built")}");
        Program("incus", $"case \"$*\" in *list*) [ ! -e {folder.File("built")} ] || echo f1ngerpr1nt ;; esac");

        Assert.Equal(0, await Make("incus"));
        Assert.Equal(0, await Make("incus"));

        Assert.Equal(["images:debian/bookworm/amd64"], Calls("autopkgtest-build-incus"));
        Assert.Contains("image alias create debci-bookworm-amd64 f1ngerpr1nt", Calls("incus"));
    }

    [TestbedFact]
    public async Task Podmans_image_is_made_of_the_same_tar_once()
    {
        await File.WriteAllTextAsync(folder.File("bookworm-amd64.tar"), "");
        File.SetLastWriteTimeUtc(folder.File("bookworm-amd64.tar"), DateTime.UtcNow.AddHours(-1));
        Program("podman", $"[ -e {folder.File("built")} ] && cat {folder.File("built")}");
        Program("autopkgtest-build-podman", $"for word; do case $word in --label=*) echo ${{word##*=}} > {folder.File("built")} ;; esac; done");

        Assert.Equal(0, await Make("podman"));
        Assert.Equal(0, await Make("podman"));

        Assert.Matches($"^--podman --release=bookworm --architecture=amd64 --tarball={folder.File("bookworm-amd64.tar")} --tag=localhost/debci-bookworm-amd64 -- --label=debci.tar=[0-9]+$",
            Assert.Single(Calls("autopkgtest-build-podman")));
    }

    [TestbedFact]
    public async Task A_backend_that_is_none_is_said() => Assert.Equal(2, await Make("vax"));

    // Writes down how it was called, and does what it is told to.
    private void Program(string name, string body)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder.File("bin")).FullName, name);
        File.WriteAllText(path, $"#!/bin/sh\necho \"$@\" >> {folder.File(name)}.calls\n{body}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        File.WriteAllText(folder.File(name) + ".calls", "");
        File.SetUnixFileMode(folder.File(name) + ".calls", (UnixFileMode)0b110_110_110);
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_111_111); // podman's programs are another user's
    }

    private string[] Calls(string name) => File.ReadAllLines(folder.File(name) + ".calls");

    private async Task<int> Make(string backend)
    {
        var start = new ProcessStartInfo(Repository.Path("ops/testbed"), ["bookworm", "amd64", folder.Path, backend]);
        start.Environment["PATH"] = $"{folder.File("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}

/// <summary>A test that needs autopkgtest and what ops/testbed installs, as the testbeds do that show that it was run here.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TestbedFactAttribute : FactAttribute
{
    public TestbedFactAttribute() => Skip = new TestbedTheoryAttribute().Skip;
}
