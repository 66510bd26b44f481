# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""The log, on its way while it grows."""

import os
import threading

from .server import ServerRefused
from .waiting import Cancelled, pause_after, until_answered

LOG_RANGE = 1 << 20


class LogStream:
    """Sends a log while it grows, byte for byte up to a limit, never more than one range of it in memory."""

    def __init__(self, folder, calls, token, limit):
        self.folder, self.calls, self.token, self.limit = folder, calls, token, limit
        self.sent, self.gaps, self.ended, self.error, self.thread = 0, 0, threading.Event(), None, None

    def start(self, failed):
        def follow():
            try:
                self.follow()
            except Exception as error:  # pylint: disable=broad-except; it is raised again by finish()
                self.error = error
                failed()
        self.thread = threading.Thread(target=follow, daemon=True)
        self.thread.start()

    def finish(self):
        """Sends the rest; nothing writes to the log any more."""
        self.ended.set()
        if self.thread:
            self.thread.join()
            self.thread = None
            if self.error:
                raise self.error
        else:
            self.follow()

    def size(self):
        log = self.folder.open("log")
        if not log:
            return 0
        with log:
            return os.fstat(log.fileno()).st_size

    # Whether it has ended is asked before the file is read: what was written before the end is then in the file.
    def follow(self):
        while True:
            last = self.ended.is_set()
            self.send_all()
            if last:
                return
            self.ended.wait(0.5)
            if self.token.over:
                raise Cancelled()

    def send_all(self):
        log = self.folder.open("log")
        if log:
            with log:
                while True:
                    log.seek(self.sent)
                    part = log.read(min(LOG_RANGE, self.limit - self.sent))
                    if not part:
                        return
                    self.send(part)

    # A range that arrived although its answer was lost is sent again; the server passes over it.
    def send(self, part):
        try:
            until_answered(self.token, lambda: self.calls(self.token, "POST", "log", part, more="&offset=%d" % self.sent))
            self.sent, self.gaps = self.sent + len(part), 0
        except ServerRefused as refused:
            if not self.go_back(refused):
                raise

    def go_back(self, refused):
        """Whether the server has less than we thought (it lost some, or a range never came): then we go on from there."""
        if not isinstance(refused.log_gap, int) or not 0 <= refused.log_gap < self.sent:
            return False
        self.sent = refused.log_gap
        self.token.pause(pause_after(self.gaps))  # a server that never gets further is not asked at full speed
        self.gaps += 1
        return True


class Flood:
    """Looks whether a log has grown beyond its limit, also while the server is away."""

    def __init__(self, log, end):
        self.log, self.end, self.over, self.seen = log, end, threading.Event(), False
        threading.Thread(target=self.look, daemon=True).start()

    def look(self):
        while not self.over.wait(0.5):
            if self.log.size() > self.log.limit:
                self.seen = True
                self.end()
                return
