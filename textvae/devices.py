"""Where a model runs: on the first GPU that tensorflow finds, else on the CPU."""

import contextlib

import tensorflow as tf


def share_gpus() -> None:
    """Let the memory taken of each GPU grow as needed; to be called before its first use.

    Else tensorflow takes all of it at once, and no other program can use that GPU. Where it is
    too late, or the GPU is split into virtual ones, it stays as it is.
    """
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError, ValueError):
            tf.config.experimental.set_memory_growth(gpu, True)


def device_name() -> str:
    """`CPU`, or `GPU:0` with what it calls itself."""
    if not tf.config.list_logical_devices("GPU"):
        return "CPU"
    first = tf.config.list_physical_devices("GPU")[0]
    details = tf.config.experimental.get_device_details(first)
    return f"GPU:0 {details.get('device_name', '')}".strip()
