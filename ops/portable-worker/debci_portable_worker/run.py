# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""What a claim gave, checked."""

import re

from .journal import Refused, quote

WEEK = 7 * 24 * 3600
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]{1,127}")
VERSION = re.compile(r"(?=.{1,128}\Z)(?:[0-9]+:[0-9A-Za-z][0-9A-Za-z.+~:-]*|[0-9A-Za-z][0-9A-Za-z.+~-]*)(?<!-)")
WORD = re.compile(r"[a-z0-9][a-z0-9+._-]{0,63}")
WORKER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
MIRROR = re.compile(r"(?:https?|file|mirror\+https?|cdrom|copy):[A-Za-z0-9:/._~+@%-]{1,300}")
KEYRING = re.compile(r"(?!.*/\.\./)(?:/[A-Za-z0-9._+-]{1,100}){1,10}")
# sources.list(5), one-line style, in the characters that its addresses need: nothing that a shell or apt would read otherwise.
SOURCE = re.compile(r"deb(?:-src)?(?: \[[A-Za-z0-9=,+./_ -]{1,200}\])? [a-z]+:[A-Za-z0-9:/._~+@%-]{1,300}(?: [A-Za-z0-9+./_-]{1,64}){1,16}")


def fits(pattern, word):
    return isinstance(word, str) and pattern.fullmatch(word) is not None


class Run:
    """What this worker was given to test, checked by itself: every word of it can become a path or an argument."""

    def __init__(self, answer, arches, backends):
        self.id, self.attempt = answer.get("run"), answer.get("attempt")
        self.package, self.suite, self.arch, self.backend = (answer.get(n) for n in ("package", "suite", "arch", "backend"))
        self.triggers, self.pins, self.sources = (answer.get(n) or [] for n in ("triggers", "pins", "extraSources"))
        self.lease, self.limit, self.factor = answer.get("leaseSeconds"), answer.get("timeoutSeconds"), answer.get("timeoutFactor", 1)
        self.mirror, self.keyring, self.components = answer.get("mirror"), answer.get("keyring"), answer.get("components") or ["main"]
        for broken in self.broken(arches, backends):
            raise Refused("The server gave %s. The run is left alone; look at the server." % broken)

    def broken(self, arches, backends):
        rules = [
            (self.number(self.id, 1 << 63) and self.number(self.attempt, 1 << 31), "a run without a number"),
            (fits(PACKAGE, self.package), "%s, which is no source package name" % quote(self.package)),
            (fits(WORD, self.suite), "%s, which is no suite name" % quote(self.suite)),
            (self.arch in arches, "a run on %s, which was not offered" % quote(self.arch)),
            (self.backend in backends, "a run on the backend %s, which was not offered" % quote(self.backend)),
            (self.number(self.lease, WEEK), "a lease that is no length of time"),
            (self.number(self.limit, WEEK), "a time limit that is not within 1 s and 7 days"),
            (isinstance(self.factor, (int, float)) and 0 < self.factor <= 1000, "a time-out factor that is no number above 0"),
            (self.each(self.triggers, self.is_trigger), "a trigger that is none"),
            (self.each(self.pins, self.is_pin), "a pin that cannot be read"),
            (self.each(self.sources, lambda s: fits(SOURCE, s)), "an extra source that is no line of apt's sources"),
            (self.mirror is None or self.is_archive(), "a mirror, keyring or components that are none"),
        ]
        return [sentence for holds, sentence in rules if not holds]

    @staticmethod
    def each(values, rule):
        return isinstance(values, list) and all(rule(v) for v in values)

    @staticmethod
    def number(value, most):
        return isinstance(value, int) and 0 < value <= most

    @staticmethod
    def is_trigger(trigger):
        source, slash, version = trigger.partition("/") if isinstance(trigger, str) else ("", "", "")
        return bool(slash) and fits(PACKAGE, source) and fits(VERSION, version)

    @staticmethod
    def is_pin(pin):
        names = pin.get("packages") if isinstance(pin, dict) else None
        return isinstance(names, list) and bool(names) and fits(WORD, pin.get("suite")) and all(
            isinstance(n, str) and fits(PACKAGE, n[4:] if n.startswith("src:") else n) for n in names)

    def is_archive(self):
        return fits(MIRROR, self.mirror) and (self.keyring is None or fits(KEYRING, self.keyring)) and self.each(
            self.components, lambda c: fits(WORD, c))

    def pin_words(self):
        return ["%s=%s" % (p["suite"], ",".join(p["packages"])) for p in self.pins]

    def __str__(self):
        return "Run %d (%s, %s, %s)" % (self.id, self.package, self.suite, self.arch)
