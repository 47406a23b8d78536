"""Names used in signatures, and the letters used in every docstring for shapes.

B captions, T positions, V vocabulary, E embedding, H hidden, D latent units, S samples,
N captions of a whole set, K mixture components.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Tensor = Any  # keras and tensorflow have no type information; shapes are in the docstrings
Seed = Any  # int32 [2], as tensorflow's stateless random functions take it
Schedule = Callable[[Tensor], Tensor]  # optimiser step -> value
Array = np.ndarray[Any, Any]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Codes = np.ndarray[Any, np.dtype[np.float32]]  # [N, D] unless a docstring says otherwise
Progress = Callable[[Iterable[Any]], Iterable[Any]]  # passes steps on, showing how many
