"""What the C extension module `_headrace` does, through ctypes: for where no C compiler is.

Slower, and different in three things:

- A capsule that is dropped though nobody consumed it ends its loan at the next `settle()`, not at
  once: a capsule's destructor may run while an exception is being raised, and a Python function
  called then would lose that exception. So our capsules have no destructor; `settle` looks for
  those left alone.
- Our deleter takes the GIL, and is taken away from what is still lent when the interpreter ends.
  If a consumer calls it while an exception is being raised, without having put that aside, the
  exception is printed and lost.
- A `Memory` is no buffer itself, as classes of Python cannot be before Python 3.12; both ways have
  `buffer()`.

What runs while the interpreter ends (`__del__`, the deleter) uses nothing by its global name, as
those are taken away before.
"""

from __future__ import annotations

import atexit
import ctypes
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from ctypes import c_char_p, c_int64, c_ubyte, c_void_p, py_object, pythonapi
from functools import cache, lru_cache
from pickle import PickleBuffer
from struct import Struct
from threading import Lock
from typing import Any

VERSION = 2
MAX_RANK = 64
CPU = 1

# ---- The ring ----


class _Ring:
    """Where ends of loans are told."""

    __slots__ = ("_words", "_ended", "_turn")

    def __init__(self) -> None:
        self._words: Any = None
        self._ended: deque[int] = deque()
        self._turn = Lock()

    def use(self, address: int) -> None:
        if address == 0:
            self._words = None
            return
        capacity = c_int64.from_address(address).value
        if capacity < 1 or capacity & (capacity - 1):
            raise ValueError(f"a ring of {capacity} entries, expected a power of two")
        self._words = (c_int64 * (2 + capacity)).from_address(address)

    def tell(self, number: int) -> None:
        """Called from any thread, also by the collector in the middle of itself.

        So nobody waits for a turn: whoever has it tells for all. A word is stored in one piece; the
        release that the reader needs is that of the processor (x86), or of the locks taken here.
        """
        words = self._words
        if words is None:
            return
        ended = self._ended
        ended.append(number)
        while ended and self._turn.acquire(blocking=False):
            try:
                while ended:
                    place = words[1]
                    words[2 + (place & (words[0] - 1))] = ended.popleft()
                    words[1] = place + 1
            finally:
                self._turn.release()


_ring = _Ring()


def use_ring(address: int) -> None:
    """Tells ends of loans to the ring at this address from now on; 0: to nobody.

    int64 words that live as long as the process: capacity (a power of two), tail, entries. An end
    takes the place that tail counts, adds one to tail, and stores its number there. Entries are 0
    when free; no more than capacity loans are out.
    """
    _ring.use(address)


# ---- Loans and memory ----


class Loan:
    """A loan of the engine's memory; when nobody holds it any more, its number goes to the ring.

    It is held by this object, each `Memory` and each capsule.

    :param number: at least 1, or 0 for a loan whose end is not told
    """

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = max(number, 0)
        if number < 0:
            raise ValueError(f"loan number {number} is negative")

    @property
    def capsules(self) -> int:
        """How many capsules hold it: neither dropped and settled, nor given back by a consumer."""
        return sum(loan is self for _, loan in list(_live.values()))

    def __del__(self, tell: Callable[[int], None] = _ring.tell) -> None:
        if self.number:
            tell(self.number)


@cache
def _block(bits: int) -> Any:
    """Types by powers of two: one for each size would make a new type for each ragged sample."""
    return c_ubyte * (1 << bits)


class Memory:
    """Bytes at an address; it and its buffers hold the loan."""

    __slots__ = ("address", "nbytes", "loan", "writable")

    def __init__(self, address: int, nbytes: int, loan: Loan, writable: bool) -> None:
        if nbytes < 0:
            raise ValueError(f"memory of {nbytes} bytes")
        self.address = address
        self.nbytes = nbytes
        self.loan = loan
        self.writable = writable

    def buffer(self) -> Any:
        """A buffer of all bytes, read-only unless writable; it holds the loan: for `np.ndarray`."""
        block = _block(self.nbytes.bit_length()).from_address(self.address)
        block.loan = self.loan
        view = memoryview(block)[: self.nbytes]
        # NumPy looks through a memoryview at what is behind it, which can be written to.
        return PickleBuffer(view if self.writable else view.toreadonly())


# ---- DLPack 1.1, laid out as published ----

_READ_ONLY = 1
# data; device type, device number; rank, code, bits, lanes; shape, strides, byte offset
_TENSOR = "Qii iBBH QQQ"
_UNVERSIONED = Struct(f"={_TENSOR} QQ")  # tensor; owner, deleter
_VERSIONED = Struct(f"=II QQQ {_TENSOR}")  # major, minor; owner, deleter, flags; tensor


def _prototype(name: str, result: Any, *arguments: Any) -> Any:
    # A function object of our own: the one that pythonapi keeps is everybody's.
    return ctypes.PYFUNCTYPE(result, *arguments)((name, pythonapi))


