"""Calls a user's function for a request of the Java side, and answers with what it returned.

The form of requests and responses is that of `dev.headrace.operators.python.Request` and
`Response`: words of 64 bits. A failure is a text instead (see `_failure`).
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import itertools
import operator
import sys
from collections.abc import Callable
from typing import Any

from headrace import _context, _failure, _native
from headrace._context import Call
from headrace._device import Queue
from headrace._failure import Refusal
from headrace._load import Config, load, place, unload
from headrace._results import Results, described
from headrace._tensor import Input, Tensor
from headrace._types import BYTES

_STRIDED, _APART, _DENSE = range(3)

_nodes: dict[int, Node] = {}
_numbers = itertools.count(1)
_kept: dict[int, Any] = {}
_handles = itertools.count(1)


def open_node(config: str, lender: Any) -> int | str:
    """Loads a node's function; returns the node's number, or a failure."""
    told = Config.of(config)
    try:
        node = Node(told, lender)
    except Refusal as refusal:
        return _failure.plain(str(refusal))
    except BaseException as error:
        where = place(told)
        message = f"{where} could not be loaded: {_failure.describe(error)}"
        if isinstance(error, ModuleNotFoundError):
            message += f" in {sys.executable}"
        return _failure.raised(message, error)
    number = next(_numbers)
    _nodes[number] = node
    return number


def set_bases(number: int, read: int, write: int) -> None:
    """In a worker process addresses are offsets in shared memory: says where inputs and outputs
    begin."""
    _nodes[number].read_base = read
    _nodes[number].write_base = write


def close_node(number: int) -> None:
    """Forgets a node. What was kept for it stays until it is released."""
    unload(_nodes.pop(number).module)
    _native.settle()


def collect() -> None:
    """Looks for what nobody can reach any more, such as a node's own module: its functions hold it,
    and it holds them."""
    gc.collect()
    _native.settle()


def release(handles: Any) -> None:
    """Lets go of results that nobody reads any more."""
    for handle in handles:
        _kept.pop(handle, None)  # where a call broke, it is said again


def kept() -> int:
    """How many results Python keeps for the pipelines."""
    return len(_kept)


def run(number: int, words: list[int]) -> bytes | str:
    """Works on a request."""
    return _nodes[number].run(words)


def run_at(number: int, address: int, length: int) -> bytes | str:
    """Works on a request that lies at an address."""
    return _nodes[number].run((ctypes.c_int64 * length).from_address(address)[:])


class Node:
    """A function, and how it is called."""

    def __init__(self, config: Config, lender: Any):
        library = {"TORCH": "torch", "CUPY": "cupy"}.get(config.view)
        if library is not None and importlib.util.find_spec(library) is None:
            raise Refusal(
                f"view {config.view} needs {library}, which {sys.executable} does not have"
            )
        self.function, self.module = load(config)
        self.function_name = config.function
        self.batch = config.batch
        self.outputs = config.outputs
        self.adopt = config.adopt
        self.in_worker = config.worker
        self.progress: Callable[[int], None] | None = lender.progress if config.progress else None
        self.lender = lender
        self.read_base = 0
        self.write_base = 0
        self.see, self.is_untouched = _VIEWS[config.view]
        self.pending: list[Any] = []

    def keep(self, result: Any) -> int:
        """Keeps a result until Java releases it."""
        handle = next(_handles)
        _kept[handle] = result
        return handle

    def run(self, words: list[int]) -> bytes | str:
        self.pending = []  # Java has copied it
        call = self._call(words)
        results = Results(self, call)
        outer = _context.enter(call)
        try:
            failure = self._batch(results) if self.batch else self._samples(results)
        finally:
            _context.leave(outer)
            _native.settle()
        if failure is not None:
            self._forget(results)
            return failure
        self.pending = results.pending
        return results.words()

    def _forget(self, results: Results) -> None:
        for handle in results.kept:
            _kept.pop(handle, None)

    def _call(self, words: list[int]) -> Call:
        count, first, batch_size, iteration, epoch, inputs, device, context, stream = words[:9]
        at = 10 + words[9]
        release(words[10:at])
        queue = None if device < 0 else Queue(device, context, stream)
        call = Call(self, count, first, batch_size, iteration, epoch, queue)
        for _ in range(inputs):
            source, at = self._input(words, at, count)
            source.device = queue
            call.inputs.append(source)
        return call

    def _input(self, words: list[int], at: int, count: int) -> tuple[Input, int]:
        kind, type_, loan, letters = words[at : at + 4]
        at += 4
        layout = "".join(map(chr, words[at : at + letters]))
        at += letters
        rank = words[at]
        at += 1
        handle = _native.Loan(loan)
        width = BYTES[type_]
        if kind == _APART:
            apart = []
            for _ in range(count):
                shape = tuple(words[at + 1 : at + 1 + rank])
                address = words[at] + self.read_base
                apart.append((_native.Memory(address, _bytes(shape, width), handle, False), shape))
                at += 1 + rank
            return Input(handle, type_, layout, None, 0, None, apart, count), at
        address = words[at] + self.read_base
        stride = words[at + 1]
        shape = tuple(words[at + 2 : at + 2 + rank])
        at += 2 + rank
        nbytes = _bytes(shape, width)
        if kind == _DENSE:
            memory = _native.Memory(address, nbytes, handle, False)
            return Input(handle, type_, layout, shape, 0, memory, dense=True), at
        whole = stride * (count - 1) + nbytes if count else 0
        memory = _native.Memory(address, whole, handle, False)
        return Input(handle, type_, layout, shape, stride, memory, None, count), at

    # ---- a call for each sample

    def _samples(self, results: Results) -> str | None:
        call = results.call
        function = self.function
        outputs = self.outputs
        sample = 0
        try:
            views = [self.see(source) for source in call.inputs]
            for sample, given in enumerate(zip(*views) if views else [()] * call.count):
                call.sample = sample
                if self.progress is not None:
                    self.progress(call.first + sample)
                value = function(*given)
                if outputs == 1:
                    if not self._is_view(results, value, given, sample, 0):
                        values = self._one(value)
                        value = None
                        results.take(values, 0, 0, sample)
                elif outputs:
                    values = self._several(value)
                    value = None
                    for output in range(outputs):
                        if not self._is_view(results, values[output], given, sample, output):
                            results.take(values, output, output, sample)
                value = None
        except Refusal as refusal:
            return _failure.plain(str(refusal), call.first + sample)
        except BaseException as error:
            return self._raised(error, call.first + sample)
        return None

    def _is_view(self, results: Results, value: Any, given: Any, sample: int, output: int) -> bool:
        """Notes a result that is the function's own input, as it was given."""
        for number, view in enumerate(given):
            if value is view:
                source = results.call.inputs[number]
                if not self.is_untouched(view, source, sample):
                    return False
                results.same(number, sample, output)
                return True
        return False

    def _one(self, value: Any) -> list[Any]:
        if value is None:
            raise Refusal(f"{self.function_name} returned None, expected 1 output")
        if isinstance(value, tuple):
            if len(value) != 1:
                raise self._wrong_number(len(value))
            return list(value)
        return [value]

    def _several(self, value: Any) -> list[Any]:
        name = self.function_name
        if value is None:
            raise Refusal(f"{name} returned None, expected {self.outputs} outputs")
        if type(value) is list:
            raise Refusal(f"{name} returned a list; several outputs are returned as a tuple")
        if not isinstance(value, tuple):
            raise self._wrong_number(1)
        if len(value) != self.outputs:
            raise self._wrong_number(len(value))
        return list(value)

    def _wrong_number(self, returned: int) -> Refusal:
        return Refusal(
            f"{self.function_name} returned {_count(returned, 'output')}, expected {self.outputs}"
        )

    # ---- one call for all

    def _batch(self, results: Results) -> str | None:
        call = results.call
        try:
            views = [self.see(source) for source in call.inputs]
            value = self.function(
                *[
                    view[0] if source.dense else list(view)
                    for view, source in zip(views, call.inputs)
                ]
            )
            if self.outputs == 1:
                values = self._one_of_batch(value)
            elif self.outputs:
                values = self._several(value)
            else:
                values = []
            value = None
            for output in range(self.outputs):
                self._take_batch(results, values, output, views)
        except Refusal as refusal:
            return _failure.plain(str(refusal), refusal.sample)
        except BaseException as error:
            return self._raised(error, None)
        return None

    def _one_of_batch(self, value: Any) -> list[Any]:
        if value is None:
            raise Refusal(f"{self.function_name} returned None, expected 1 output")
        if not isinstance(value, tuple):
            return [value]
        if len(value) == 1 and type(value[0]) in (list, tuple):
            return list(value)
        if value and all(type(each) in (list, tuple) for each in value):
            raise self._wrong_number(len(value))
        return [list(value)]  # a tuple of N

    def _take_batch(
        self, results: Results, values: list[Any], output: int, views: list[list[Any]]
    ) -> None:
        call = results.call
        count = call.count
        if type(values[output]) not in (list, tuple):
            for number, source in enumerate(call.inputs):
                view = views[number][0]
                if source.dense and values[output] is view and self.is_untouched(view, source, 0):
                    return results.same_dense(number, output)
            if not results.take_dense(values, output, output):
                raise Refusal(
                    f"{self.function_name} returned {_shaped(values[output])} for output "
                    f"{output}, expected a list of {_count(count, 'tensor')} or one tensor with "
                    f"a leading {count}"
                )
            return
        samples = list(values[output])
        values[output] = None
        if len(samples) != count:
            raise Refusal(
                f"{self.function_name} returned {_count(len(samples), 'tensor')} for output "
                f"{output}, expected {count}, one a sample"
            )
        lists = [view for view, source in zip(views, call.inputs) if not source.dense]
        for number, view in enumerate(lists):
            if all(map(operator.is_, samples, view)) and all(
                map(self.is_untouched, view, itertools.repeat(call.inputs[number]), range(count))
            ):
                return results.same_all(number, output)
        for sample in range(count):
            try:
                given = [view[sample] for view in lists]
                if not self._is_view(results, samples[sample], given, sample, output):
                    results.take(samples, sample, output, sample)
            except Refusal as refusal:
                refusal.sample = call.first + sample
                raise

    def _raised(self, error: BaseException, sample: int | None) -> str:
        if self.in_worker and isinstance(error, SystemExit):
            raise error  # the process ends, as the function asks
        message = f"{self.function_name} raised {_failure.describe(error)}"
        return _failure.raised(message, error, sample)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _shaped(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return described(value) + (f" of shape {tuple(shape)}" if shape is not None else "")


def _bytes(shape: tuple[int, ...], width: int) -> int:
    for extent in shape:
        width *= extent
    return width


# ---- views: the samples of an input, in the form that the function is to see


def _tensors(source: Input) -> list[Any]:
    return [Tensor(source, sample) for sample in range(source.count)]


def _capsules(source: Input) -> list[Any]:
    return [source.capsule(sample, False) for sample in range(source.count)]


def _torch_tensors(source: Input) -> list[Any]:
    import torch

    return [torch.from_dlpack(tensor) for tensor in _tensors(source)]


def _cupy_arrays(source: Input) -> list[Any]:
    import cupy

    return [cupy.from_dlpack(tensor) for tensor in _tensors(source)]


# how an input is seen; and whether a view is still as it was given, since some can be changed
_VIEWS: dict[str, tuple[Callable[[Input], list[Any]], Callable[[Any, Input, int], bool]]] = {
    "DLPACK": (_capsules, lambda view, source, sample: not _native.is_used(view)),
    "TENSOR": (_tensors, lambda view, source, sample: True),
    "NUMPY": (Input.arrays, lambda view, source, sample: source.is_shown_by(view, sample)),
    "TORCH": (_torch_tensors, lambda view, source, sample: False),
    "CUPY": (_cupy_arrays, lambda view, source, sample: False),
}
