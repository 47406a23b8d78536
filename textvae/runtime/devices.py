"""The devices that models run on. Only this module chooses; others look where a weight is.

A model stays on the device that its weights were made on. That determines the kernels of its
layers, not the GPUs that TensorFlow sees.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import tensorflow as tf

from textvae.checks import device_name, first_line
from textvae.errors import BadInput
from textvae.runtime.memory import disable_malloc_trim

CPU = "/device:CPU:0"
FAILURES = (RuntimeError, tf.errors.OpError)  # raised by an unusable GPU

log = logging.getLogger(__name__)


@contextlib.contextmanager
def device_scope(wanted: str = "auto") -> Iterator[None]:
    """Within the block, models are made on the device `wanted`, which is logged.

    `auto` is the device on which TensorFlow places tensors: the first GPU, or that of a
    `tf.device` of the caller. If that one cannot compute, it is the next GPU that can, else the
    CPU.

    Args:
        wanted: `auto`, `cpu`, `gpu`, or `gpu:1` and so on.

    Raises:
        BadInput: it is not one of these, or the GPU does not exist or cannot compute.

    Example:
        >>> with device_scope("cpu"):
        ...     is_gpu(tf.zeros(1).device)
        False
    """
    wanted = device_name(wanted)
    if wanted != "cpu":
        share_gpu_memory()
    device = _choose(wanted)
    level = logging.INFO if tf.config.list_physical_devices("GPU") else logging.DEBUG
    log.log(level, "device: %s", describe(device))
    with tf.device(device):
        yield


def _choose(wanted: str) -> str:
    if wanted == "cpu":
        return CPU
    gpus = _logical_gpus()
    if wanted == "auto":
        scopes = [nullcontext(), *map(tf.device, gpus[1:])]
        return next(filter(None, map(_placement, scopes)), CPU)
    number = int(wanted.partition(":")[2] or 0)
    placement = _placement(tf.device(gpus[number])) if number < len(gpus) else ""
    if not placement:
        found = ", ".join(map(describe, gpus)) or "no GPU"
        raise BadInput(
            f"cannot use the device {wanted!r}; TensorFlow has found {found}; use auto, cpu or"
            " a GPU that it finds"
        )
    return placement


def _logical_gpus() -> list[str]:
    """The GPUs that TensorFlow can start; if it cannot, it is made to ignore them."""
    try:
        return [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    except FAILURES as error:
        log.warning("TensorFlow cannot start the GPU: %s", first_line(error))
        hide_gpus()
        return []


def _placement(scope: AbstractContextManager[Any]) -> str:
    """The device that computes in `scope`; empty, with a warning, if it cannot.

    A GPU must also run cuDNN's LSTM, which can fail where a matrix product works.
    """
    try:
        with scope:
            device: str = tf.matmul(tf.ones((1, 1)), tf.ones((1, 1))).device
            if is_gpu(device):
                import keras

                keras.layers.LSTM(1)(tf.zeros((1, 1, 1))).numpy()
        return device
    except FAILURES as error:
        log.warning("a GPU cannot be used: %s", first_line(error))
        return ""


def is_gpu(device: str) -> bool:
    """Whether a TensorFlow device name, such as that of a variable, is a GPU's.

    Models on a GPU use cuDNN's LSTM, and decode in a loop without host synchronisation.

    Example:
        >>> is_gpu("/device:GPU:1"), is_gpu(tf.Variable(0).device)
        (True, False)
    """
    return bool(tf.DeviceSpec.from_string(device).device_type == "GPU")


def current_device() -> str:
    """The device on which a model would be made now.

    Example:
        >>> with device_scope("cpu"):
        ...     current_device()
        '/job:localhost/replica:0/task:0/device:CPU:0'
    """
    device: str = tf.zeros(()).device
    return device


def describe(device: str) -> str:
    """`CPU`, or `GPU:0` and so on with the name of the GPU.

    Example:
        >>> describe("/job:localhost/replica:0/task:0/device:CPU:0")
        'CPU'
    """
    spec = tf.DeviceSpec.from_string(device)
    if spec.device_type != "GPU":
        return "CPU"
    gpus, name = tf.config.get_visible_devices("GPU"), ""
    if spec.device_index < len(gpus):  # not if a GPU is split into several
        details = tf.config.experimental.get_device_details(gpus[spec.device_index])
        name = details.get("device_name", "")
    return f"GPU:{spec.device_index} {name}".strip()


def idle_gpus(device: str) -> tuple[str, ...]:
    """The GPUs that TensorFlow has started besides the one in use."""
    in_use = tf.DeviceSpec.from_string(device).device_index if is_gpu(device) else None
    names = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    return tuple(describe(name) for i, name in enumerate(names) if i != in_use)


def hide_gpus() -> None:
    """Hide all GPUs from TensorFlow, so that it starts none; call before its first use."""
    with contextlib.suppress(RuntimeError):
        tf.config.set_visible_devices([], "GPU")


def share_gpu_memory() -> None:
    """Let TensorFlow allocate GPU memory as needed; call before its first use.

    By default it takes all of the memory at once, and no other program can use the GPU. If it
    has already done so, a warning is logged. A GPU that is split into virtual ones is not
    changed.
    """
    for gpu in tf.config.get_visible_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except ValueError:
            continue
        except RuntimeError:
            if not tf.config.experimental.get_memory_growth(gpu):
                log.warning(
                    "TensorFlow was used before textvae and holds all memory of the GPUs; set"
                    " TF_FORCE_GPU_ALLOW_GROWTH=true to let other programs use them"
                )
                return


def divide_cores(shards: int) -> None:
    """Divide the cores among `shards` computed in parallel; call before TensorFlow's first use.

    If TensorFlow has already started, nothing changes: training is slower, with the same
    results.
    """
    # If the system does not report which cores this process may use, all are counted.
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = found or 1
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // shards))
        tf.config.threading.set_inter_op_parallelism_threads(min(shards, cores))


def let_onednn_round() -> None:
    """Let oneDNN round the factors of batched float32 products to bfloat16, with AMX.

    TensorFlow reads this setting at its first product. It applies to the whole process, so only
    commands that train set it, and an existing value is kept. No other product of textvae is
    batched: only `nn.products` uses it.
    """
    os.environ.setdefault("TF_SET_ONEDNN_FPMATH_MODE", "BF16")


def prepare_training(shards: int) -> None:
    """Set up the process for fast training; call before TensorFlow's first use."""
    divide_cores(shards)
    let_onednn_round()
    disable_malloc_trim()
