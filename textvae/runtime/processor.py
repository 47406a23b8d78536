"""The name of the processor, and its fastest precision for matrix products."""

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# Units that multiply bfloat16 and sum in float32: the flag in Linux, and the usual name.
BFLOAT16_UNITS = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512 BF16"}


def processor_name() -> str:
    """The model name of the processor, if the system reports it, else its architecture.

    Example:
        >>> isinstance(processor_name(), str)
        True
    """
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def processor_flags() -> frozenset[str]:
    """The flags of instruction sets that Linux lists; empty on other systems.

    Example:
        >>> "amx_bf16" in processor_flags() or "amx_bf16" not in processor_flags()
        True
    """
    return frozenset((_cpuinfo("flags") or _cpuinfo("Features")).split())


def bfloat16_unit() -> str:
    """`AMX`, `AVX-512 BF16`, or an empty string if no unit for bfloat16 is known.

    Example:
        >>> bfloat16_unit() in ("AMX", "AVX-512 BF16", "")
        True
    """
    flags = processor_flags()
    return next((name for flag, name in BFLOAT16_UNITS.items() if flag in flags), "")


def _cpuinfo(field: str) -> str:
    for line in CPUINFO.read_text(encoding="utf-8").splitlines() if CPUINFO.is_file() else ():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return ""
