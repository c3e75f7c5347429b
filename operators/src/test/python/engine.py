"""The Java side of a node, as far as tests of the Python side need one: memory is NumPy's."""

import ctypes
import sys
from types import ModuleType
from typing import NamedTuple

import numpy as np

from headrace import _native, _trampoline
from headrace._types import BY_DTYPE, NAMES

STATUS = "SAME", "WITHIN", "SLOT", "MADE", "LENT", "KEPT", "COPY"


class Entry(NamedTuple):
    """What is said of one result."""

    status: str
    type: str
    shape: tuple
    strides: tuple
    a: int
    b: int


class Failed(Exception):
    """What is said instead: the message, the sample or "", and of an exception its parts."""


class Engine:
    """Opens a node with a function, runs it on arrays, and understands what it answers."""

    def __init__(
        self, function, view="NUMPY", outputs=1, batch=False, adopt=False, worker=False, block=None
    ):
        module = sys.modules["function_under_test"] = ModuleType("function_under_test")
        module.f = function
        self.block_memory = block  # of output 0: an array with a leading N
        self.memory = {}  # by loan
        self.asked = []
        self.held = []  # what the request shows
        flags = (str(flag).lower() for flag in (batch, adopt, worker, True))
        config = "module", "function_under_test", "f", "augment", view, str(outputs), *flags
        self.number = _trampoline.open_node("\x1f".join(config), self)
        self.outputs = outputs

    def close(self):
        _trampoline.close_node(self.number)

    # ---- what Python asks

    def progress(self, sample):
        self.asked.append(f"progress {sample}")

    def block(self, output):
        self.asked.append(f"block {output}")
        if self.block_memory is None or output != 0:
            return ""
        memory = self.block_memory
        extents = " ".join(map(str, memory.shape[1:]))
        return f"{memory.ctypes.data} 1000 {BY_DTYPE[memory.dtype]} {extents}".rstrip()

    def lend(self, nbytes):
        loan = 2000 + len(self.memory)
        self.memory[loan] = np.zeros(nbytes, np.uint8)
        self.asked.append(f"lend {nbytes}")
        return f"{self.memory[loan].ctypes.data} {loan}"

    def make(self, output, sample, spec):
        self.asked.append(f"make {output} {sample} {spec}")
        self.memory[output, sample] = made = np.zeros(1 << 10, np.uint8)
        return str(made.ctypes.data)

    def seeds(self):
        self.asked.append("seeds")
        return " ".join(str(100 + sample) for sample in range(self.count))

    # ---- a request

    def run(
        self, *inputs, count=3, first=0, batch_size=None, iteration=5, epoch=2, release=(), dense=()
    ):
        """Runs the function on inputs, each a list of arrays; those in `dense` are one array.

        Their loans are 1, 2 and so on. Raises Failed.
        """
        self.count = count
        self.held = inputs
        words = [count, first, batch_size or count, iteration, epoch, len(inputs)]
        words += [-1, 0, 0, len(release), *release]  # on the host
        for number, samples in enumerate(self.held):
            words += self._input(samples, number + 1, number in dense)
        words = (ctypes.c_int64 * len(words))(*words)
        answer = _trampoline.run_at(self.number, ctypes.addressof(words), len(words))
        if isinstance(answer, str):
            raise Failed(*answer.split("\x1f"))
        return self._read(answer)

    @staticmethod
    def _input(samples, loan, dense):
        """An array of all samples lies in one block, a list of arrays apart."""
        one = samples if isinstance(samples, np.ndarray) else samples[0]
        rank = one.ndim - (1 if one is samples and not dense else 0)
        layout = "HWC"[:rank] if rank <= 3 else ""
        head = [BY_DTYPE[one.dtype], loan, len(layout), *map(ord, layout), rank]
        if dense:
            return [2, *head, one.ctypes.data, 0, *one.shape]
        if one is samples:
            return [0, *head, one.ctypes.data, one.strides[0], *one.shape[1:]]
        words = [1, *head]
        for sample in samples:
            words += [sample.ctypes.data, *sample.shape]
        return words

    def _read(self, answer):
        words = iter(memoryview(answer).cast("q").tolist())
        specs = []
        for _ in range(next(words)):
            type_, rank = next(words), next(words)
            extents = tuple(next(words) for _ in range(rank))
            specs.append((NAMES[type_], extents, tuple(next(words) for _ in range(rank))))
        read = []
        for _ in range(self.outputs):
            form = next(words)
            if form == 2:
                read.append(next(words))
                continue
            entries = []
            for _ in range(1 if form == 1 else self.count):
                status, spec, a, b = (next(words) for _ in range(4))
                entries.append(Entry(STATUS[status], *specs[spec], a, b))
            read.append(entries[0] if form == 1 else entries)
        assert next(words, None) is None
        return read


def use(native, monkeypatch):
    """Lets the package take one way of `headrace._native`."""
    for name in _native.__all__:
        if hasattr(native, name) and name != "VERSION":
            monkeypatch.setattr(_native, name, getattr(native, name))
