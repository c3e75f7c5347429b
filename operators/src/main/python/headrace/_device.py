"""Streams of CUDA devices: which awaits which, and which use the engine's memory.

The driver is called by ctypes; it is found, with its contexts, as the engine has found it.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int64, c_void_p
from functools import cache
from operator import index
from threading import Lock
from typing import Any

CUDA = 2  # DLPack's kDLCUDA
_LEGACY, _PER_THREAD = 1, 2  # streams of the driver: the default one, and that of each thread
_NO_TIMING = 2  # CU_EVENT_DISABLE_TIMING


@cache
def _driver() -> Any:
    return ctypes.CDLL("libcuda.so.1")


def _call(function: str, *arguments: Any) -> None:
    code = getattr(_driver(), function)(*arguments)
    if code:
        texts = []
        for tell in ("cuGetErrorString", "cuGetErrorName"):
            text = c_char_p()
            getattr(_driver(), tell)(code, ctypes.byref(text))
            texts.append((text.value or b"unknown").decode())
        raise RuntimeError(f"{function} failed: {texts[0]} ({texts[1]}, error {code})")


class Queue:
    """The stream of a node that runs on a device."""

    __slots__ = ("number", "context", "stream")

    def __init__(self, number: int, context: int, stream: int) -> None:
        self.number = number
        self.context = context
        self.stream = stream

    def order(self, first: int, second: int) -> None:
        """Has a stream begin what it is given from now on when another has done what it has."""
        event = c_void_p()
        _call("cuCtxPushCurrent_v2", c_void_p(self.context))
        try:
            _call("cuEventCreate", ctypes.byref(event), _NO_TIMING)
            try:
                _call("cuEventRecord", event, c_void_p(first))
                _call("cuStreamWaitEvent", c_void_p(second), event, 0)
            finally:
                _call("cuEventDestroy_v2", event)  # once it has come
        finally:
            _call("cuCtxPopCurrent_v2", None)

    def hand_over(self, input_: Any, stream: int | None) -> None:
        """Has a consumer's stream begin after this one, and notes that it uses an input's memory.

        :param stream: as `__dlpack__` is given it: None and 1 are the legacy default stream, 2 is
            that of each thread, −1 asks for no order
        """
        consumer = _LEGACY if stream is None else index(stream)
        if consumer == 0 or consumer < -1:
            raise ValueError(f"stream {consumer}; the default stream is 1 or 2")
        if consumer in (-1, self.stream):
            return
        self.order(self.stream, consumer)
        if consumer == _PER_THREAD:
            consumer = _LEGACY  # it waits for those of all threads
        if consumer not in input_.users:
            _users.tell(input_.loan.number, consumer)
            input_.users.add(consumer)


class _Users:
    """Where it is told which streams use a loan, each once."""

    def __init__(self) -> None:
        self._words: Any = None
        self._turn = Lock()

    def use(self, address: int) -> None:
        capacity = c_int64.from_address(address).value
        self._words = (c_int64 * (2 + 2 * capacity)).from_address(address)

    def tell(self, loan: int, stream: int) -> None:
        words = self._words
        if words is None or not loan:
            return
        with self._turn:
            place = 2 + 2 * (words[1] % words[0])
            if words[place]:
                raise BufferError(
                    f"{words[0]} uses of the pipelines' memory by other streams in one call"
                )
            words[place + 1] = stream
            words[place] = loan
            words[1] += 1


_users = _Users()


def use_users(address: int) -> None:
    """Tells uses of loans to the ring at this address from now on.

    int64 words that live as long as the process: capacity, tail, and that many pairs (loan,
    stream), whose loan is 0 when free. A use is told before the end of its loan is.
    """
    _users.use(address)
