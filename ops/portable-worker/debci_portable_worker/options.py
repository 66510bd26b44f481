# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""What the operator decided, checked."""

import os
import pwd
import re
import socket
import urllib.parse

from .autopkgtest import IN_FILES, Autopkgtest
from .command_line import BACKENDS
from .fake import Fake
from .journal import PROGRAM, Refused, quote
from .run import WORD, WORKER, fits


class Options:
    """What the operator decided, checked: every value is usable, or a sentence was said."""

    def __init__(self, value):
        self.server, self.key = self.read_server(value("server") or ""), self.read_key(value("key-file"))
        self.name = value("name") or socket.gethostname()
        self.check(fits(WORKER, self.name), "%s is no worker name; use letters, digits, and . _ - : in --name." % quote(self.name))
        self.arches, self.tags, names = (re.split("[ ,]+", value(n).strip(" ,")) if value(n) else [] for n in ("arch", "tag", "backend"))
        self.check(self.arches and all(fits(WORD, a) for a in self.arches),
                   "Say which architectures this worker tests, as Debian calls them: --arch riscv64.")
        self.check(all(fits(WORD, t) for t in self.tags), "A tag is a word of lower case letters, digits, and . _ + -: --tag big.")
        self.check(names and len(set(names)) == len(names),
                   "Say on which backends this worker tests, each once, the preferred one first: --backend unshare.")
        self.backends = [self.read_backend(n, value) for n in names]
        self.give_up, self.idle_exit = self.number("give-up-after", "seconds", value) or 900, self.number("idle-exit", "seconds", value)
        self.log_limit = (self.number("log-limit", "megabytes", value) or 500) * 1_000_000
        self.testbeds, self.maker = os.path.abspath(value("testbeds") or "."), value("testbed-maker")
        self.check(not self.maker or os.path.isfile(self.maker), "There is no program %s for --testbed-maker; ops/testbed is one." % quote(self.maker))
        once = value("once") or "no"
        self.check(once in ("true", "yes", "1", "false", "no", "0"), "%s is no answer for --once; say true or false." % quote(once))
        self.once, self.state = once in ("true", "yes", "1"), os.path.abspath(value("state") or self.default_state())

    @staticmethod
    def check(holds, sentence):
        if not holds:
            raise Refused(sentence)

    def read_server(self, address):
        try:
            parts = urllib.parse.urlsplit(address)
            good = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and (parts.port or 1) and " " not in address
        except ValueError:
            good = False
        self.check(good, "Say where the server is: --server https://debci.example.org (http or https, without a user name).")
        return address

    def read_key(self, file):
        try:
            with open(file or os.devnull, encoding="utf-8", errors="replace") as opened:
                key = (opened.read() if file else os.environ.get("DEBCI_KEY", "")).strip()
        except OSError as error:
            raise Refused("The key file %s cannot be read (%s)." % (file, error.strerror)) from None
        self.check(key and all(" " < c < "\x7f" for c in key),
                   "Give the key that `debci key create --scope report NAME` printed: put it into a file and name that with --key-file.")
        return key

    def read_backend(self, name, value):
        testbeds, user, root = value("testbeds"), value("run-as"), os.geteuid() == 0
        self.check(name in BACKENDS, "There is no backend %s in this worker; there are %s." % (quote(name), ", ".join(BACKENDS)))
        if name == "fake":
            return Fake(value("fake-scenario"))
        self.check(name not in IN_FILES or (testbeds and os.path.isdir(testbeds)),
                   "The %s backend needs --testbeds DIR with testbeds in it; see %s --help." % (name, PROGRAM))
        self.check(not user or root, "Only root can run tests as another user; leave --run-as out and start the worker as that user.")
        self.check(not user or (fits(WORD, user) and self.is_user(user)), "There is no user %s for --run-as; make it, or name another." % quote(user))
        self.check(name != "unshare" or not root or user not in (None, "root"),
                   "The unshare backend does not run as root; add --run-as debci-test (ops/testbed makes that user).")
        return Autopkgtest(name, os.path.abspath(testbeds) if testbeds else "", user)

    @staticmethod
    def is_user(user):
        return any(u.pw_name == user for u in pwd.getpwall())

    def number(self, name, unit, value):
        given = value(name)
        self.check(given is None or (re.fullmatch("[0-9]{1,9}", given) and int(given) > 0), "%s is no number of %s for --%s." % (quote(given), unit, name))
        return given and int(given)

    @staticmethod
    def default_state():
        below = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
        return os.environ.get("STATE_DIRECTORY") or ("/var/lib/debci-worker" if os.geteuid() == 0 else os.path.join(below, "debci-worker"))
