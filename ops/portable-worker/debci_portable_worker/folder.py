# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""The files of one attempt, and files that are there whole or not at all."""

import itertools
import json
import os
import pwd
import stat

LARGEST_TEXT = 4 << 20


class Folder:
    """The files of one attempt; what is below "test" belongs to the user that the test runs as, who may put a link anywhere there."""

    def __init__(self, path):
        self.path, self.own, self.test = path, os.path.join(path, "own"), os.path.join(path, "test")
        self.output, self.finished = os.path.join(self.test, "output"), os.path.join(self.own, "finished.json")

    def make(self, user):
        os.mkdir(self.path)
        os.mkdir(self.own, 0o700)
        os.mkdir(self.test)
        for path in self.path, self.test:
            os.chmod(path, 0o755)
        if user:
            owner = pwd.getpwnam(user)
            os.chown(self.test, owner.pw_uid, owner.pw_gid)

    def open(self, *names):
        """A plain file below "output", or None: never through a link, and without waiting for the other end of a pipe."""
        try:
            place = os.open(self.output, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                for name in names[:-1]:
                    place, above = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place), place
                    os.close(above)
                file = os.fdopen(os.open(names[-1], os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=place), "rb")
            finally:
                os.close(place)
        except OSError:
            return None
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file
        file.close()
        return None

    def text(self, name):
        """A text file of the output directory, up to its last whole line where it is too long."""
        file = self.open(name)
        if not file:
            return ""
        with file:
            read = file.read(LARGEST_TEXT + 1)
        return (read if len(read) <= LARGEST_TEXT else read[:read.rfind(b"\n", 0, LARGEST_TEXT) + 1]).decode(errors="replace")

    def installed(self, triggers):
        """The packages of the testbed that are named like a trigger's source: by these the server sees that a mirror was behind."""
        wanted, found = {t.partition("/")[0] for t in triggers}, {}
        names = sorted(n for n in os.listdir(self.output) if n.endswith("-packages")) if os.path.isdir(self.output) and wanted else []
        for line in itertools.chain.from_iterable(self.text(n).split("\n") for n in ["testbed-packages"] + names[:1000]):
            name, tab, version = line.partition("\t")
            if tab and name in wanted:
                found[name] = version.partition("\t")[0].strip()
        return [{"name": n, "version": v} for n, v in found.items()]

    def keep_as_log(self, text):
        """Only where the test wrote no log of its own."""
        log = self.open("log")
        size = os.fstat(log.fileno()).st_size if log else 0
        if log:
            log.close()
        if text and not size and not os.path.islink(self.output):
            os.makedirs(self.output, exist_ok=True)
            path = os.path.join(self.output, "log")
            if os.path.lexists(path):
                os.unlink(path)
            with open(path, "xb") as file:
                file.write(text)


def write_whole(path, value):
    """JSON that is there whole or not at all, also after the machine's power failed."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)
    place = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(place)
    os.close(place)


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None
