"""Loans of the engine's memory, as buffers and as DLPack capsules, and capsules of others.

Two ways to do the same: the C extension module `_headrace`, where it is installed, and ctypes,
which needs no compiler. `headrace._ctypes_native` tells the interface.
HEADRACE_PYTHON_EXTENSION=none leaves the extension out.
"""

from __future__ import annotations

import os
from types import ModuleType
from typing import TYPE_CHECKING

VERSION = 2
"""Of the interface; an extension module with another one is left out."""

if TYPE_CHECKING:
    from headrace._ctypes_native import (
        Foreign,
        Loan,
        Memory,
        disarm,
        from_capsule,
        is_capsule,
        is_used,
        settle,
        to_capsule,
        use_ring,
    )

__all__ = [
    "VERSION",
    "CHOICE",
    "Foreign",
    "Loan",
    "Memory",
    "disarm",
    "from_capsule",
    "is_capsule",
    "is_used",
    "settle",
    "to_capsule",
    "use_ring",
]


def _choose() -> tuple[ModuleType, str]:
    if os.environ.get("HEADRACE_PYTHON_EXTENSION") == "none":
        reason = "HEADRACE_PYTHON_EXTENSION is none"
    else:
        try:
            import _headrace  # type: ignore[import-not-found]

            if _headrace.VERSION == VERSION:
                return _headrace, "C extension _headrace"
            reason = f"_headrace has version {_headrace.VERSION}, expected {VERSION}"
        except ImportError as missing:
            reason = str(missing)
    from headrace import _ctypes_native

    return _ctypes_native, f"ctypes: {reason}"


_way, CHOICE = _choose()
"""CHOICE tells which way is taken and, where it is ctypes, why: for the log."""

if not TYPE_CHECKING:
    use_ring = _way.use_ring
    Loan = _way.Loan
    Memory = _way.Memory
    to_capsule = _way.to_capsule
    is_capsule = _way.is_capsule
    is_used = _way.is_used
    settle = _way.settle
    Foreign = _way.Foreign
    from_capsule = _way.from_capsule
    # the deleter of the extension needs no interpreter
    disarm = getattr(_way, "disarm", lambda: None)
