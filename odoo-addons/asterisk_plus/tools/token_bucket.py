"""How often somebody may do something: so many at once, and then so many a second."""

from collections import OrderedDict
from threading import Lock


class TokenBuckets:
    """A bucket per key, full at first. The least used keys are forgotten, so that the memory is bounded.

    One set per process: with several workers of Odoo each lets as much pass.
    """

    def __init__(self, per_second, burst, most_keys=10_000):
        self.per_second = per_second
        self.burst = burst
        self.most_keys = most_keys
        self._buckets = OrderedDict()
        self._lock = Lock()

    def take(self, key, now):
        """0 when there is a token, which is taken; else the seconds until there is one. ``now`` is monotonic."""
        with self._lock:
            tokens, at = self._buckets.pop(key, (self.burst, now))
            tokens = min(self.burst, tokens + (now - at) * self.per_second)
            wait = 0 if tokens >= 1 else (1 - tokens) / self.per_second
            self._buckets[key] = (tokens if wait else tokens - 1, now)
            if len(self._buckets) > self.most_keys:
                self._buckets.popitem(last=False)
            return wait
