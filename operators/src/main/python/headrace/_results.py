"""What a function returned: checked, and taken over with as little copying as is safe.

DLPack shares memory, it does not hand it over. So a result is taken as it is only where nobody
else can write to it any more; all else is copied before the function runs again.
"""

from __future__ import annotations

import sys
import weakref
from array import array
from typing import Any

import numpy as np

from headrace import _native
from headrace._context import Call, Gift, asked
from headrace._device import CUDA
from headrace._failure import Refusal
from headrace._tensor import Tensor
from headrace._types import (
    BY_DTYPE,
    BYTES,
    RAW,
    by_code,
    code_name,
    contiguous_strides,
)

SAME, WITHIN, SLOT, MADE, LENT, KEPT, COPY = range(7)
_LIST, _DENSE, _INPUT = 0, 1, 2
_HOST = (1, 3)  # DLPack's kDLCPU and kDLCUDAHost

# what getrefcount shows of an array that only a list holds: it depends on the version of CPython
_alone = [np.empty(1)]
_HELD_BY_LIST = sys.getrefcount(_alone[0])


class _Raw:
    """Memory at an address as NumPy takes it, of a type that only has the right width."""

    __slots__ = ("__array_interface__",)

    def __init__(self, address: int, shape, strides, width: int, read_only: bool):
        self.__array_interface__ = {
            "version": 3,
            "data": (address, read_only),
            "shape": shape,
            "strides": strides,
            "typestr": RAW[width].str,
        }


def _raw(address, shape, strides, width, read_only=True) -> np.ndarray:
    if 0 in shape:
        return np.empty(shape, RAW[width])
    return np.asarray(_Raw(address, shape, strides, width, read_only))


class Result:
    """One tensor that was returned: where it lies, and what keeps it there."""

    __slots__ = (
        "holder",
        "others",
        "type",
        "shape",
        "address",
        "strides",
        "dense",
        "own",
        "elsewhere",
    )

    def __init__(self, holder, others, type_, shape, address, strides, own, elsewhere=False):
        self.holder = holder
        self.others = others  # how many more hold it
        self.type = type_
        self.shape = shape
        self.address = address
        self.strides = strides  # in bytes
        self.own = own  # whether the array itself owns its memory, alone
        self.elsewhere = elsewhere  # whether it lies on the host, and the node on a device
        self.dense = own or _is_dense(shape, strides, BYTES[type_])

    def raw(self) -> np.ndarray:
        return _raw(self.address, self.shape, self.strides, BYTES[self.type])

    def nbytes(self) -> int:
        volume = BYTES[self.type]
        for extent in self.shape:
            volume *= extent
        return volume


def _is_dense(shape, strides, width) -> bool:
    step = width
    for extent, stride in zip(reversed(shape), reversed(strides)):
        if extent == 0:
            return True
        if extent != 1 and stride != step:
            return False
        step *= extent
    return True


