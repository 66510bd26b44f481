# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""autopkgtest's command line (autopkgtest(1)), for 5.28 and later."""

import hashlib
import itertools
import os
import pwd
import re
import shutil
import time

from .journal import NoTestbed
from .processes import as_user, read_command, run_command

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
# What it takes before that for a session that stayed nevertheless. lxc-destroy leaves what is ephemeral to the container's monitor, which
# was killed with the rest; so it must not be ephemeral any more.
END_LEFT = {"lxc": ["sed", "--in-place", "/^lxc.ephemeral/d", "/var/lib/lxc/{found}/config"]}
ROUNDS = 5
# How testbeds are listed that are kept by name; in the output, what follows the last colon or slash is a name.
TESTBEDS = {
    "schroot": ["schroot", "--list", "--all-source-chroots"],
    "lxc": ["lxc-ls", "-1"],
    "incus": ["incus", "image", "list", "--format", "csv", "--columns", "l"],
    "podman": ["podman", "images", "--format", "{{.Repository}}"],
}
HOW_TO_MAKE = {
    "unshare": "ops/testbed {suite} {arch} {testbeds}",
    "qemu": "ops/testbed {suite} {arch} {testbeds} qemu",
    "schroot": "ops/testbed {suite} {arch} DIR schroot",
    "lxc": "ops/testbed {suite} {arch} DIR lxc",
    "incus": "ops/testbed {suite} {arch} DIR incus",
    "podman": "ops/testbed {suite} {arch} DIR podman",
}
# What the doctor warns of.
CAUTIONS = {
    "schroot": "Its tests share the host's table of processes and its network: a hostile package sees what runs here and, as root, ends it. "
               "unshare has processes of its own, and no root; lxc, incus and qemu have a network of their own, too.",
    "null": "Its tests run on this very machine, and may destroy it.",
}
IN_FILES = {"unshare": ".tar", "qemu": ".img"}


def session_of(folder):
    """The session of an attempt, by which it is found again when its worker is gone: no two attempts of one host share it."""
    return "debci-%s-%s" % (os.path.basename(folder.path), hashlib.sha256(folder.path.encode()).hexdigest()[:8])


class Autopkgtest:
    """autopkgtest on one of its virtualisation servers: a list of arguments, which no shell ever reads."""

    def __init__(self, name, testbeds, user):
        self.name, self.testbeds, self.user = name, testbeds, user
        self.caution = CAUTIONS.get(name)
        self.patience = 60 if name in KEPT_ELSEWHERE else 0

    def words(self, run, folder):
        return {"testbeds": self.testbeds, "suite": run.suite, "arch": run.arch, "run": run.id, "attempt": run.attempt, "test": folder.test,
                "session": session_of(folder)}

    def prepare(self, run, folder):
        self.write_sources(run, folder)
        try:
            missing = self.name in HOW_TO_MAKE and (run.suite, run.arch) not in self.testbed_list()
        except OSError as error:
            raise NoTestbed(str(error)) from None
        if missing:
            how = HOW_TO_MAKE[self.name].format(**self.words(run, folder))
            raise NoTestbed("%s has no testbed of %s on %s on this worker; make it: %s" % (self.name, run.suite, run.arch, how))

    def testbed_list(self):
        """The testbeds that there are, as pairs of suite and architecture; none where a backend has no such thing."""
        if self.name not in HOW_TO_MAKE:
            return []
        if self.name in IN_FILES:
            files = os.listdir(self.testbeds) if os.path.isdir(self.testbeds) else []
            names = [f[:-4] for f in files if f.endswith(IN_FILES[self.name])]
        else:
            lines = read_command(as_user(self.user, TESTBEDS[self.name])).split("\n")
            names = [w[6:] for w in (re.split("[:/]", line)[-1].strip() for line in lines) if w.startswith("debci-")]
        return [(suite, arch) for suite, dash, arch in (n.rpartition("-") for n in names) if dash]

    def obstacle(self):
        """Why nothing can run on it on this host, in a sentence that tells what to do; None when something can."""
        if not shutil.which("autopkgtest"):
            return "autopkgtest is missing; install the package of that name."
        if self.name in TESTBEDS and not shutil.which(TESTBEDS[self.name][0]):
            return "%s is missing; install the package %s." % (TESTBEDS[self.name][0], self.name)
        if self.name == "unshare" and not shutil.which("newuidmap"):
            return "newuidmap is missing; install the package uidmap."
        if self.name == "unshare" and not has_ids(self.user or pwd.getpwuid(os.geteuid()).pw_name):
            return "the user has no range of ids of his own; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER"
        try:
            found = self.name not in HOW_TO_MAKE or self.testbed_list()
        except (NoTestbed, OSError) as error:
            return str(error)
        return None if found else "there is no testbed; make one: " + HOW_TO_MAKE[self.name].format(suite="SUITE", arch="ARCH", testbeds=self.testbeds)

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

    def sessions(self, folder):
        try:
            return read_command(as_user(self.user, [w.format(session=session_of(folder)) for w in KEPT_ELSEWHERE[self.name][0]])).split()
        except (NoTestbed, OSError):
            return []  # schroot fails where there is none

    def end_sessions(self, folder):
        """Ends those of an attempt. One can end by itself between the look and the command, and a container needs a moment to go: it is looked for again."""
        if self.name not in KEPT_ELSEWHERE:
            return
        failed = ""
        for turn in range(ROUNDS + 1):
            found = [s.rpartition(":")[2] for s in self.sessions(folder)]
            if not found:
                return
            if turn == ROUNDS:
                raise OSError("%s does not end %s. %s" % (self.name, found[0], failed))
            for words in itertools.chain.from_iterable(self.endings(session, turn) for session in found):
                try:
                    run_command(as_user(self.user, words))
                except OSError as error:
                    failed = error
                    time.sleep(0.5)

    def endings(self, session, turn):
        commands = [END_LEFT[self.name]] if turn and self.name in END_LEFT else []
        return [[w.format(found=session) for w in words] for words in [*commands, KEPT_ELSEWHERE[self.name][1]]]

    def remove(self, folder):
        self.end_sessions(folder)
        # In a namespace like the test's own, and as that user: what a test left cannot lead root astray.
        left = [e.path for e in os.scandir(folder.test)] if os.path.isdir(folder.test) else []
        if self.name == "unshare" and left and not (os.geteuid() == 0 and not self.user):
            run_command(as_user(self.user, ["unshare", "--map-auto", "--map-root-user", "rm", "-rf", "--one-file-system", "--", *left]))
        run_command(["rm", "-rf", "--", folder.path])


def has_ids(user):
    """Whether a user has a range of ids for namespaces of his own (subuid(5))."""
    for path in "/etc/subuid", "/etc/subgid":
        try:
            with open(path, encoding="utf-8") as file:
                if not any(line.startswith(user + ":") for line in file):
                    return False
        except OSError:
            return False
    return True


def keyring_inside(run):
    """Where the testbed has the keyring. apt tells the two forms apart by the name's end."""
    if run.keyring and os.path.isfile(run.keyring):
        return "/etc/apt/debci.asc" if run.keyring.endswith(".asc") else "/etc/apt/debci.gpg"
    return run.keyring
