"""A cache of results, to show them again without the model."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class ResultCache:
    """The most recently used results, by key. Threads may share it without waiting for a model.

    Args:
        size: the number of results to keep, at least 1.

    Example:
        >>> cache = ResultCache(2)
        >>> for key in ("a", "b"):
        ...     cache.put(key, key.upper())
        >>> cache.get("a")
        'A'
        >>> cache.put("c", "C")  # "b" was used least recently
        >>> cache.get("a"), cache.get("b"), cache.get("c")
        ('A', None, 'C')
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._results: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The result stored for `key`, or None."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: Hashable, result: Any) -> None:
        """Store a result, replacing the least recently used one if there are too many."""
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            if len(self._results) > self.size:
                self._results.popitem(last=False)
