# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""A backend that tests nothing: for demonstrations, and for tests of this program."""

import functools
import itertools
import json
import os
import shutil
import subprocess

from .journal import PROGRAM, Refused
from .processes import run_command

SCRIPT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../src/Workers/Backends/fake-autopkgtest")


class Fake:
    """Obeys a scenario instead of testing anything, by the script that debci-worker's fake backend runs, with real processes and files."""

    FIELDS = {"exitCode": 0, "summary": None, "version": None, "sleepSeconds": 0, "log": None, "logAfter": None, "logFile": None,
              "die": False, "daemonise": False, "pins": None}
    SUMMARIES = {0: ["command1             PASS"], 4: ["command1             FAIL non-zero exit status 1"],
                 2: ["command1             PASS", "command2             SKIP Test requires machine-level isolation but testbed does not provide that"],
                 6: ["command1             FAIL non-zero exit status 1", "command2             SKIP exit status 77 and marked as skippable"],
                 8: ["*                    SKIP no tests in this package"], 12: ["blame: fake", "badpkg: Test dependencies are unsatisfiable."]}

    def __init__(self, file):
        self.name, self.user, self.patience, self.caution = "fake", None, 0, None
        if not os.path.isfile(SCRIPT):
            raise Refused("The fake backend needs src/Workers/Backends/fake-autopkgtest; start this program in a checkout of debci.")
        self.place, self.packages = os.path.dirname(os.path.abspath(file or "/")), self.read(file) if file else {}

    def read(self, file):
        try:
            with open(file, encoding="utf-8") as opened:
                packages = json.load(opened)
            unknown = {f for outline in packages.values() for f in outline} - set(self.FIELDS)
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise Refused("The scenario %s cannot be read (%s); see %s --help." % (file, error, PROGRAM)) from None
        if unknown:  # it would be a silent pass
            raise Refused("The scenario %s cannot be read (there is no field %s); see %s --help." % (file, ", ".join(sorted(unknown)), PROGRAM))
        return packages

    def outline(self, run):
        stars = (o for n, o in self.packages.items() if n.endswith("*") and run.package.startswith(n[:-1]))
        exact = (self.packages[n] for n in ["%s %s" % (run.package, t) for t in run.triggers] + [run.package] if n in self.packages)
        outline = dict(self.FIELDS, **next(itertools.chain(exact, stars), {}))
        if outline["pins"] is not None and outline["pins"] != run.pin_words():
            said = "The pins are %s and should be %s" % (" ".join(run.pin_words()), " ".join(outline["pins"]))
            outline.update(exitCode=20, summary=[], version="", log=[said])
        if outline["version"] is None:
            named = [t.partition("/")[2] for t in run.triggers if t.partition("/")[0] == run.package]
            outline["version"] = functools.reduce(self.newer, named) if named else "1.0-1"
        if outline["summary"] is None:
            outline["summary"] = self.SUMMARIES.get(outline["exitCode"], [])
        return outline

    @staticmethod
    def newer(first, second):
        return second if subprocess.run(["dpkg", "--compare-versions", first, "lt", second], check=False).returncode == 0 else first

    def prepare(self, run, folder):
        """Lays out the files that the script hands on, named as autopkgtest names them."""
        outline, place = self.outline(run), os.path.join(folder.own, "prepared")
        os.mkdir(place)
        first = ["  0s autopkgtest: fake run of %s in %s on %s" % (run.package, run.suite, run.arch), *outline["summary"]]
        for name, lines in {
                "summary": outline["summary"], "testpkg-version": ["%s %s" % (run.package, outline["version"])] if outline["version"] else [],
                "testbed-packages": ["base-files\t12.4+deb12u11", "dpkg\t1.21.22"], "log-after": outline["logAfter"] or [],
                "log": first if outline["log"] is None else outline["log"]}.items():
            with open(os.path.join(place, name), "w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in lines)
        if outline["logFile"]:
            with open(os.path.join(place, "log"), "ab") as log, open(os.path.join(self.place, outline["logFile"]), "rb") as more:
                shutil.copyfileobj(more, log)

    def command(self, run, folder):
        outline = self.outline(run)
        return ["/bin/sh", SCRIPT, os.path.join(folder.own, "prepared"), folder.output, str(outline["exitCode"]),
                "%g" % outline["sleepSeconds"], "die" if outline["die"] else "end", "daemonise" if outline["daemonise"] else "alone"]

    @staticmethod
    def obstacle():
        return None

    @staticmethod
    def testbed_list():
        return []

    @staticmethod
    def remove(folder):
        run_command(["rm", "-rf", "--", folder.path])
