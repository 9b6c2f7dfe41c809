"""The array types of this package, and read-only arrays."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


def read_only(values: npt.ArrayLike) -> FloatArray:
    """A read-only copy."""
    copy = np.array(values, float)
    copy.setflags(write=False)
    return copy
