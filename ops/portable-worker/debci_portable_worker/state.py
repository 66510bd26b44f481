# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""The worker's own directory."""

import fcntl
import os

from .folder import Folder
from .journal import Refused


class State:
    """The worker's own directory; it belongs to one worker at a time, debci-worker included."""

    def __init__(self, path):
        self.runs, self.claim = os.path.join(path, "runs"), os.path.join(path, "claim.json")
        try:
            os.makedirs(self.runs, exist_ok=True)
            self.lock = open(os.path.join(path, "lock"), "w", encoding="utf-8")
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused("The state directory %s cannot be used (%s); give each worker on this machine its own with --state." % (path, error)) from None

    def folders(self):
        return [Folder(e.path) for e in sorted(os.scandir(self.runs), key=lambda e: e.name) if e.is_dir(follow_symlinks=False)]
