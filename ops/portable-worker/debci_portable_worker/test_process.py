# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""The test's first process, and what it says."""

import os
import subprocess
import threading

from .journal import NoTestbed
from .processes import ProcessTree, as_user

MOST_PROCESSES = 4096  # more than any known package's test needs; a test that forks for ever ends itself and not the host
VARIABLE = "DEBCI_ATTEMPT"  # in the environment of everything that an attempt starts, by which it is found again


class TestProcess:
    """The test while it runs, in a session of its own. Its log is the file that autopkgtest writes; of what it says on its own output
    the end is kept, for the case that it never came to write a log (a bad argument, a crash at its start)."""

    def __init__(self, command, user, folder):
        self.tree, self.tail = ProcessTree("%s=%s/" % (VARIABLE, folder.path)), b""
        environment = {"PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), "LANG": "C.UTF-8", "TMPDIR": folder.test,
                       "HOME": folder.test if user else os.environ.get("HOME", "/"), VARIABLE: folder.path + "/"}
        try:
            self.process = subprocess.Popen(as_user(user, ["prlimit", "--nproc=%d" % MOST_PROCESSES, "--", *command]), env=environment, cwd=folder.test, start_new_session=True,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as error:
            raise NoTestbed("%s cannot be started (%s); install the package that has it." % (command[0], error)) from None
        self.tree.root = self.process.pid
        self.reading = threading.Thread(target=self.read, daemon=True)
        self.reading.start()

    def read(self):
        while True:
            said = self.process.stdout.read1(8192)
            if not said:
                return
            self.tail = (self.tail + said)[-(64 << 10):]

    def code(self):
        """128 and the signal's number when it was killed by one."""
        code = self.process.wait()
        return code if code >= 0 else 128 - code

    def kill(self, patience):
        """Ends everything that is left of it; False when a process would not die."""
        if patience and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                pass  # then its testbed stays
        dead = self.tree.kill()
        self.reading.join(5)
        return dead
