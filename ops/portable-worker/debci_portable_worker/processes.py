# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""Processes: all that a test started, and programs that the worker runs itself."""

import ctypes
import os
import signal
import subprocess
import time

from .journal import NoTestbed, say


class ProcessTree:
    """Everything that a test started: below its first process, by a variable in the environment, and, since this process adopts orphans,
    everything below this one. A process can fork between the look and the kill, so it looks until it finds nobody."""

    def __init__(self, variable, root=None):
        self.variable, self.root = variable.encode(), root

    @staticmethod
    def adopt_orphans():
        try:
            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
        except (OSError, AttributeError):
            say("Orphans of tests cannot be adopted here; a daemon that hides itself may outlive its test.")

    def kill(self):
        """False when somebody would not die in ten seconds (a process that hangs in the kernel)."""
        for _ in range(500):
            living = self.look()
            if not living:
                return True
            for process in living:
                try:
                    os.kill(process, signal.SIGKILL)
                except OSError:
                    pass  # gone by itself, or another user's
            time.sleep(0.02)
        return False

    def look(self):
        table = {int(n): row for n in os.listdir("/proc") if n.isdigit() for row in [self.row(n)] if row}
        ours, members = os.getpid(), {p for p in table if self.has_variable(p)}
        members |= {p for p, (parent, _) in table.items() if parent == ours}
        while True:
            more = {p for p, (parent, _) in table.items() if parent in members} - members
            if not more:
                break
            members |= more
        members.discard(ours)
        for process in members:  # the first one is waited for by subprocess, adopted ones by nobody
            if table[process] == (ours, True) and process != self.root:
                try:
                    os.waitpid(process, os.WNOHANG)
                except OSError:
                    pass
        return [p for p in members if not table[p][1]]

    @staticmethod
    def row(process):
        try:
            with open("/proc/%s/stat" % process, "rb") as file:  # "4711 (a name) with) brackets) S 1 …"
                state, parent = file.read().rpartition(b")")[2].split()[:2]
            return int(parent), state in (b"Z", b"X")
        except (OSError, ValueError):
            return None

    def has_variable(self, process):
        try:
            with open("/proc/%d/environ" % process, "rb") as file:
                return (b"\0" + file.read()).find(b"\0" + self.variable) >= 0
        except OSError:
            return False


def as_user(user, words):
    """The same as another user: setpriv(1) becomes the program, there is no process between."""
    return ["setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups", "--", *words] if user else words


def read_command(words):
    """Runs a program of the worker's own to its end; what it printed. The worker's environment, which may hold its key, stays here."""
    try:
        done = subprocess.run(words, env={"PATH": os.environ.get("PATH", os.defpath)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd="/", check=False)
    except OSError as error:
        raise NoTestbed("%s cannot be started (%s); install the package that has it." % (words[0], error)) from None
    if done.returncode:
        raise OSError("%s ended with %d: %s" % (words[0], done.returncode, done.stderr.decode(errors="replace").strip()))
    return done.stdout.decode(errors="replace")


def run_command(words):
    """The same for one whose output nobody reads."""
    read_command(words)
