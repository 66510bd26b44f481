# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""What can be said on the command line, or in the environment."""

import argparse
import os
import sys

from .autopkgtest import VIRT_SERVERS
from .journal import PROGRAM, say

BACKENDS = [*VIRT_SERVERS, "fake"]
HELP = """Takes runs from a debci server and tests them with autopkgtest. It needs Python 3.9 or later and nothing else; %(prog)s is for
architectures on which debci-worker does not run, and has its options."""
AFTERWORD = """
Each option can also be given in the environment: --key-file as DEBCI_WORKER_KEY_FILE.

backends (autopkgtest's virtualisation servers) and the testbeds that they take, for a run on SUITE and ARCH:
  unshare   --testbeds DIR with SUITE-ARCH.tar (ops/testbed SUITE ARCH DIR makes it)
  qemu      --testbeds DIR with SUITE-ARCH.img (ops/testbed SUITE ARCH DIR qemu makes it)
  schroot   the schroot debci-SUITE-ARCH (ops/testbed SUITE ARCH DIR schroot makes it)
  lxc       the container debci-SUITE-ARCH (ops/testbed SUITE ARCH DIR lxc makes it)
  incus     the image with the alias debci-SUITE-ARCH (ops/testbed SUITE ARCH DIR incus makes it)
  podman    the image localhost/debci-SUITE-ARCH (ops/testbed SUITE ARCH DIR podman makes it)
  null      DANGEROUS: this very machine, which the tests may destroy
  fake      tests nothing, and does what --fake-scenario says

One process tests one run at a time; start as many as the host can bear, each with a --name and a --state of its own.

signals: SIGTERM or SIGINT: claim no more, finish the run, end. The second one, or SIGQUIT, ends the run too; its lease expires and another worker has it.
exit codes: 0 when told to end, or done with --once or --idle-exit; 1 when the server refuses this worker; 2 on bad options.

example:
  %(prog)s --server https://debci.example.org --key-file /etc/debci/worker.key \\
      --arch riscv64 --backend unshare --testbeds /srv/testbeds --run-as debci-test
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        say("%s. See %s --help." % (message, PROGRAM))
        sys.exit(2)


def parse(arguments):
    """A function from an option's name to what the command line or the environment says, or None."""
    parser = Parser(prog=PROGRAM, description=HELP, epilog=AFTERWORD, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    options = {
        "server": ("URL", "the server's address"),
        "key-file": ("FILE", "a file with the key (scope report); without it the key is taken from DEBCI_KEY"),
        "name": ("NAME", "the worker's name, its own on this server (default: the host's name)"),
        "arch": ("ARCH", "a Debian architecture to test on, such as riscv64; may be given several times"),
        "backend": ("BACKEND", "%s; may be given several times, the preferred one first" % ", ".join(BACKENDS)),
        "tag": ("WORD", "what else this worker offers, for packages that the server is configured to send to it; may be given several times"),
        "testbeds": ("DIR", "where the testbeds of the backends unshare and qemu are"),
        "testbed-maker": ("PROGRAM", "asked once an hour, before a claim, for each testbed that there is, to make it anew if it is too old: "
                                     "PROGRAM SUITE ARCH DIR BACKEND, such as ops/testbed"),
        "run-as": ("USER", "who runs autopkgtest when the worker is root, such as debci-test"),
        "state": ("DIR", "the worker's own directory (default: /var/lib/debci-worker for root, else below the home directory)"),
        "give-up-after": ("SECONDS", "end a test when the server was not heard of for so long; never less than the lease (default: 900)"),
        "idle-exit": ("SECONDS", "end when there was no run for so long"),
        "log-limit": ("MB", "end a test that writes more log than this, lest it fill the host's disk (default: 500); the server keeps less"),
        "fake-scenario": ("FILE", 'what the fake backend does, by package: {"figlet": {"exitCode": 4, "sleepSeconds": 2}}; others pass at once'),
    }
    for name, (value, text) in options.items():
        parser.add_argument("--" + name, metavar=value, help=text, action="append")
    parser.add_argument("verb", nargs="?", choices=["doctor"],
                        help="says of each backend whether it can run on this host, and of the server whether it takes the key; ends with 0 when all is well, else with 1")
    parser.add_argument("--once", action="store_true", help="wait for one run, test it, and end")
    given = vars(parser.parse_args(arguments))

    def value(name):
        found = given[name.replace("-", "_")]
        if name == "verb":
            return found
        if isinstance(found, list):
            return " ".join(found)
        return "true" if found else os.environ.get("DEBCI_WORKER_" + name.replace("-", "_").upper())
    return value
