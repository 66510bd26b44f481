# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""A host before work begins."""

from .server import Calls, Server, ServerRefused
from .waiting import Away, Token

NOBODYS = 1, (1 << 31) - 1  # an attempt that nobody has


class Doctor:
    """What a host is asked to offer, can it run that?"""

    def __init__(self, options):
        self.options = options

    def examine(self):
        """Says a line of each backend and of the server; whether all is well."""
        well = self.server()
        for backend in self.options.backends:
            obstacle = backend.obstacle()
            testbeds = [] if obstacle else sorted("%s %s" % t for t in backend.testbed_list())
            print("%s: %s" % (backend.name, obstacle or ("ready, with " + ", ".join(testbeds) if testbeds else "ready")))
            if backend.caution:
                print("%s: CAUTION: %s" % (backend.name, backend.caution))
            well = well and not obstacle
        return well

    def server(self):
        """A heartbeat for an attempt that nobody has changes nothing: who knows the key answers that it is not ours."""
        try:
            Calls(Server(self.options.server, self.options.key), *NOBODYS, self.options.name)(Token(), "POST", "heartbeat", patience=10)
        except ServerRefused as refused:
            if refused.bad_worker:
                print("%s: %s" % (self.options.server, refused))
                return False
        except Away as away:
            print("%s: %s" % (self.options.server, away))
            return False
        print("%s: takes this key" % self.options.server)
        return True
