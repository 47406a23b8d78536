"""Where layers run: on the first GPU that TensorFlow finds, else on the CPU."""

import contextlib
import os

import tensorflow as tf

from textvae.runtime.memory import disable_malloc_trim


def has_gpu() -> bool:
    """Whether layers run on a GPU.

    If so, the LSTMs run as cuDNN's kernel, and a training batch is not split into shards.
    """
    return bool(tf.config.list_logical_devices("GPU"))


def device_name() -> str:
    """`CPU`, or `GPU:0` followed by the name of the GPU."""
    if not has_gpu():
        return "CPU"
    first = tf.config.list_physical_devices("GPU")[0]
    details = tf.config.experimental.get_device_details(first)
    return f"GPU:0 {details.get('device_name', '')}".strip()


def grow_gpu_memory() -> None:
    """Let TensorFlow take the memory of each GPU as it needs it; call before its first use.

    By default it takes all of the memory at once, and no other program can use the GPU. A GPU
    that is in use already, or split into virtual ones, is left as it is.
    """
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError, ValueError):
            tf.config.experimental.set_memory_growth(gpu, True)


def divide_cores(shards: int) -> None:
    """Give each of `shards` side by side its part of the cores; call before the first use.

    If TensorFlow is running already nothing changes: training is slower, the results are the
    same.
    """
    # Not every system can tell which cores this process may use; there, count all of them.
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = found or 1
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // shards))
        tf.config.threading.set_inter_op_parallelism_threads(min(shards, cores))


def prepare_training(shards: int) -> None:
    """Settings of the process that make training fast; call before TensorFlow's first use."""
    divide_cores(shards)
    disable_malloc_trim()
