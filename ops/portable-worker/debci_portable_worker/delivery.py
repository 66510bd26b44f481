# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""What is left to do when a test has ended."""

import os

from .archive import Archive
from .journal import say
from .server import ServerRefused
from .waiting import until_answered

UPLOAD_PATIENCE = 600


class Delivery:
    """The rest of the log, the files, and the report, in this order; each can be sent again."""

    def __init__(self, calls, folder, log, token, run):
        self.calls, self.folder, self.log, self.token, self.run = calls, folder, log, token, run

    def send(self, report):
        say("Run %d: send its log, its files and its report" % self.run)
        self.log.finish()
        self.put("testbed-packages", lambda: self.folder.open("testbed-packages"))
        archive = self.pack()
        if archive:
            self.put("artifacts", lambda: open(archive, "rb"))
        answer = self.report(report)
        say("Run %d is reported: %s %s" % (self.run, answer.get("state"), answer.get("status")))

    def pack(self):
        target = os.path.join(self.folder.own, "artifacts.tar.gz")
        try:
            if Archive(self.folder).pack(target):
                return target
            say("The files of run %d are too large to be sent, even without what its tests made." % self.run)
        except OSError as error:
            say("Run %d goes without its files: they cannot be packed (%s)." % (self.run, error))
        return None

    def put(self, name, opened):
        """A file that the server will not have (too large, say) is left out: the result still counts."""
        def call():
            file = opened()
            if file:
                with file:
                    self.calls(self.token, "PUT", name, file, UPLOAD_PATIENCE)
        try:
            until_answered(self.token, call)
        except ServerRefused as refused:
            if not refused.bad_content:
                raise
            say("Run %d goes without its %s. %s" % (self.run, name, refused))

    def report(self, report):
        """The server refuses a report while it has less of the log than the report says: then the rest is sent again."""
        while True:
            try:
                return until_answered(self.token, lambda: self.calls(self.token, "POST", "report", dict(report, logSize=self.log.sent)))
            except ServerRefused as refused:
                if not self.log.go_back(refused):
                    raise
            self.log.finish()
