# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""The lease of an attempt."""

import math
import threading
import time

from .journal import say
from .server import ServerRefused
from .waiting import Away, Cancelled, Token


class Heartbeat:
    """Keeps the lease, beside whatever the attempt is doing. A beat without an answer is not repeated at once: the next one comes soon
    enough twice. When none was answered for long by the steady clock, somebody else may have the run: a test that is under way is ended then. A finished one waits for as long as it takes, and the server judges."""

    def __init__(self, calls, lease, give_up, token, lost):
        self.calls, self.lease, self.give_up, self.lost = calls, lease, give_up, lost
        self.testing, self.heard, self.token = True, time.monotonic(), Token(token)

    def start(self):
        threading.Thread(target=self.go_on, daemon=True).start()

    def left(self):
        return self.heard + max(self.lease, self.give_up) - time.monotonic() if self.testing else math.inf

    def go_on(self):
        try:
            while not self.token.over:
                if self.left() <= 0:
                    self.lost("the server was not heard of for %.0f s, and has given it to another worker by now." % max(self.lease, self.give_up))
                    return
                self.beat()
                self.token.pause(min(self.lease / 3, max(0, self.left())))
        except Cancelled:
            pass

    def beat(self):
        sent = time.monotonic()
        try:
            answer = self.calls(self.token, "POST", "heartbeat", patience=min(self.lease / 3, max(0.1, self.left())))
            lease = answer.get("leaseSeconds")
            self.lease, self.heard = (min(max(lease, 1), 24 * 3600) if isinstance(lease, int) else self.lease), sent
        except Away as away:
            say(away)
        except ServerRefused as refused:
            say(refused)
            if refused.not_ours:
                self.lost("it is not ours any more.")
                raise Cancelled() from None
