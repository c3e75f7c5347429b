"""Tensors of the engine, as a Python function sees them without any library."""

from __future__ import annotations

from typing import Any

import numpy as np

from headrace import _native
from headrace._device import CUDA, Queue
from headrace._types import BYTES, CODES, DTYPES, NAMES, contiguous_strides, numpy_dtype

_CPU = (1, 0)
_MOST_AXES = 64  # of a NumPy array


class Input:
    """An input of one call: where its samples lie."""

    __slots__ = (
        "loan",
        "type",
        "layout",
        "shape",
        "stride",
        "memory",
        "apart",
        "count",
        "dense",
        "device",
        "writable",
        "users",
    )

    def __init__(
        self,
        loan,
        type_,
        layout,
        shape,
        stride,
        memory,
        apart=None,
        count=1,
        dense=False,
        device=None,
        writable=False,
    ):
        self.loan = loan
        self.type = type_
        self.layout = layout
        self.shape = shape  # of each sample, unless they lie apart
        self.stride = stride  # in bytes, from sample to sample
        self.memory = memory  # of all samples, unless they lie apart
        self.apart = apart  # None, or by sample (memory, shape)
        self.count = count
        self.dense = dense  # one tensor with a leading N
        self.device: Queue | None = device  # where it lies; None: on the host
        self.writable = writable
        self.users: set[int] = set()  # streams of others that may use it

    def place(self, sample: int) -> tuple[Any, int, tuple[int, ...]]:
        """A sample's memory, address and shape."""
        if self.apart is None:
            return self.memory, self.memory.address + sample * self.stride, self.shape
        memory, shape = self.apart[sample]
        return memory, memory.address, shape

    def memories(self) -> list[Any]:
        """All memory of its samples."""
        return [self.memory] if self.apart is None else [memory for memory, _ in self.apart]

    def array(self, sample: int) -> np.ndarray:
        """A sample as a NumPy array over the same memory."""
        memory, address, shape = self.place(sample)
        return np.ndarray(
            shape, numpy_dtype(self.type), memory.buffer(), address - memory.address
        )

    def arrays(self) -> list[np.ndarray]:
        """All samples as NumPy arrays over the same memory."""
        dtype = numpy_dtype(self.type)
        if self.apart is not None:
            return [np.ndarray(shape, dtype, memory.buffer()) for memory, shape in self.apart]
        if len(self.shape) == _MOST_AXES:  # NumPy has none left for the samples
            return [self.array(sample) for sample in range(self.count)]
        whole = np.ndarray(
            (self.count, *self.shape),
            dtype,
            self.memory.buffer(),
            0,
            (self.stride, *contiguous_strides(self.shape, BYTES[self.type])),
        )
        if self.shape:
            return list(whole)
        return [whole[sample, ...] for sample in range(self.count)]

    def is_shown_by(self, array: np.ndarray, sample: int) -> bool:
        """Whether an array that was made for a sample still has its shape, type and strides."""
        shape = self.shape if self.apart is None else self.apart[sample][1]
        return (
            array.shape == shape
            and array.dtype == DTYPES[self.type]
            and array.flags.c_contiguous
        )

    def capsule(self, sample: int, versioned: bool) -> Any:
        """A sample as a DLPack capsule."""
        _, address, shape = self.place(sample)
        return _native.to_capsule(
            self.loan,
            address,
            CODES[self.type],
            8 * BYTES[self.type],
            shape,
            versioned,
            not self.writable,
            *self.dlpack_device(),
        )

    def dlpack_device(self) -> tuple[int, int]:
        """Where it lies, as DLPack numbers devices."""
        return _CPU if self.device is None else (CUDA, self.device.number)


class Tensor:
    """A tensor of the pipeline, in the pipeline's own memory; read-only unless empty() made it.

    Hand it to ``numpy.from_dlpack``, ``torch.from_dlpack`` and the like, or call ``numpy()``: no
    byte is copied. It may be kept beyond the call; the memory is not reused before it is gone.
    """

    __slots__ = ("_input", "_sample", "__weakref__")

    def __init__(self, input_: Input, sample: int):
        self._input = input_
        self._sample = sample

    @property
    def shape(self) -> tuple[int, ...]:
        """The extents, outermost first."""
        return self._input.place(self._sample)[2]

    @property
    def dtype(self) -> str:
        """The element type's name, such as ``uint8``."""
        return NAMES[self._input.type]

    @property
    def layout(self) -> str:
        """One letter an axis, such as ``HWC``; empty where axes have no names."""
        return self._input.layout

    def numpy(self) -> np.ndarray:
        """The same memory as a NumPy array that cannot be written.

        Raises TypeError for a tensor on a device.
        """
        if self._input.device is not None:
            raise TypeError(f"this tensor is on cuda:{self._input.device.number}, not on the CPU")
        return self._input.array(self._sample)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        if dtype is not None and np.dtype(dtype) != array.dtype:
            if copy is False:
                raise ValueError(f"a {array.dtype} tensor as {np.dtype(dtype)} needs a copy")
            return array.astype(dtype)
        return array.copy() if copy else array

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """A capsule over the same memory: versioned where the consumer can read it.

        On a device the consumer's stream awaits what the node's has been given, unless it is −1.
        """
        device = self._input.device
        here = self._input.dlpack_device()
        if dl_device is not None and tuple(map(int, dl_device)) != here:
            place = "the CPU" if device is None else f"cuda:{device.number}"
            raise BufferError(f"this tensor is on {place}, not on device {dl_device}")
        if device is not None:
            if copy:
                raise BufferError(f"this tensor is on cuda:{device.number} and is not copied here")
            device.hand_over(self._input, stream)
        elif copy:
            return self.numpy().copy().__dlpack__(max_version=max_version)
        return self._input.capsule(
            self._sample, max_version is not None and max_version[0] >= 1
        )

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._input.dlpack_device()

    def __repr__(self) -> str:
        extents = "×".join(map(str, self.shape)) or "scalar"
        return f"Tensor({self.dtype} {self.layout + ' ' if self.layout else ''}{extents})"
