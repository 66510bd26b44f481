#!/usr/bin/python3
"""Plays britney's part as its contract has it: reads results, decides, writes requests.

It reads the archive and the configuration that the real one is given (player.py -c britney.conf), and leaves output/excuses.json:
{candidate: {"verdict": PASS | REJECTED_TEMPORARILY | REJECTED_PERMANENTLY, "tests": {package: state}}}. One architecture.
"""
import calendar
import json
import os
import re
import subprocess
import sys
import time

ARCH, TARGET, REFERENCE, DAY = "amd64", "testing", "migration-reference/0", 86400
ORDER = ["PASS", "NEUTRAL", "FAIL", "OLD_PASS", "OLD_NEUTRAL", "OLD_FAIL"]
NOW = round(time.time())


def configuration(path):
    with open(path) as f:
        return {k.strip(): v.strip() for k, _, v in (line.partition("=") for line in f)}


def stanzas(path):
    with open(path) as f:
        return [dict(re.findall(r"^(\S+): (.*)$", s, re.M)) for s in f.read().split("\n\n") if s.strip()]


class Suite:
    def __init__(self, folder):
        self.sources = {s["Package"]: s for s in stanzas(folder + "/Sources")}
        self.binaries = {b["Package"]: b for b in stanzas(folder + "/Packages_" + ARCH)}

    def version(self, package):
        return self.sources[package]["Version"] if package in self.sources else None

    def needs(self, package):
        return re.findall(r"([a-z0-9+.-]+)(?: \(>= ([^)]+)\))?", self.binaries.get(package, {}).get("Depends", ""))


def older(first, second):
    return subprocess.call(["dpkg", "--compare-versions", first, "lt", second]) == 0


class Britney:
    def __init__(self, conf):
        self.testing, self.unstable = Suite(conf["TESTING"]), Suite(conf["UNSTABLE"])
        self.cache = conf["STATE_DIR"] + "/autopkgtest-results.cache"
        self.results, self.pending, self.requests = {}, {}, []
        self.hints = self.read_hints(conf["HINTSDIR"])
        if os.path.exists(self.cache):
            with open(self.cache) as f:
                self.results = json.load(f)
        with open(conf["ADT_SWIFT_URL"][len("file://"):]) as f:
            for record in json.load(f)["results"]:
                self.take(record)
        self.mark_old()

    @staticmethod
    def read_hints(folder):
        path = folder + "/autopkgtest"
        if not os.path.exists(path):
            return {}
        with open(path) as f:
            return dict(word.split("/") for line in f for word in line.split()[1:] if line.startswith("force-badtest"))

    def take(self, record):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["updated_at"]), record
        seen = calendar.timegm(time.strptime(record["updated_at"][:-5], "%Y-%m-%dT%H:%M:%S"))
        package, version, run = record["package"], record["version"] or "blocked-on-ci-infra", str(record["run_id"])
        if record["suite"] != TARGET or record["trigger"] is None or record["arch"] != ARCH:
            return
        for trigger in record["trigger"].split():
            if record["status"] is None:
                self.pending.setdefault(trigger, {}).setdefault(package, []).append(ARCH)
            elif record["status"] != "tmpfail":
                self.add(trigger, package, version, run, seen, record["status"].upper())

    def add(self, trigger, package, version, run, seen, status):
        assert status in ("PASS", "NEUTRAL", "FAIL"), status
        source, wanted = trigger.split("/", 1)
        if source == package and older(version, wanted):
            return
        stored = self.results.setdefault(trigger, {}).setdefault(package, {}).setdefault(ARCH, ["FAIL", None, "", 0])
        newer = stored[3] < seen
        better = ORDER.index(status) < ORDER.index(stored[0]) or status == stored[0] and newer
        if newer if trigger == REFERENCE else better:
            stored[:] = [status, version, run, seen]

    def mark_old(self):
        for trigger, package, stored in ((t, p, a[ARCH]) for t, ps in self.results.items() for p, a in ps.items()):
            known = stored[1] in (self.testing.version(package), self.unstable.version(package))
            if (not known or trigger == REFERENCE and stored[3] < NOW - 7 * DAY) and not stored[0].startswith("OLD_"):
                stored[0] = "OLD_" + stored[0]

    def find(self, trigger, package):
        return self.results.get(trigger, {}).get(package, {}).get(ARCH)

    def request(self, package, triggers):
        if ARCH in self.pending.setdefault(triggers[0], {}).setdefault(package, []):
            return
        self.pending[triggers[0]][package].append(ARCH)
        self.requests.append("debci-%s-%s:%s %s\n" % (TARGET, ARCH, package, json.dumps(
            {"triggers": [" ".join(triggers)], "submit-time": time.strftime("%Y-%m-%d %H:%M:%S+0000", time.gmtime())})))

    def wants(self, trigger, package, reference):
        result = self.find(trigger, package)
        if result is None or result[0].startswith("OLD_"):
            return True
        return result[0] == "FAIL" and reference in ("PASS", "NEUTRAL", "OLD_PASS", "OLD_NEUTRAL") and result[3] + DAY < NOW

    def state(self, trigger, package, version):
        found, result = self.find(REFERENCE, package), self.find(trigger, package)
        reference = found[0] if found else "NONE"
        in_target = package in self.testing.sources and "Testsuite" in self.testing.sources[package]
        tested = result[1] if result else version
        hint = self.hints.get(package)
        waived = hint is not None and (hint == "all" or not older(hint, tested))
        if result is None:
            return "RUNNING" if reference != "FAIL" and not waived else "RUNNING-ALWAYSFAIL"
        if result[0] not in ("FAIL", "OLD_FAIL"):
            return result[0]
        if in_target and (reference == "NONE" or reference.startswith("OLD_")):
            self.request(package, [REFERENCE])
        if waived:
            return "IGNORE-FAIL"
        if reference in ("FAIL", "OLD_FAIL"):
            return "ALWAYSFAIL"
        return "RUNNING-REFERENCE" if reference == "NONE" and in_target else "REGRESSION"

    def judge(self, source):
        version = self.unstable.version(source)
        trigger, tests = "%s/%s" % (source, version), {}
        for package in sorted(p for p in self.unstable.sources if p == source or source in (n for n, _ in self.unstable.needs(p))):
            if "Testsuite" not in self.unstable.sources[package]:
                continue
            more = [n + "/" + self.unstable.version(n) for n, least in self.unstable.needs(source) if least and older(self.testing.version(n) or "0", least)]
            found = self.find(REFERENCE, package)
            if self.wants(trigger, package, found[0] if found else "NONE"):
                self.request(package, [trigger] + more)
            tests[package] = self.state(trigger, package, self.unstable.version(package))
        states = set(tests.values())
        verdict = "REJECTED_PERMANENTLY" if "REGRESSION" in states else "REJECTED_TEMPORARILY" if states & {"RUNNING", "RUNNING-REFERENCE"} else "PASS"
        return {"verdict": verdict, "tests": tests}

    def play(self, output, requests):
        excuses = {s: self.judge(s) for s in sorted(self.unstable.sources) if self.testing.version(s) != self.unstable.version(s)}
        for path, text in ((self.cache, json.dumps(self.results)), (output, json.dumps(excuses)), (requests, "".join(self.requests))):
            with open(path, "w") as f:
                f.write(text)


if __name__ == "__main__":
    settings = configuration(sys.argv[sys.argv.index("-c") + 1])
    Britney(settings).play("output/excuses.json", settings["ADT_AMQP"][len("file://"):])
