# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""Testbeds that are too old."""

import time

from .journal import NoTestbed, say
from .processes import run_command

OFTEN = 3600


class TestbedMaker:
    """Has testbeds made anew that are too old, before a claim, so that no run waits for it. The program that makes them knows how old one may
    be, and keeps a younger one (ops/testbed: seven days); it is asked once an hour."""

    def __init__(self, program, folder, backends):
        self.program, self.folder, self.backends, self.last = program, folder, backends, None

    def refresh(self):
        if not self.program or (self.last is not None and time.monotonic() - self.last < OFTEN):
            return
        self.last = time.monotonic()
        for backend in self.backends:
            try:
                for suite, arch in backend.testbed_list():
                    self.make(backend.name, suite, arch)
            except (NoTestbed, OSError) as error:
                say(error)

    def make(self, backend, suite, arch):
        try:
            run_command([self.program, suite, arch, self.folder, backend])
        except (NoTestbed, OSError) as error:
            say("The %s testbed of %s on %s stays as old as it is: %s" % (backend, suite, arch, error))
