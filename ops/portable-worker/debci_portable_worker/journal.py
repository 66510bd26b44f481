# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""What the operator reads, and what is said when something cannot be."""

import sys
import unicodedata

PROGRAM = "debci-portable-worker"


class Refused(Exception):
    """Something given from outside breaks a rule; the sentence tells what to do."""


class NoTestbed(Exception):
    """The outcome is a testbed failure, which says nothing about the package."""


def say(line):
    """A line for the operator; what came from outside cannot steer the terminal or begin a line of its own."""
    shown = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in str(line)[:2000])
    sys.stderr.write(shown + "\n")
    sys.stderr.flush()


def quote(text, longest=60):
    return '"%s"' % "".join("?" if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") else c for c in str(text)[:longest])
