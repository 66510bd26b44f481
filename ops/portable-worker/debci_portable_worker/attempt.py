# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""From a run that was given to its report."""

import os
import queue
import time
from datetime import datetime, timezone

from .delivery import Delivery
from .folder import write_whole
from .heartbeat import Heartbeat
from .journal import PROGRAM, NoTestbed, say
from .log_stream import Flood, LogStream
from .server import Calls, ServerRefused
from .test_process import TestProcess
from .waiting import Cancelled, Token, until_answered


class Attempt:
    """One try at a run. In its folder there is nothing of use until the test has ended; from then on finished.json, with which any later
    worker in this directory can send the rest."""

    def __init__(self, worker, number, folder, lease, name):
        self.worker, self.folder, self.stop, self.token = worker, folder, worker.end, Token(worker.end)
        self.run, self.number = number
        self.calls = calls = Calls(worker.server, self.run, self.number, name)
        self.heartbeat = Heartbeat(calls, lease, worker.options.give_up, self.token, self.lose)
        self.log, self.done = LogStream(folder, calls, self.token, worker.options.log_limit), False

    def lose(self, why):
        say("Run %d is given up: %s" % (self.run, why))
        self.token.set()

    def test(self, run, backend):
        def steps():
            self.folder.make(backend.user)
            self.worker.claimed()
            self.heartbeat.start()
            self.deliver(self.finish(run, backend))
        return self.settle(steps, backend)

    def resume(self, finished, backend):
        self.done, self.heartbeat.testing = True, False

        def steps():
            self.heartbeat.start()
            size = until_answered(self.token, lambda: self.calls(self.token, "GET", "log")).get("size")
            self.log.sent = size if isinstance(size, int) and size >= 0 else 0
            self.deliver(finished)
        return self.settle(steps, backend)

    def settle(self, steps, backend):
        """What became of it: Reported, NotOurs, Stopped (told to end) or Broken (its lease expires). A finished attempt stays where a
        later worker could still report it."""
        outcome, keep = "Broken", False
        try:
            steps()
            outcome = "Reported"
        except Cancelled:
            outcome = "Stopped" if self.stop.over else "NotOurs"
            keep = self.done and self.stop.over
        except ServerRefused as refused:
            outcome, keep = "NotOurs" if refused.not_ours else "Broken", self.done and refused.bad_key
            if keep:
                raise  # with another key it can be reported still
            say(refused)
        except OSError as error:
            keep = self.done
            say("Run %d cannot go on: %s" % (self.run, error))
        finally:
            self.heartbeat.token.set()
            self.stop.forget(self.token.set)
            if not keep:
                self.remove(backend)
        say("Run %d, attempt %d: %s" % (self.run, self.number, outcome))
        return outcome

    def remove(self, backend):
        try:
            if os.path.exists(self.folder.finished):
                os.unlink(self.folder.finished)  # first, so that nobody resumes what is half gone
            backend.remove(self.folder)
        except OSError as error:
            say("The files of run %d stay in %s: %s" % (self.run, self.folder.path, error))

    def finish(self, run, backend):
        say("%s: prepare and test" % run)
        started, began = datetime.now(timezone.utc).isoformat(), time.monotonic()
        code, timed_out = self.run_test(run, backend)
        flooded = self.log.size() > self.log.limit  # also when it was over before anybody looked
        finished = {
            "run": run.id, "attempt": run.attempt, "worker": self.worker.options.name, "backend": backend.name, "lease": self.heartbeat.lease,
            "report": {"exitCode": None if flooded else code, "summary": self.folder.text("summary"), "testpkgVersion": self.folder.text("testpkg-version"),
                       "startedAt": started, "durationSeconds": round(time.monotonic() - began), "timedOut": timed_out and not flooded, "logTooLarge": flooded,
                       "installed": self.folder.installed(run.triggers)}}
        write_whole(self.folder.finished, finished)
        return finished

    def run_test(self, run, backend):
        """The exit code, or None, and whether the limit ended it. Afterwards nothing of the test is alive."""
        try:
            backend.prepare(run, self.folder)
            test = TestProcess(backend.command(run, self.folder), backend.user, self.folder)
        except NoTestbed as error:
            self.folder.keep_as_log(("%s: %s\n" % (PROGRAM, error)).encode())
            return 16, False  # autopkgtest's code for a testbed that could not be had
        ending = Token(self.token)  # also when the server refuses the log: then the test has nobody to report to
        self.log.start(ending.set)
        flood = Flood(self.log, ending.set)
        try:
            return ending.race(test.code, run.limit), False
        except queue.Empty:
            return None, True
        except Cancelled:
            if self.log.error:
                raise self.log.error from None
            if flood.seen and not self.token.over:
                return None, False
            raise
        finally:
            flood.over.set()
            if not test.kill(backend.patience):
                say("A process of run %d would not die; look for it on this machine." % self.run)
            self.folder.keep_as_log(test.tail)

    def deliver(self, finished):
        self.done, self.heartbeat.testing = True, False
        Delivery(self.calls, self.folder, self.log, self.token, self.run).send(finished["report"])
