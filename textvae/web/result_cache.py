"""Results that the page has shown before, kept to be shown again without the model."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class ResultCache:
    """The results used last, by key. Threads may share it; none of them waits for a model.

    Args:
        size: how many results to keep, at least 1.

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
        """The result kept for `key`, or None."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: Hashable, result: Any) -> None:
        """Keep a result, in place of the one used least recently if there are too many."""
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            if len(self._results) > self.size:
                self._results.popitem(last=False)
