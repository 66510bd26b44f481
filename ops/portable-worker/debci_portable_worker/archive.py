# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""The files that are sent."""

import os
import stat
import tarfile

from .journal import quote, say

LARGEST_ARCHIVE = 100_000_000  # the size that debci caps artifacts at


class Archive:
    """autopkgtest's output directory as a gzipped tar: links as links, and neither pipes, sockets nor devices."""

    def __init__(self, folder, cap=LARGEST_ARCHIVE):
        self.folder, self.cap = folder, cap

    def pack(self, target):
        """Whether there is one: where it would be too large, it goes without what the tests made."""
        return self.try_pack(target, ()) or self.try_pack(target, ("artifacts", "binaries"))

    def try_pack(self, target, without):
        with open(target, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=1) as tar:
                for names, entry in self.entries(self.folder.output, ()):
                    if names[0] not in without:
                        self.add(tar, names, entry.stat(follow_symlinks=False), entry)
                    if file.tell() > self.cap:
                        return False
            return file.tell() <= self.cap

    def entries(self, place, above):
        if not os.path.isdir(place) or os.path.islink(place):
            return
        try:
            with os.scandir(place) as found:
                ordered = sorted(found, key=lambda e: e.name)
        except PermissionError:
            return  # the test closed it to us; the directory itself is in the archive
        for entry in ordered:
            yield above + (entry.name,), entry
            if entry.is_dir(follow_symlinks=False):
                yield from self.entries(entry.path, above + (entry.name,))

    def add(self, tar, names, status, entry):
        info = tarfile.TarInfo("/".join(names))
        info.mode, info.mtime = status.st_mode & 0o777, int(status.st_mtime)  # neither owners nor set-user-id bits mean anything elsewhere
        if stat.S_ISLNK(status.st_mode):
            info.type, info.linkname = tarfile.SYMTYPE, os.readlink(entry.path)
            tar.addfile(info)
        elif stat.S_ISDIR(status.st_mode):
            info.type = tarfile.DIRTYPE
            tar.addfile(info)
        elif stat.S_ISREG(status.st_mode) and status.st_size <= self.cap:
            file = self.folder.open(*names)
            if file:
                with file:
                    info.size = os.fstat(file.fileno()).st_size
                    tar.addfile(info, file)
        elif stat.S_ISREG(status.st_mode):
            say("%s is left out of the run's files: it has %d bytes." % (quote(info.name, 200), status.st_size))
