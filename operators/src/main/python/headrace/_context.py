"""What a function may ask about the call that it is in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from math import prod
from operator import index
from typing import Any

import numpy as np

from headrace import _native
from headrace._device import Queue
from headrace._tensor import Input, Tensor
from headrace._types import BY_DTYPE, BYTES

_MOST_ELEMENTS = 1 << 52
_here = threading.local()


def asked(question: Callable[..., Any], *about: Any) -> Any:
    """What the Java side answers.

    Raises MemoryError if it refuses: in this process that is an exception of Java's.
    """
    try:
        return question(*about)
    except RuntimeError as refusal:
        raise MemoryError(str(refusal).partition(": ")[2]) from None  # without its class


class Gift:
    """What empty() gave: an array over the pipeline's own memory, or on a device a tensor."""

    __slots__ = ("memory", "number", "given")

    def __init__(self, memory, number, given):
        self.memory = memory
        self.number = number
        self.given = given


class Block:
    """The memory of all samples of an output, where their spec is foreseen."""

    __slots__ = ("memory", "type", "shape", "stride", "given")

    def __init__(self, memory, type_, shape):
        self.memory = memory
        self.type = type_
        self.shape = shape
        self.stride = BYTES[type_] * prod(shape)
        self.given: dict[int, Gift] = {}  # by sample, what empty() gave of it

    def fits(self, type_: int, shape: tuple[int, ...]) -> bool:
        return type_ == self.type and shape == self.shape


class Call:
    """One request that is being worked on."""

    __slots__ = (
        "node",
        "count",
        "first",
        "batch_size",
        "iteration",
        "epoch",
        "device",
        "inputs",
        "sample",
        "_seeds",
        "_blocks",
        "lent",
    )

    def __init__(self, node, count, first, batch_size_, iteration_, epoch_, device=None):
        self.node = node
        self.count = count
        self.first = first
        self.batch_size = batch_size_
        self.iteration = iteration_
        self.epoch = epoch_
        self.device: Queue | None = device  # None on the host
        self.inputs: list[Any] = []
        self.sample: int | None = None  # of this request; None in batch mode
        self._seeds: list[int] | None = None
        self._blocks: dict[int, Block | None] = {}
        self.lent: dict[int, Gift] = {}  # by address, what empty() gave beside the blocks

    def seed(self) -> int:
        if self._seeds is None:
            self._seeds = [int(text) for text in self.node.lender.seeds().split()]
        return self._seeds[self.sample or 0]

    def block(self, output: int) -> Block | None:
        """The block of an output, asked for once."""
        if output not in self._blocks:
            self._blocks[output] = self._ask_for_block(output)
        return self._blocks[output]

    def block_if_asked(self, output: int) -> Block | None:
        """The block of an output, if it was asked for in this call."""
        return self._blocks.get(output)

    def _ask_for_block(self, output: int) -> Block | None:
        answer = asked(self.node.lender.block, output)
        if not answer:
            return None
        address, loan, type_, *extents = map(int, answer.split())
        shape = tuple(extents)
        volume = prod(shape)
        memory = _native.Memory(
            address + self.node.write_base,
            self.count * volume * BYTES[type_],
            _native.Loan(loan),
            True,
        )
        return Block(memory, type_, shape)

    def lend(self, nbytes: int) -> tuple[Any, int]:
        """Memory of the pipeline's own, and its number."""
        address, loan = map(int, asked(self.node.lender.lend, nbytes).split())
        address += self.node.write_base
        return _native.Memory(address, nbytes, _native.Loan(loan), True), loan

    def empty(self, shape: tuple[int, ...], type_: int, dtype: np.dtype) -> np.ndarray | Tensor:
        nbytes = BYTES[type_] * prod(shape)
        if self.sample is not None:
            for output in range(self.node.outputs):
                block = self.block(output)
                if block and block.fits(type_, shape) and self.sample not in block.given:
                    offset = self.sample * block.stride
                    memory = _native.Memory(
                        block.memory.address + offset, nbytes, block.memory.loan, True
                    )
                    given = self._given(memory, type_, shape, dtype)
                    block.given[self.sample] = Gift(memory, 0, given)
                    return given
        memory, number = self.lend(nbytes)
        given = self._given(memory, type_, shape, dtype)
        self.lent[memory.address] = Gift(memory, number, given)
        return given

    def _given(self, memory, type_, shape, dtype) -> np.ndarray | Tensor:
        if self.device is None:
            return np.ndarray(shape, dtype, memory.buffer())
        source = Input(
            memory.loan, type_, "", shape, 0, memory, device=self.device, writable=True
        )
        return Tensor(source, 0)


def enter(call: Call) -> Call | None:
    """Begins a call on this thread; returns the one that it stands in."""
    outer = getattr(_here, "call", None)
    _here.call = call
    return outer


def leave(outer: Call | None) -> None:
    """Ends a call on this thread."""
    _here.call = outer


def _call(name: str) -> Call:
    call = getattr(_here, "call", None)
    if call is None:
        raise RuntimeError(
            f"headrace.{name}() is known only inside a function that Headrace calls, "
            "on the thread that it is called on"
        )
    return call


def batch_size() -> int:
    """The number of samples of the batch that the call belongs to."""
    return _call("batch_size").batch_size


def iteration() -> int:
    """The iteration, counted from 0 over the life of the pipeline."""
    return _call("iteration").iteration


def epoch() -> int:
    """The epoch, from 0."""
    return _call("epoch").epoch


def sample_index() -> int:
    """The sample's place in its batch, from 0.

    Raises RuntimeError in batch mode, where a call has all samples.
    """
    call = _call("sample_index")
    if call.sample is None:
        raise RuntimeError("in batch mode a call has all samples, not one of an index")
    return call.first + call.sample


def seed() -> int:
    """A seed from 0 to 2^63 − 1: another one for each sample (in batch mode, for each batch), the
    same ones in each run."""
    return _call("seed").seed()


def current_stream() -> int | None:
    """The CUDA stream of the node, None on the host and outside a call."""
    device = _here_on_device()
    return None if device is None else device.stream


def current_device() -> int | None:
    """The number of the CUDA device that the node runs on, None on the host and outside a call."""
    device = _here_on_device()
    return None if device is None else device.number


def _here_on_device() -> Queue | None:
    call = getattr(_here, "call", None)
    return None if call is None else call.device


def empty(shape: int | tuple[int, ...], dtype: Any) -> np.ndarray | Tensor:
    """An array of undefined content in the pipeline's own memory: returned, it is not copied.

    On a device it is a Tensor that may be written; return it itself, not what another library
    makes of it.

    Sample by sample it is the sample's place in the batch, where its shape is known from batches
    before. It may be kept and reused: a result that is still held when it is returned is copied.

    Raises TypeError for an element type that Headrace does not have, ValueError for a negative
    extent.
    """
    call = _call("empty")
    extents = tuple(map(index, shape)) if isinstance(shape, Iterable) else (index(shape),)
    if any(extent < 0 for extent in extents):
        raise ValueError(f"an extent of {extents} is negative")
    if prod(extents) > _MOST_ELEMENTS:
        raise ValueError(f"extents {extents} make more than {_MOST_ELEMENTS} elements")
    numpy_type = np.dtype(dtype)
    number = BY_DTYPE.get(numpy_type)
    if number is None:
        raise TypeError(f"{numpy_type} has no element type in Headrace")
    return call.empty(extents, number, numpy_type)
