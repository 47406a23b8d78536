"""Where a model runs: on the first GPU that tensorflow finds, else on the CPU."""

import contextlib
import os

import tensorflow as tf

from textvae.runtime.memory import disable_malloc_trim


def share_gpus() -> None:
    """Let the memory taken of each GPU grow as needed; to be called before its first use.

    Else tensorflow takes all of it at once, and no other program can use that GPU. Where it is
    too late, or the GPU is split into virtual ones, it stays as it is.
    """
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError, ValueError):
            tf.config.experimental.set_memory_growth(gpu, True)


def share_cores(shards: int) -> None:
    """A share of the cores for each of `shards` that run side by side; before their first use.

    Where tensorflow has started already it is too late, and results are the same, but later.
    """
    # Where a system cannot tell which cores are this process's, all of them are.
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = found or 1
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // shards))
        tf.config.threading.set_inter_op_parallelism_threads(min(shards, cores))


def prepare_training(shards: int) -> None:
    """Settings of the process that make `shards` train fast; before tensorflow's first use."""
    share_cores(shards)
    disable_malloc_trim()


def device_name() -> str:
    """`CPU`, or `GPU:0` with what it calls itself."""
    if not tf.config.list_logical_devices("GPU"):
        return "CPU"
    first = tf.config.list_physical_devices("GPU")[0]
    details = tf.config.experimental.get_device_details(first)
    return f"GPU:0 {details.get('device_name', '')}".strip()
