"""Element types: their numbers in requests and responses, DLPack's codes, NumPy's types."""

from __future__ import annotations

import numpy as np

NAMES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
)
BYTES = (1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8)

# DLPack's type codes (dlpack.h, DLDataTypeCode)
_INT, _UINT, _FLOAT, _BFLOAT, _COMPLEX, _BOOL = 0, 1, 2, 4, 5, 6
CODES = tuple(
    {"b": _BOOL, "i": _INT, "u": _UINT, "f": _FLOAT}[name[0]] if name != "bfloat16" else _BFLOAT
    for name in NAMES
)
_BY_CODE = {(code, 8 * width): number for number, (code, width) in enumerate(zip(CODES, BYTES))}
_CODE_NAMES = {
    _INT: "int",
    _UINT: "uint",
    _FLOAT: "float",
    _BFLOAT: "bfloat",
    _COMPLEX: "complex",
    _BOOL: "bool",
}

# NumPy knows bfloat16 only where the package ml_dtypes is installed
try:
    from ml_dtypes import bfloat16 as _bfloat16

    _BFLOAT16: np.dtype | None = np.dtype(_bfloat16)
except ImportError:
    _BFLOAT16 = None

DTYPES = tuple(_BFLOAT16 if name == "bfloat16" else np.dtype(name) for name in NAMES)
BY_DTYPE = {dtype: number for number, dtype in enumerate(DTYPES) if dtype is not None}
RAW = {width: np.dtype(f"u{width}") for width in (1, 2, 4, 8)}


def numpy_dtype(number: int) -> np.dtype:
    """NumPy's type of an element type.

    Raises TypeError for bfloat16 where the package ml_dtypes is missing.
    """
    dtype = DTYPES[number]
    if dtype is None:
        raise TypeError(
            "NumPy has bfloat16 only with the package ml_dtypes; use the view tensor or torch"
        )
    return dtype


def by_code(code: int, bits: int) -> int | None:
    """The element type of a DLPack type code and width, or None."""
    return _BY_CODE.get((code, bits))


def code_name(code: int, bits: int) -> str:
    """A name for a DLPack type, such as complex64."""
    name = _CODE_NAMES.get(code)
    return f"{name}{bits}" if name else f"DLPack type {code} of {bits} bits"


def contiguous_strides(shape: tuple[int, ...], width: int) -> tuple[int, ...]:
    """Strides in bytes of a dense tensor, the last axis innermost."""
    strides = []
    step = width
    for extent in reversed(shape):
        strides.append(step)
        step *= extent
    return tuple(reversed(strides))
