using System.Security.Cryptography;
using System.Text;
using Debci.Workers.Attempts;

namespace Debci.Workers.Backends;

/// <summary>A program of the host that keeps testbeds by name, and runs sessions in copies of them that go away: one row of a table.</summary>
/// <param name="Backend">The backend's name, which is autopkgtest's for its virtualisation server.</param>
/// <param name="Server">Arguments of the server for a testbed and a session.</param>
/// <param name="List">Lists the names of testbeds, a line each.</param>
/// <param name="Sessions">Lists the names of those sessions that are still there; null where <paramref name="End"/> can do without.</param>
/// <param name="End">Ends a session by its name, whatever is in it; fails when there is none.</param>
/// <param name="EndLeft">What it takes before that for a session that stayed nevertheless; null where none does.</param>
/// <param name="HowToMake">Tells an operator how to make a testbed of this name.</param>
/// <param name="Caution">What the doctor warns of; null for nothing.</param>
internal sealed record Service(
    string Backend,
    Func<string, string, IReadOnlyList<string>> Server,
    IReadOnlyList<string> List,
    Func<string, IReadOnlyList<string>> Sessions,
    Func<string, IReadOnlyList<string>> End,
    Func<string, IReadOnlyList<string>>? EndLeft,
    Func<Testbed, string> HowToMake,
    string? Caution = null)
{
    /// <summary>schroot(1): a directory with an overlay for each session; no isolation to speak of.</summary>
    public static readonly Service Schroot = new("schroot",
        (testbed, session) => ["schroot", "--session-id", session, testbed],
        ["schroot", "--list", "--all-source-chroots"], // "source:debci-sid-amd64", for those that have sessions
        session => ["schroot", "--list", "--chroot", $"session:{session}"],
        session => ["schroot", "--end-session", "--force", "--chroot", $"session:{session}"],
        null,
        t => $"ops/testbed {t.Suite} {t.Arch} DIR schroot",
        "Its tests share the host's table of processes and its network: a hostile package sees what runs here and, as root, ends it. unshare has processes of its own, and no root; lxc, incus and qemu have a network of their own, too.");

    /// <summary>lxc(7): a container for each run, from a snapshot.</summary>
    public static readonly Service Lxc = new("lxc",
        (testbed, session) => ["lxc", "--ephemeral", "--name", session, testbed],
        ["lxc-ls", "-1"],
        session => ["lxc-ls", "-1", $"--filter=^{session}$"],
        session => ["lxc-destroy", "--force", "--name", session],
        // lxc-destroy leaves what is ephemeral to the container's monitor, which was killed with the rest; so it must not be ephemeral any more.
        session => ["sed", "--in-place", "/^lxc.ephemeral/d", $"/var/lib/lxc/{session}/config"],
        t => $"ops/testbed {t.Suite} {t.Arch} DIR lxc");

    /// <summary>Incus: the same, by a daemon. Its server names its containers itself, so they carry the session as a mark.</summary>
    public static readonly Service Incus = new("incus",
        (testbed, session) => ["incus", testbed, "--config", $"user.debci={session}"],
        ["incus", "image", "list", "--format", "csv", "--columns", "l"],
        session => ["incus", "list", "--format", "csv", "--columns", "n", $"user.debci={session}"],
        container => ["incus", "delete", "--force", container],
        null,
        t => $"ops/testbed {t.Suite} {t.Arch} DIR incus");

    /// <summary>podman(1): a container without a service manager unless its image has one.</summary>
    public static readonly Service Podman = new("podman",
        (testbed, session) => ["podman", $"localhost/{testbed}", "--label", $"debci={session}"],
        ["podman", "images", "--format", "{{.Repository}}"], // "localhost/debci-sid-amd64"
        session => ["podman", "ps", "--all", "--quiet", "--filter", $"label=debci={session}"],
        container => ["podman", "rm", "--force", container],
        null,
        t => $"ops/testbed {t.Suite} {t.Arch} DIR podman");

    /// <summary>What a testbed is called there.</summary>
    public static string NameOf(Testbed testbed) => $"{Prefix}{testbed.Suite}-{testbed.Arch}";

    /// <summary>The testbed behind a line of <see cref="List"/>; null for what is none of ours.</summary>
    public static Testbed? Read(string line)
    {
        var name = line[(line.LastIndexOfAny([':', '/']) + 1)..].Trim();
        return name.StartsWith(Prefix, StringComparison.Ordinal) ? Testbed.Read(name[Prefix.Length..]) : null;
    }

    /// <summary>The session of an attempt, by which it is found again when its worker is gone: no two attempts of one host share it.</summary>
    public static string SessionOf(AttemptFolder folder) =>
        $"debci-{Path.GetFileName(folder.Path)}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder.Path)))[..8]}";

    private const string Prefix = "debci-";
}
