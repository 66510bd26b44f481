# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""Waiting that ends at once when it is no longer wanted, and calls that are made until they are answered."""

import functools
import itertools
import queue
import random
import threading

from .journal import say


class Away(Exception):
    """No answer, a broken one, or one that says "later": the same call is made again after a pause."""


class Cancelled(Exception):
    """What was waited for is not wanted any more."""


class Token:
    """Whoever waits here wakes at once when it is set, or one that it was made from."""

    def __init__(self, parent=None):
        self.over, self.lock, self.calls = False, threading.RLock(), []  # a signal can come while a signal is handled
        if parent:
            parent.then(self.set)

    def then(self, call):
        with self.lock:
            if not self.over:
                self.calls.append(call)
                return
        call()

    def forget(self, call):
        with self.lock:
            self.calls = [c for c in self.calls if c != call]

    def set(self):
        with self.lock:
            self.over, calls, self.calls = True, self.calls, []
        for call in calls:
            call()

    def race(self, work, seconds):
        """What work() gives, done in a thread of its own; Cancelled when this is set first, queue.Empty when neither came in time."""
        done = queue.SimpleQueue()
        threading.Thread(target=self.attempt, args=(work, done), daemon=True).start()
        return self.first(done, seconds)

    def pause(self, seconds):
        try:
            self.first(queue.SimpleQueue(), seconds)
        except queue.Empty:
            pass

    def first(self, done, seconds):
        wake = functools.partial(done.put, (None, Cancelled()))
        self.then(wake)
        try:
            result, error = done.get(timeout=max(0, seconds))
        finally:
            self.forget(wake)
        if error:
            raise error
        return result

    @staticmethod
    def attempt(work, done):
        try:
            done.put((work(), None))
        except Exception as error:  # pylint: disable=broad-except; it is raised again where the result is waited for
            done.put((None, error))


def pause_after(failures):
    """Doubling up to a minute, each shortened by chance, so that a hundred workers do not come back in the same second."""
    return min(60, 2 ** min(failures, 6)) * random.uniform(0.5, 1)


def until_answered(token, call):
    """Makes the call until the server answers it, for as long as that takes. A refusal is an answer."""
    for failures in itertools.count():
        try:
            return call()
        except Away as away:
            pause = pause_after(failures)
            say("%s Trying again in %.1f s." % (away, pause))
            token.pause(pause)