_keep_for_ever = _prototype("Py_IncRef", None, py_object)
_new_capsule = _prototype("PyCapsule_New", py_object, c_void_p, c_void_p, c_void_p)
_name_of = _prototype("PyCapsule_GetName", c_char_p, py_object)
_pointer_of = _prototype("PyCapsule_GetPointer", c_void_p, py_object, c_char_p)
_rename = _prototype("PyCapsule_SetName", ctypes.c_int, py_object, c_void_p)

_Capsule = type(_new_capsule(1, None, None))


def _name(text: bytes) -> int:
    """The address of a name; capsules that have it may outlive this module."""
    characters = ctypes.create_string_buffer(text)
    _keep_for_ever(characters)
    return ctypes.addressof(characters)


_NAMES = _name(b"dltensor"), _name(b"dltensor_versioned")  # by whether it is versioned
_USED_NAMES = _name(b"used_dltensor"), _name(b"used_dltensor_versioned")
_USED = b"used_dltensor", b"used_dltensor_versioned"

# ---- Capsules of ours ----

_live: dict[
    int, tuple[array[int], Loan]
] = {}  # by the address of the managed tensor: its words and its loan


def _delete(
    managed: int,
    live: dict[int, tuple[array[int], Loan]] = _live,
    raise_what_is_in_flight: Callable[[], Any] = _prototype("PyErr_Occurred", c_void_p),
) -> None:
    try:
        raise_what_is_in_flight()
    finally:
        live.pop(managed, None)


# The deleter of all our capsules; it is called after our globals are gone, too.
_deleter = ctypes.CFUNCTYPE(None, c_void_p)(_delete)
_DELETER = ctypes.cast(_deleter, c_void_p).value or 0
_deleter_of_new = _DELETER
_keep_for_ever(_deleter)


@atexit.register
def disarm() -> None:
    """The process ends: what is lent from now on, and what is still lent, is left to its consumers.

    A callback after the interpreter's end would find none. In a JVM, one among the C library's exit
    handlers might wait for ever: for a thread that waits for the JVM, and has the GIL.
    """
    global _deleter_of_new
    _deleter_of_new = 0
    for words, _ in list(_live.values()):
        if _DELETER in words:
            words[words.index(_DELETER)] = 0


