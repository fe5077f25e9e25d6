"""How often an address may be wrong: a limit per process, in bounded memory.

What is guarded by it (a random token of 256 bits) cannot be guessed; the limit keeps those who try from keeping the
database busy.
"""

import threading
import time

MAX_ADDRESSES = 10_000


class RefusalLimit:
    def __init__(self, most, seconds, now=time.monotonic):
        self._most = most
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._began = now()
        self._counts = {}

    def is_exceeded(self, address):
        with self._lock:
            self._turn_over()
            return self._counts.get(address, 0) >= self._most

    def note(self, address):
        with self._lock:
            self._turn_over()
            if address in self._counts or len(self._counts) < MAX_ADDRESSES:
                self._counts[address] = self._counts.get(address, 0) + 1

    def _turn_over(self):
        if self._now() - self._began >= self._seconds:
            self._began = self._now()
            self._counts.clear()
