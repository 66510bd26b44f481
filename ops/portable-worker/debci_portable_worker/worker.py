# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""The loop."""

import os
import time
import uuid

from .attempt import Attempt
from .folder import Folder, read_json, write_whole
from .journal import PROGRAM, Refused, say
from .processes import ProcessTree
from .run import Run
from .server import PATIENCE, Server, ServerRefused
from .test_process import VARIABLE
from .testbed_maker import TestbedMaker
from .waiting import Away, Cancelled, pause_after, until_answered

SOFTWARE = PROGRAM + " 0.1.0"
WAIT_SECONDS = 30


class Worker:
    """Claim, test, report, and again."""

    def __init__(self, options, state, drain, end):
        self.options, self.state, self.drain, self.end = options, state, drain, end
        self.server, self.backends = Server(options.server, options.key), {b.name: b for b in options.backends}
        self.idle_since = time.monotonic()
        self.maker = TestbedMaker(options.maker and os.path.abspath(options.maker), options.testbeds, options.backends)

    def work(self):
        try:
            self.take_over()
            self.idle_since = time.monotonic()
            failures = 0
            while not self.drain.over and not self.is_idle():
                outcome = self.take_run()
                if outcome == "Stopped" or (self.options.once and outcome):
                    return
                # A worker that breaks run after run (a full disk) shall not break the whole queue at full speed.
                failures = failures + 1 if outcome == "Broken" else 0
                if failures:
                    self.drain.pause(pause_after(failures))
        except Cancelled:
            pass  # told to end while it waited; the claim that was under way is repeated by the next worker here

    def take_over(self):
        """Ends what an earlier worker left running, removes what it had begun, and reports what it had finished."""
        ProcessTree("%s=%s/" % (VARIABLE, self.state.runs)).kill()
        remover = self.backends.get("unshare") or next(iter(self.backends.values()))  # the one that can remove other users' files
        for folder in self.state.folders():
            finished = read_json(folder.finished)
            if finished:
                say("Taking up what an earlier worker had finished: %s" % folder.path)
                attempt = Attempt(self, (finished["run"], finished["attempt"]), folder, finished["lease"], finished["worker"])
                if attempt.resume(finished, self.backends.get(finished["backend"], remover)) == "Stopped":
                    raise Cancelled()
            else:
                say("Removing what an earlier run left: %s" % folder.path)
                remover.remove(folder)

    def is_idle(self):
        return self.options.idle_exit is not None and time.monotonic() - self.idle_since >= self.options.idle_exit

    def take_run(self):
        """An attempt's outcome; None when there was no run."""
        self.maker.refresh()
        if self.drain.over:
            return None
        try:
            answer = self.ask()
        except OSError as error:
            say("The state directory cannot be written (%s); make room there." % error)
            return "Broken"
        if answer is None:
            return None
        try:
            run = Run(answer, self.options.arches, list(self.backends))
        except Refused as refused:  # not reported: the lease expires, and the server counts the attempt as lost
            say(refused)
            self.claimed()
            return "Broken"
        folder = Folder(os.path.join(self.state.runs, "%d-%d" % (run.id, run.attempt)))
        attempt = Attempt(self, (run.id, run.attempt), folder, run.lease, self.options.name)
        outcome = attempt.test(run, self.backends[run.backend])
        self.claimed()  # where its folder could not even be made
        self.idle_since = time.monotonic()
        return outcome

    # The race of every claim: the server gave us a run, and its answer is lost, or we are killed before we read it. With a new id we would
    # be given another run, and the first would wait for its lease to expire. So the id is on disk before the first try, all tries carry it,
    # and it goes when the run has a folder, before its test begins.
    def ask(self):
        claim = self.claim()
        try:
            answer = until_answered(self.drain, lambda: self.claim_once(claim))
        except Cancelled:
            answer = self.last_answer(claim)
        except ServerRefused as refused:
            self.claimed()
            if refused.bad_worker:
                raise
            say(refused)  # not about us: the claim was answered and its run ended meanwhile. A new claim is due.
            self.drain.pause(pause_after(0))
            return None
        if answer is None:
            self.claimed()
        return answer

    def last_answer(self, claim):
        """Told to end while it waited for a run: the server may have given us one, and its answer is on the way. Asked once more, without
        waiting, it says so, and the run is tested first. Without an answer the next worker here repeats the claim."""
        try:
            return self.server.send(self.end, "POST", "claim", dict(claim, waitSeconds=0), 10)
        except (Away, ServerRefused):
            raise Cancelled() from None

    def claim_once(self, claim):
        if self.is_idle():
            raise Cancelled()
        wait = WAIT_SECONDS
        if self.options.idle_exit is not None:
            wait = min(wait, max(0, round(self.options.idle_exit - (time.monotonic() - self.idle_since))))
        return self.server.send(self.drain, "POST", "claim", dict(claim, waitSeconds=wait), PATIENCE + wait)

    def claim(self):
        options = self.options
        claim = {"claim": str(uuid.uuid4()), "worker": options.name, "arches": options.arches, "backends": list(self.backends),
                 "software": SOFTWARE, "tags": options.tags}
        before = read_json(self.state.claim)
        if isinstance(before, dict) and dict(before, claim="") == dict(claim, claim=""):
            return before
        write_whole(self.state.claim, claim)
        return claim

    def claimed(self):
        if os.path.exists(self.state.claim):
            os.unlink(self.state.claim)
