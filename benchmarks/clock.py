"""The time of the steps of a `fit`, without the time before the first step."""

import time
from typing import Any

import keras


class Clock(keras.callbacks.Callback):
    """Seconds from the start of the first step to the end of the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.seconds = 0.0, 0.0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Keras hook."""
        del logs
        if batch == 0:
            self.start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Keras hook."""
        del batch, logs
        self.seconds = time.perf_counter() - self.start
