using System.Globalization;
using Debci.Playground;

namespace Debci.Workers.Tests.Portable;

/// <summary>A program by the name of autopkgtest, first in the worker's path: its log tells the arguments that it was given, one a line. Programs that keep testbeds have one of bookworm there, and no sessions.</summary>
internal static class Stub
{
    /// <summary>A portable worker on a real backend that finds the stub.</summary>
    /// <param name="server">Whom it works for.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="more">Lines of shell that the stub ends with; <c>$output</c> is the output directory.</param>
    public static WorkerProgram Start(ServerDouble server, Folder folder, string backend, string more = "")
    {
        var programs = Directory.CreateDirectory(folder.File("programs")).FullName;
        var program = Path.Combine(programs, "autopkgtest");
        File.WriteAllText(program, $"""
            #!/bin/sh
            for word; do case $word in --output-dir=*) output=$(echo "$word" | cut -d= -f2) ;; esac; done
            mkdir "$output"
            printf '%s\n' "$@" > "$output/log"
            {more}
            """);
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        foreach (var keeper in new[] { "schroot", "lxc-ls", "incus", "podman" })
        {
            var lists = Path.Combine(programs, keeper);
            File.WriteAllText(lists, "#!/bin/sh\ncase \"$*\" in *source-chroots|-1|image*) echo localhost/debci-bookworm-amd64 ;; esac\n");
            File.SetUnixFileMode(lists, (UnixFileMode)0b111_101_101);
        }
        var testbeds = Directory.CreateDirectory(folder.File("testbeds")).FullName;
        File.WriteAllText(Path.Combine(testbeds, "bookworm-amd64.img"), "");
        return WorkerProgram.Start(folder.Path,
            ["--server", server.Address.ToString(), "--name", "host-1", "--arch", "amd64", "--backend", backend, "--testbeds", testbeds, "--once"],
            new Dictionary<string, string>
            {
                ["DEBCI_KEY"] = "sesame",
                ["PATH"] = string.Create(CultureInfo.InvariantCulture, $"{programs}:{Environment.GetEnvironmentVariable("PATH")}"),
            }, WorkerKind.Portable);
    }
}