class Results:
    """The answer to one request, as it grows."""

    def __init__(self, node, call: Call):
        self.node = node
        self.call = call
        self.entries: list[list[int]] = [[] for _ in range(node.outputs)]
        # by output: an input whose samples were returned one after the other so far, and how many
        self.runs: list[tuple[int, int]] = [(-1, 0)] * node.outputs
        self.forms = [_LIST] * node.outputs
        self.specs: dict[tuple, int] = {}
        self.kept: list[int] = []
        self.pending: list[Any] = []  # what Java copies before the next call
        self._ranges: list[tuple[int, int]] | None = None

    def words(self) -> bytes:
        """The answer's bytes."""
        for output, (_, length) in enumerate(self.runs):
            if length != self.call.count:
                self._write_run(output)
        words = [len(self.specs)]
        for type_, shape, strides in self.specs:
            words += (type_, len(shape), *shape, *strides)
        for form, entries, (input_, length) in zip(self.forms, self.entries, self.runs):
            if length and length == self.call.count and not entries:
                words += (_INPUT, input_)
            else:
                words.append(form)
                words += entries
        return array("q", words).tobytes()

    # ---- sample by sample

    def take(self, values: list[Any], index: int, output: int, sample: int) -> None:
        """Takes one sample's result of an output: values[index], which it removes."""
        others = sys.getrefcount(values[index]) - _HELD_BY_LIST
        value = values[index]
        values[index] = None
        if type(value) is Tensor and self._same(value, output):
            return
        self._put(self._read(value, output, others), output, sample)

    def take_dense(self, values: list[Any], index: int, output: int) -> bool:
        """Takes one tensor with a leading N for all samples: values[index], if it is one."""
        others = sys.getrefcount(values[index]) - _HELD_BY_LIST
        if not _is_tensor(values[index]):
            return False
        result = self._read(values[index], output, others)
        if not result.shape or result.shape[0] != self.call.count:
            _let_go(result)
            return False
        self.forms[output] = _DENSE
        self._put(result, output, None)
        return True

    def same(self, input_: int, sample: int, output: int) -> None:
        """The result is the view of an input itself."""
        known, length = self.runs[output]
        if length == sample and (known == input_ or not length) and not self.entries[output]:
            self.runs[output] = input_, length + 1
        else:
            self._write_run(output)
            self._write_same(input_, sample, output)

    def same_all(self, input_: int, output: int) -> None:
        """The results are the views of an input, one after the other."""
        self.runs[output] = input_, self.call.count

    def _write_run(self, output: int) -> None:
        known, length = self.runs[output]
        self.runs[output] = -1, 0
        for sample in range(length):
            self._write_same(known, sample, output)

    def _write_same(self, input_: int, sample: int, output: int) -> None:
        source = self.call.inputs[input_]
        shape = source.place(sample)[2]
        self.entries[output] += (SAME, self._spec(source.type, shape), input_, sample)

    def same_dense(self, input_: int, output: int) -> None:
        """The result is the view of a whole input itself."""
        self.forms[output] = _DENSE
        self._write_same(input_, 0, output)

    def _same(self, tensor: Tensor, output: int) -> bool:
        for number, source in enumerate(self.call.inputs):
            if tensor._input is source and tensor._sample < source.count:
                self.same(number, tensor._sample, output)
                return True
        return False

    def _spec(self, type_: int, shape, strides=None) -> int:
        if strides is None:
            strides = contiguous_strides(shape, BYTES[type_])
        return self.specs.setdefault((type_, shape, strides), len(self.specs))

    def _add(self, output: int, status: int, result: Result, a: int = 0, b: int = 0) -> None:
        if self.runs[output][1]:
            self._write_run(output)
        strides = result.strides if status == COPY else None
        self.entries[output] += (status, self._spec(result.type, result.shape, strides), a, b)

    # ---- where it may stay, or goes

    def _put(self, result: Result, output: int, sample: int | None) -> None:
        node = self.node
        if result.dense and not result.elsewhere:
            if self._is_within(result):
                self._add(output, WITHIN, result, result.address - node.read_base)
                _let_go(result)
                return
            if self._took_empty(result, output, sample):
                return
            if not node.in_worker and (result.own or node.adopt) and result.nbytes():
                handle = node.keep(result.holder)
                self.kept.append(handle)
                self._add(output, KEPT, result, result.address, handle)
                return
        if self.call.device is not None:
            self._copy(result, output, sample)
        elif self.call.sample is None and not node.in_worker:
            self.pending.append(result.holder)
            self._add(output, COPY, result, result.address)
        else:
            self._copy(result, output, sample)
            _let_go(result)

    def _is_within(self, result: Result) -> bool:
        if result.own:
            return False
        if self._ranges is None:
            self._ranges = [
                (memory.address, memory.address + memory.nbytes)
                for source in self.call.inputs
                for memory in source.memories()
            ]
        end = result.address + result.nbytes()
        return any(
            start <= result.address and end <= stop for start, stop in self._ranges
        ) and result.nbytes() > 0

    def _took_empty(self, result: Result, output: int, sample: int | None) -> bool:
        """Takes what empty() made, if nobody but the function's result holds it."""
        call = self.call
        gift = call.lent.get(result.address)
        if gift is not None and _is_free(gift, result):
            self._add(output, LENT, result, result.address - self.node.write_base, gift.number)
            del call.lent[result.address]  # what is returned again is copied
            return True
        block = call.block_if_asked(output)
        if block is None or sample is None or not block.fits(result.type, result.shape):
            return False
        gift = block.given.get(sample)
        if gift is None or result.address != gift.memory.address or not _is_free(gift, result):
            return False
        self._add(output, SLOT, result)
        return True

    def _copy(self, result: Result, output: int, sample: int | None) -> None:
        call = self.call
        block = call.block(output)
        width = BYTES[result.type]
        if sample is None:  # a leading N
            if block is not None and block.fits(result.type, result.shape[1:]):
                target = block.memory.address
                self._add(output, SLOT, result)
            else:
                memory, number = call.lend(result.nbytes())
                target = memory.address
                self._add(output, LENT, result, target - self.node.write_base, number)
        elif block is not None and block.fits(result.type, result.shape):
            if sample in block.given:  # empty() gave it away, and somebody holds it still
                memory, number = call.lend(result.nbytes())
                target = memory.address
                self._add(output, LENT, result, target - self.node.write_base, number)
            else:
                target = block.memory.address + sample * block.stride
                self._add(output, SLOT, result)
        else:
            spec = " ".join(map(str, (result.type, *result.shape)))
            target = int(asked(self.node.lender.make, output, sample, spec)) + self.node.write_base
            self._add(output, MADE, result)
        if self.call.device is not None:
            self._copy_there(result, target)
        elif result.nbytes():
            strides = contiguous_strides(result.shape, width)
            np.copyto(_raw(target, result.shape, strides, width, False), result.raw())

    def _copy_there(self, result: Result, target: int) -> None:
        """Has a result copied on the node's stream; it is kept until that is done."""
        if not result.nbytes():
            return _let_go(result)
        handle = 0 if result.elsewhere else self.node.keep(result.holder)
        rank = len(result.shape)
        form = " ".join(map(str, (result.type, rank, *result.shape, *result.strides)))
        asked(self.node.lender.copy, target, result.address, form, handle)

    # ---- reading

    def _read(self, value: Any, output: int, others: int) -> Result:
        if self.call.device is not None:
            if type(value) is Tensor and value._input.writable:
                return self._gift(value, output, others)
            if isinstance(value, np.ndarray):
                self._check_device((_HOST[0], 0), output)
        if type(value) is np.ndarray:
            return self._array(value, output, others)
        if isinstance(value, np.ndarray):  # a subclass, which others may see
            return self._array(value.view(np.ndarray), output, 1)
        if isinstance(value, (np.generic, bool, int, float)):
            return self._number(value, output)
        if _native.is_capsule(value):
            return self._foreign(value, output)
        if hasattr(value, "__dlpack__") and not isinstance(value, type):
            return self._exported(value, output)
        advice = "; numpy.array(…) makes one of a list" if isinstance(value, (list, tuple)) else ""
        raise Refusal(
            f"{self.node.function_name} returned {described(value)} for output {output}, expected a "
            f"tensor: something with __dlpack__, a NumPy scalar or a number{advice}"
        )

    def _array(self, value: np.ndarray, output: int, others: int) -> Result:
        dtype = value.dtype
        number = BY_DTYPE.get(dtype)
        if number is None:
            name = self.node.function_name
            if not dtype.isnative:
                raise Refusal(
                    f"{name} returned big-endian {dtype.name} for output {output}, "
                    "expected native byte order"
                )
            raise self._unsupported(dtype.name, output)
        flags = value.flags
        own = (
            others == 0
            and flags.owndata
            and flags.c_contiguous
            and weakref.getweakrefcount(value) == 0
        )
        address = value.__array_interface__["data"][0]
        return Result(value, others, number, value.shape, address, value.strides, own)

    def _number(self, value: Any, output: int) -> Result:
        try:
            scalar = np.asarray(value, np.int64 if type(value) is int else None)
        except OverflowError:
            raise Refusal(
                f"{self.node.function_name} returned the int {value} for output {output}, "
                "which is too large for int64"
            ) from None
        result = self._array(scalar, output, 1)
        result.elsewhere = self.call.device is not None
        return result

    def _gift(self, tensor: Tensor, output: int, others: int) -> Result:
        """What empty() made on a device, now or in a call before: behind all that may write it."""
        source = tensor._input
        self._check_device(source.dlpack_device(), output)
        here = self.call.device
        for stream in {source.device.stream, *source.users} - {here.stream}:
            here.order(stream, here.stream)
        _, address, shape = source.place(tensor._sample)
        strides = contiguous_strides(shape, BYTES[source.type])
        return Result(tensor, others, source.type, shape, address, strides, False)

    def _exported(self, value: Any, output: int) -> Result:
        device = getattr(value, "__dlpack_device__", None)
        if device is not None:
            self._check_device(tuple(map(int, device())), output)
        here = self.call.device
        behind = {} if here is None else {"stream": here.stream}  # of what was done to it
        try:
            capsule = value.__dlpack__(max_version=(1, 1), **behind)
        except TypeError:  # a library from before versioned DLPack
            capsule = value.__dlpack__(**behind)
        if not _native.is_capsule(capsule):
            raise Refusal(
                f"{self.node.function_name} returned {described(value)} for output {output}, whose "
                f"__dlpack__ gave {described(capsule)}"
            )
        return self._foreign(capsule, output)

    def _foreign(self, capsule: Any, output: int) -> Result:
        name = self.node.function_name
        try:
            foreign = _native.from_capsule(capsule)
        except ValueError as refusal:
            reason = str(refusal)
            raise Refusal(
                f"{name} returned a capsule for output {output} that was already used"
                if reason == "used"
                else f"{name} returned a capsule for output {output} that is no DLPack tensor "
                f"known here: {reason}"
            ) from None
        self._check_device((foreign.device_type, foreign.device_id), output)
        if foreign.lanes != 1:
            raise Refusal(
                f"{name} returned {foreign.lanes} lanes for output {output}, expected 1"
            )
        number = by_code(foreign.code, foreign.bits)
        if number is None:
            raise self._unsupported(code_name(foreign.code, foreign.bits), output)
        width = BYTES[number]
        strides = tuple(width * stride for stride in foreign.strides)
        return Result(foreign, 1, number, foreign.shape, foreign.address, strides, False)

    def _check_device(self, device: tuple[int, int], output: int) -> None:
        here = self.call.device
        if device[0] in _HOST if here is None else device == (CUDA, here.number):
            return
        if device[0] in _HOST:
            place = "cpu"
        else:
            place = f"cuda:{device[1]}" if device[0] == CUDA else f"DLPack device {device}"
        raise Refusal(
            f"{self.node.function_name} returned a tensor on {place} for output {output}, "
            f"expected {'cpu' if here is None else f'cuda:{here.number}'}"
        )

    def _unsupported(self, name: str, output: int) -> Refusal:
        return Refusal(
            f"{self.node.function_name} returned {name} for output {output}, "
            "which has no element type here"
        )


def _is_tensor(value: Any) -> bool:
    return (
        type(value) is np.ndarray
        or _native.is_capsule(value)
        or (
            hasattr(value, "__dlpack__")
            and not isinstance(value, (type, np.generic))
        )
    )


def _is_free(gift: Gift, result: Result) -> bool:
    holder = result.holder
    if weakref.getweakrefcount(gift.given):
        return False  # the gift lives on until the request is answered
    if holder is gift.given:  # the gift itself
        return result.others == 1 and (type(holder) is np.ndarray or not _is_exported(gift))
    if type(holder) is np.ndarray and holder.base is gift.given:
        return result.others == 0 and sys.getrefcount(gift.given) == _HELD_BY_LIST + 1
    return False


def _is_exported(gift: Gift) -> bool:
    """Whether another library can reach what empty() made."""
    _native.settle()
    return gift.memory.loan.capsules > 0


def _let_go(result: Result) -> None:
    if isinstance(result.holder, _native.Foreign):
        result.holder.close()


def described(value: Any) -> str:
    """What a value is, with its article."""
    if value is None:
        return "None"
    name = type(value).__name__
    spoken_with_an = name[0] in "aeioAEIO" or name == "ndarray"
    return f"{'an' if spoken_with_an else 'a'} {name}"

