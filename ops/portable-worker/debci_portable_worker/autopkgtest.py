# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""autopkgtest's command line (autopkgtest(1)), for 5.28 and later."""

import hashlib
import os
import subprocess

from .journal import NoTestbed
from .processes import as_user, run_command

# What follows "--" on autopkgtest's command line. In brackets: what of the run, of its folder and of the options stands there.
VIRT_SERVERS = {
    "null": ["null"],
    "unshare": ["unshare", "--tarball", "{testbeds}/{suite}-{arch}.tar", "--prefix", "{test}/testbed."],
    "schroot": ["schroot", "--session-id", "{session}", "debci-{suite}-{arch}"],
    "lxc": ["lxc", "--ephemeral", "--name", "{session}", "debci-{suite}-{arch}"],
    "incus": ["incus", "debci-{suite}-{arch}", "--config", "user.debci={session}"],
    "qemu": ["qemu", "--dpkg-architecture={arch}", "--overlay-dir={test}", "{testbeds}/{suite}-{arch}.img"],
    "podman": ["podman", "localhost/debci-{suite}-{arch}", "--label", "debci={session}"],
}
# Sessions that are kept by somebody else than autopkgtest's processes: how those of an attempt are listed, and how one is ended.
KEPT_ELSEWHERE = {
    "schroot": (["schroot", "--list", "--chroot", "session:{session}"], ["schroot", "--end-session", "--force", "--chroot", "session:{found}"]),
    "lxc": (["lxc-ls", "-1", "--filter=^{session}$"], ["lxc-destroy", "--force", "--name", "{found}"]),
    "incus": (["incus", "list", "--format", "csv", "--columns", "n", "user.debci={session}"], ["incus", "delete", "--force", "{found}"]),
    "podman": (["podman", "ps", "--all", "--quiet", "--filter", "label=debci={session}"], ["podman", "rm", "--force", "{found}"]),
}
IN_FILES = {"unshare": "make it with: ops/testbed {suite} {arch} {testbeds}",
            "qemu": "make it with: autopkgtest-build-qemu --architecture {arch} {suite} {testbeds}/{suite}-{arch}.img"}


def session_of(folder):
    """The session of an attempt, by which it is found again when its worker is gone: no two attempts of one host share it."""
    return "debci-%s-%s" % (os.path.basename(folder.path), hashlib.sha256(folder.path.encode()).hexdigest()[:8])


class Autopkgtest:
    """autopkgtest on one of its virtualisation servers: a list of arguments, which no shell ever reads."""

    def __init__(self, name, testbeds, user):
        self.name, self.testbeds, self.user = name, testbeds, user
        self.patience = 60 if name in KEPT_ELSEWHERE else 0

    def words(self, run, folder):
        return {"testbeds": self.testbeds, "suite": run.suite, "arch": run.arch, "run": run.id, "attempt": run.attempt, "test": folder.test,
                "session": session_of(folder)}

    def prepare(self, run, folder):
        self.write_sources(run, folder)
        words = self.words(run, folder)
        missing = [w.format(**words) for w in VIRT_SERVERS[self.name] if self.name in IN_FILES and w.startswith("{testbeds}")]
        for path in missing:
            if not os.path.isfile(path):
                raise NoTestbed("There is no testbed %s on this worker; %s" % (path, IN_FILES[self.name].format(**words)))

    def command(self, run, folder):
        pinned = [] if run.sources else [s for s in dict.fromkeys(p["suite"] for p in run.pins) if s != run.suite]
        return [
            "autopkgtest", "--no-built-binaries", "--apt-upgrade", "--output-dir=" + folder.output, *self.archive(run, folder),
            *("--pin-packages=" + p for p in run.pin_words()), *("--add-apt-source=" + s for s in run.sources),
            *("--add-apt-release=" + s for s in pinned), *([] if run.factor == 1 else ["--timeout-factor=%r" % run.factor]),
            "--env=ADT_TEST_TRIGGERS=" + " ".join(run.triggers), run.package,
            "--", *(w.format(**self.words(run, folder)) for w in VIRT_SERVERS[self.name])]

    # The suite's own archive, where the server names one. Files are copied in, since that is the first thing that autopkgtest does: the lines in
    # the one place that every testbed has, and nothing in the file that images of Debian 13 and later have in its stead. A keyring that
    # this host has is brought along; else the testbed has it.
    @staticmethod
    def archive(run, folder):
        if run.mirror is None:
            return []
        files = [(os.path.join(folder.test, "sources.list"), "/etc/apt/sources.list"),
                 (os.path.join(folder.test, "debian.sources"), "/etc/apt/sources.list.d/debian.sources")]
        if run.keyring and os.path.isfile(run.keyring):
            files.append((run.keyring, keyring_inside(run)))
        return ["--copy=%s:%s" % pair for pair in files]

    @staticmethod
    def write_sources(run, folder):
        if run.mirror is None:
            return
        keyring = keyring_inside(run)
        rest = "%s%s %s %s\n" % ("[signed-by=%s] " % keyring if keyring else "", run.mirror, run.suite, " ".join(run.components))
        with open(os.path.join(folder.test, "sources.list"), "w", encoding="ascii") as file:
            file.write("deb %sdeb-src %s" % (rest, rest))
        with open(os.path.join(folder.test, "debian.sources"), "w", encoding="ascii"):
            pass

    def end_sessions(self, folder):
        if self.name not in KEPT_ELSEWHERE:
            return
        listing, ending = KEPT_ELSEWHERE[self.name]
        try:
            found = subprocess.run(as_user(self.user, [w.format(session=session_of(folder)) for w in listing]), check=False,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode().split()
        except OSError:
            return
        for session in found:
            run_command(as_user(self.user, [w.format(found=session.rpartition(":")[2]) for w in ending]))

    def remove(self, folder):
        self.end_sessions(folder)
        # In a namespace like the test's own, and as that user: what a test left cannot lead root astray.
        left = [e.path for e in os.scandir(folder.test)] if os.path.isdir(folder.test) else []
        if self.name == "unshare" and left and not (os.geteuid() == 0 and not self.user):
            run_command(as_user(self.user, ["unshare", "--map-auto", "--map-root-user", "rm", "-rf", "--one-file-system", "--", *left]))
        run_command(["rm", "-rf", "--", folder.path])


def keyring_inside(run):
    """Where the testbed has the keyring. apt tells the two forms apart by the name's end."""
    if run.keyring and os.path.isfile(run.keyring):
        return "/etc/apt/debci.asc" if run.keyring.endswith(".asc") else "/etc/apt/debci.gpg"
    return run.keyring
