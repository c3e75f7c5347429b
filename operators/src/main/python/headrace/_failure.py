"""Failures, in the one form that the Java side understands."""

from __future__ import annotations

import importlib
import linecache
import os
import re
import traceback

# what leads to the user's code: this package, and imports, which have frames in two places
_OURS = (
    os.path.dirname(__file__) + os.sep,
    os.path.dirname(importlib.__file__) + os.sep,
    "<frozen importlib.",
)


PRIVATE = "_headrace_"
"""How the names of modules begin that were loaded for one node."""

SEPARATOR = "\x1f"
"""Between the parts of a text that goes to the Java side or comes from it."""


class Refusal(Exception):
    """A result that cannot be used; the message says what was expected."""

    sample: int | None = None


def plain(message: str, sample: int | None = None) -> str:
    """A failure without an exception of the user's."""
    return _join(message, sample)


def raised(message: str, error: BaseException, sample: int | None = None) -> str:
    """A failure that the user's code began.

    The exception loses its traceback, whose frames hold what the function was given: user code may
    have kept it, also by a name in such a frame.
    """
    printed = _users_traceback(error)
    error.__traceback__ = None
    return _join(message, sample, _name(type(error)), text(error), printed)


def _join(message: str, sample: int | None, *exception: str) -> str:
    parts = [message, "" if sample is None else str(sample), *exception]
    joined = SEPARATOR.join(part.replace(SEPARATOR, "�") for part in parts)
    return joined.encode(errors="backslashreplace").decode()  # Java takes no half of a pair


def describe(error: BaseException) -> str:
    """As Python prints it: type and message."""
    message = text(error)
    return f"{_name(type(error))}: {message}" if message else _name(type(error))


def text(error: BaseException) -> str:
    """What the exception says, also where it fails to say it."""
    try:
        return str(error)
    except Exception as worse:
        return f"(its message cannot be had: {type(worse).__name__})"


def _name(type_: type) -> str:
    module = type_.__module__
    if module in ("builtins", "__main__") or module.startswith(PRIVATE):
        return type_.__qualname__
    return f"{module}.{type_.__qualname__}"


def _users_traceback(error: BaseException) -> str:
    linecache.checkcache()
    try:
        printed = traceback.TracebackException.from_exception(error, compact=True)
        _leave_out_ours(printed)
        told = "".join(printed.format()).rstrip("\n")
        return re.sub(rf"^{PRIVATE}\w+\.", "", told, flags=re.MULTILINE)
    except Exception:  # such as an error of syntax whose line is no number
        return "".join(traceback.format_tb(error.__traceback__)) + describe(error)


def _leave_out_ours(printed: traceback.TracebackException | None) -> None:
    """Leaves the frames of the user's code, also of what an exception came from."""
    if printed is not None:
        printed.stack[:] = [
            frame for frame in printed.stack if not frame.filename.startswith(_OURS)
        ]
        _leave_out_ours(printed.__cause__)
        _leave_out_ours(printed.__context__)
