# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""autopkgtest's command line (autopkgtest(1)), for 5.28 and later."""

import os

from .journal import NoTestbed
from .processes import as_user, run_command

# What follows "--" on autopkgtest's command line. In brackets: what of the run, of its folder and of the options stands there.
VIRT_SERVERS = {
    "null": ["null"],
    "unshare": ["unshare", "--tarball", "{testbeds}/{suite}-{arch}.tar", "--prefix", "{test}/testbed."],
    "schroot": ["schroot", "autopkgtest-{suite}-{arch}"],
    "lxc": ["lxc", "--name", "debci-{run}-{attempt}", "autopkgtest-{suite}-{arch}"],
    "incus": ["incus", "autopkgtest/debian/{suite}/{arch}"],
    "qemu": ["qemu", "--overlay-dir", "{test}", "--dpkg-architecture", "{arch}", "{testbeds}/{suite}-{arch}.img"],
    "podman": ["podman", "localhost/autopkgtest/debian:{suite}-{arch}"],
}
# Their testbeds are kept by somebody else than autopkgtest's processes, so it is asked to remove them before it is killed.
KEPT_ELSEWHERE = {"schroot", "lxc", "incus", "podman"}
IN_FILES = {"unshare": "make it with: ops/testbed {suite} {arch} {testbeds}",
            "qemu": "make it with: autopkgtest-build-qemu --architecture {arch} {suite} {testbeds}/{suite}-{arch}.img"}


class Autopkgtest:
    """autopkgtest on one of its virtualisation servers: a list of arguments, which no shell ever reads."""

    def __init__(self, name, testbeds, user):
        self.name, self.testbeds, self.user = name, testbeds, user
        self.patience = 60 if name in KEPT_ELSEWHERE else 0

    def words(self, run, folder):
        return {"testbeds": self.testbeds, "suite": run.suite, "arch": run.arch, "run": run.id, "attempt": run.attempt, "test": folder.test}

    def prepare(self, run, folder):
        words = self.words(run, folder)
        missing = [w.format(**words) for w in VIRT_SERVERS[self.name] if self.name in IN_FILES and w.startswith("{testbeds}")]
        for path in missing:
            if not os.path.isfile(path):
                raise NoTestbed("There is no testbed %s on this worker; %s" % (path, IN_FILES[self.name].format(**words)))

    def command(self, run, folder):
        pinned = [] if run.sources else [s for s in dict.fromkeys(p["suite"] for p in run.pins) if s != run.suite]
        return [
            "autopkgtest", "--no-built-binaries", "--apt-upgrade", "--output-dir=" + folder.output, *self.archive(run),
            *("--pin-packages=" + p for p in run.pin_words()), *("--add-apt-source=" + s for s in run.sources),
            *("--add-apt-release=" + s for s in pinned), *([] if run.factor == 1 else ["--timeout-factor=%r" % run.factor]),
            "--env=ADT_TEST_TRIGGERS=" + " ".join(run.triggers), run.package,
            "--", *(w.format(**self.words(run, folder)) for w in VIRT_SERVERS[self.name])]

    # Once, before autopkgtest adds what a request brings: the command is run again after each boot of the testbed. All words were checked,
    # so none of them ends the quotes. A keyring that this host has is brought along; else the testbed has it.
    @staticmethod
    def archive(run):
        if run.mirror is None:
            return []
        ours, keyring = "/etc/apt/sources.list.d/debci.list", run.keyring
        brought = keyring if keyring and os.path.isfile(keyring) else None
        if brought:
            keyring = "/etc/apt/debci.asc" if brought.endswith(".asc") else "/etc/apt/debci.gpg"
        rest = "%s%s %s %s" % ("[signed-by=%s] " % keyring if keyring else "", run.mirror, run.suite, " ".join(run.components))
        write = "--setup-commands-boot=test -e %s || { rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*; printf '%%s\\n' 'deb %s' 'deb-src %s' > %s; }"
        return [write % (ours, rest, rest, ours)] + (["--copy=%s:%s" % (brought, keyring)] if brought else [])

    def remove(self, folder):
        # In a namespace like the test's own, and as that user: what a test left cannot lead root astray.
        left = [e.path for e in os.scandir(folder.test)] if os.path.isdir(folder.test) else []
        if self.name == "unshare" and left and not (os.geteuid() == 0 and not self.user):
            run_command(as_user(self.user, ["unshare", "--map-auto", "--map-root-user", "rm", "-rf", "--one-file-system", "--", *left]))
        run_command(["rm", "-rf", "--", folder.path])
