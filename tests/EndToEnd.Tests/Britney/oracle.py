#!/usr/bin/python3
"""Asks the real britney what it makes of many cases: JSON in, JSON out. oracle.py BRITNEY_DIR < cases > states

A case: {"trigger", "package", "results": [[trigger, status, version, age in seconds]], "versions", "pending", "inTarget", "hint", "options"}.
"""
import collections
import copy
import json
import logging
import sys
import time
from types import SimpleNamespace

sys.path.insert(0, sys.argv[1])
import apt_pkg  # noqa: E402
from britney2.policies.autopkgtest import AutopkgtestPolicy, Result, SECPERDAY  # noqa: E402

apt_pkg.init_system()
ARCH = "amd64"


class Hints:
    def __init__(self, version):
        self.version = version

    def search(self, kind, package, **_):
        if kind != "force-badtest" or self.version is None:
            return []
        return [SimpleNamespace(packages=[SimpleNamespace(architecture="source", version=self.version)])]


def policy(case, now):
    p = object.__new__(AutopkgtestPolicy)
    options = case["options"]
    p.logger = logging.getLogger("oracle")
    p.options = SimpleNamespace(
        adt_baseline="reference" if options["baseline"] == "REFERENCE" else None,
        adt_reference_max_age=options["referenceMaxAgeDays"] * SECPERDAY if options["referenceMaxAgeDays"] is not None else float("inf"),
        adt_ignore_failure_for_new_tests=options["ignoreFailureForNewTests"], adt_retry_older_than=options["retryOlderThanDays"],
        adt_swift_url="file:///dev/null", adt_ci_url="http://example.org/", series="testing", dry_run=True, adt_ppas=[])
    source = lambda v: SimpleNamespace(version=v, testsuite=["autopkgtest"])  # noqa: E731
    target = {case["package"]: source(case["versions"][0])} if case["inTarget"] else {}
    others = {case["package"]: source(case["versions"][-1])}

    class Suites(list):
        target_suite = SimpleNamespace(name="testing", sources=target)
    p.suite_info = Suites([SimpleNamespace(sources={case["package"]: source(v)}) for v in case["versions"]] + [SimpleNamespace(sources=others)])
    p.hints = Hints(case["hint"])
    p._now = now
    p.test_results, p.pending_tests, p.result_in_baseline_cache = {}, {}, collections.defaultdict(dict)
    if case["pending"]:
        p.pending_tests = {case["trigger"]: {case["package"]: [ARCH]}}
    return p


def grow_old(p, case, more):
    if p.options.adt_baseline == "reference":
        suites, now = p.suite_info, p._now
        p.suite_info = [SimpleNamespace(sources={case["package"]: SimpleNamespace(version=v)}) for v in case["versions"] + more]
        p._now = now if not more else 0  # a reference grows old by the time of asking
        p.filter_old_results()
        p.suite_info, p._now = suites, now


def judge(case):
    now = round(time.time())
    p = policy(case, now)
    for number, (trigger, status, version, age) in enumerate(case["results"]):
        # It runs each hour, also between what leaves a suite and the next result; and what is tested is in a suite.
        source, wanted = trigger.split("/")
        ignored = source == case["package"] and apt_pkg.version_compare(version, wanted) < 0
        if trigger == case["trigger"] and not ignored:
            grow_old(p, case, [version])
        p.add_trigger_to_results(trigger, case["package"], version, ARCH, str(number), now - age, Result[status])
    grow_old(p, case, [])
    asked, pending = [], copy.deepcopy(p.pending_tests)
    p.send_test_request = lambda src, arch, triggers, huge=False: asked.append(triggers[0])
    p.pkg_test_request(case["package"], ARCH, [case["trigger"]])
    wanted = case["trigger"] in asked
    del asked[:]
    p.pending_tests = pending  # as if it had not just asked
    try:
        state = p.pkg_test_result(case["package"], case["versions"][-1], ARCH, case["trigger"])[0]
    except RuntimeError:
        state = "MISSING"
    return {"state": state, "wanted": wanted, "referenceWanted": "migration-reference/0" in asked}


logging.disable(logging.CRITICAL)
json.dump([judge(c) for c in json.load(sys.stdin)], sys.stdout)