@lru_cache(maxsize=1024)
def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a C-contiguous tensor, in elements."""
    if len(shape) > MAX_RANK:
        raise ValueError(f"rank {len(shape)}, expected 0 to {MAX_RANK}")
    for dimension, extent in enumerate(shape):
        if extent < 0:
            raise ValueError(f"extent {extent} at dimension {dimension}")
    strides = []
    step = 1
    for extent in reversed(shape):
        strides.append(step)
        step *= max(extent, 1)
    if step > 2**63 - 1:
        raise ValueError(f"extents of more than {2**63 - 1} elements")
    return tuple(reversed(strides))


@cache
def _with_extents(head: Struct, rank: int) -> tuple[Struct, array[int]]:
    """The layout of a managed tensor with extents and strides behind it; a block of that size."""
    layout = Struct(f"{head.format}{2 * rank}q")
    return layout, array("q", bytes(layout.size))


def _references(entry: tuple[Any, int]) -> int:
    return sys.getrefcount(entry[0])


_ALONE = _references((_new_capsule(1, None, None), 0))
_handed_out: deque[tuple[Any, int]] = deque()  # capsules, each with its managed tensor's address
_settle_above = 64


def to_capsule(
    loan: Loan,
    address: int,
    code: int,
    bits: int,
    shape: tuple[int, ...],
    versioned: bool,
    read_only: bool,
    device_type: int = CPU,
    device_id: int = 0,
) -> Any:
    """A DLPack capsule of C-contiguous memory.

    It holds the loan until it is dropped or its consumer lets go. Strides are filled in, byte
    offset 0, lanes 1. Versioned (1.1), or unversioned, which cannot say that it is read-only.
    """
    global _settle_above
    strides = _contiguous(shape)
    rank = len(shape)
    head = _VERSIONED if versioned else _UNVERSIONED
    layout, block = _with_extents(head, rank)
    words = block[:]
    managed = words.buffer_info()[0]
    extents_at = managed + head.size
    strides_at = extents_at + 8 * rank
    if versioned:
        # fmt: off
        layout.pack_into(
            words, 0, 1, 1, 0, _deleter_of_new, _READ_ONLY if read_only else 0,
            address, device_type, device_id, rank, code, bits, 1, extents_at, strides_at, 0,
            *shape, *strides,
        )
    else:
        layout.pack_into(
            words,
            0,
            address,
            device_type,
            device_id,
            rank,
            code,
            bits,
            1,
            extents_at,
            strides_at,
            0,
            0,
            _deleter_of_new,
            *shape,
            *strides,
        )
        # fmt: on
    _live[managed] = words, loan
    capsule = _new_capsule(managed, _NAMES[1 if versioned else 0], None)
    _handed_out.append((capsule, managed))
    if len(_handed_out) > _settle_above:
        settle()
        _settle_above = 64 + 2 * len(_handed_out)
    return capsule


def settle() -> None:
    """Ends the loans of capsules that were dropped and that nobody consumed."""
    for _ in range(len(_handed_out)):
        try:
            entry = _handed_out.popleft()
        except IndexError:
            return  # another thread settles too
        if _name_of(entry[0]) in _USED:
            continue  # its consumer calls the deleter
        if _references(entry) == _ALONE:
            _delete(entry[1])
        else:
            _handed_out.append(entry)


# ---- Capsules of others ----


class Foreign:
    """A tensor taken from a capsule; given back by `close()`, or when it is dropped, once.

    `address` is that of the first element (byte offset added), `strides` are in elements.
    """

    __slots__ = (
        "address",
        "code",
        "bits",
        "lanes",
        "shape",
        "strides",
        "device_type",
        "device_id",
        "read_only",
        "versioned",
        "_managed",
        "_deleter",
    )

    address: int
    code: int
    bits: int
    lanes: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    device_type: int
    device_id: int
    read_only: bool
    versioned: bool
    _managed: Iterator[int]  # gives it once, whichever thread asks
    _deleter: Callable[[int], Any]

    def close(self) -> None:
        """Gives the tensor back to its producer; later calls do nothing."""
        managed = next(self._managed, None)
        if managed is not None:
            self._deleter(managed)

    __del__ = close


_NOTHING: Iterator[int] = iter(())


def is_capsule(object: Any) -> bool:
    """Whether an object is a PyCapsule."""
    return type(object) is _Capsule


def is_used(capsule: Any) -> bool:
    """Whether a DLPack capsule was consumed."""
    return _name_of(capsule) in _USED


@lru_cache(maxsize=64)
def _foreign_deleter(address: int) -> Callable[[int], Any]:
    if address == _DELETER:
        return _delete
    # The GIL is held, as consumers that are Python objects hold it: some producers rely on it.
    return ctypes.PYFUNCTYPE(None, c_void_p)(address) if address else int


@cache
def _int64s(length: int) -> Any:
    return c_int64 * length


def _tuple_at(address: int, length: int) -> tuple[int, ...]:
    return tuple(_int64s(length).from_address(address)[:])


def _is_versioned(name: bytes | None) -> bool:
    if name == b"dltensor_versioned":
        return True
    if name == b"dltensor":
        return False
    if name in _USED:
        raise ValueError("used")
    told = (
        "a capsule without a name"
        if name is None
        else f"a capsule named {name.decode(errors='replace')}"
    )
    raise ValueError(f"{told}, expected dltensor or dltensor_versioned")


def from_capsule(capsule: Any) -> Foreign:
    """Consumes a DLPack capsule: renames it, so that its tensor is ours to give back.

    :raises ValueError: "used" if it was consumed before, "version 2.0" for a major version that we
        do not know, and for what is no tensor; the capsule is then left as it is, so that its own
        destructor gives the tensor back
    """
    if type(capsule) is not _Capsule:
        raise TypeError(f"expected a PyCapsule, got {type(capsule).__name__}")
    name = _name_of(capsule)
    versioned = _is_versioned(name)
    managed = _pointer_of(capsule, name)
    foreign = Foreign()
    foreign._managed = _NOTHING
    # fmt: off
    if versioned:
        (
            major, minor, _, deleter, flags,
            data, foreign.device_type, foreign.device_id,
            rank, foreign.code, foreign.bits, foreign.lanes, shape_at, strides_at, byte_offset,
        ) = _VERSIONED.unpack_from(_int64s(10).from_address(managed))
        if major != 1:
            raise ValueError(f"version {major}.{minor}")
        foreign.read_only = flags & _READ_ONLY != 0
    else:
        (
            data, foreign.device_type, foreign.device_id,
            rank, foreign.code, foreign.bits, foreign.lanes, shape_at, strides_at, byte_offset,
            _, deleter,
        ) = _UNVERSIONED.unpack_from(_int64s(8).from_address(managed))
        foreign.read_only = False
    # fmt: on
    if not 0 <= rank <= MAX_RANK:
        raise ValueError(f"rank {rank}, expected 0 to {MAX_RANK}")
    if rank and not shape_at:
        raise ValueError(f"rank {rank} without extents")
    shape = _tuple_at(shape_at, rank)
    if not strides_at:
        strides = _contiguous(shape)
    else:
        strides = _tuple_at(strides_at, rank)
        for dimension, extent in enumerate(shape):
            if extent < 0:
                raise ValueError(f"extent {extent} at dimension {dimension}")
    foreign.address = data + byte_offset
    foreign.shape = shape
    foreign.strides = strides
    foreign.versioned = versioned
    foreign._deleter = _foreign_deleter(deleter)
    _rename(capsule, _USED_NAMES[versioned])
    foreign._managed = iter((managed,))
    return foreign
