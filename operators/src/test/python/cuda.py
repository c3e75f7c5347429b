"""A library of device memory by hand, on the driver that the process has: it makes, takes and hands
over tensors of bytes by DLPack, each on a stream of its own choice."""

import ctypes
from ctypes import byref, c_size_t, c_ubyte, c_uint64, c_void_p

from capsules import Consumer, Producer

driver = ctypes.CDLL("libcuda.so.1")
handed_out = set()  # producers whose deleter was not called yet


def call(function, *arguments):
    code = getattr(driver, function)(*arguments)
    assert code == 0, f"{function}: {code}"


def current():
    context = c_void_p()
    call("cuCtxGetCurrent", byref(context))
    return context.value


def stream():
    made = c_void_p()
    call("cuStreamCreate", byref(made), 1)
    return made.value


def allocate(nbytes):
    address = c_uint64()
    call("cuMemAlloc_v2", byref(address), c_size_t(max(nbytes, 1)))
    return address.value


def fill(address, value, nbytes, on):
    call("cuMemsetD8Async", c_uint64(address), c_ubyte(value), c_size_t(nbytes), c_void_p(on))


def copy(to, source, nbytes, on):
    call("cuMemcpyDtoDAsync_v2", c_uint64(to), c_uint64(source), c_size_t(nbytes), c_void_p(on))


def read(address, nbytes, on):
    """The bytes, once a stream has come so far."""
    here = (c_ubyte * nbytes)()
    call("cuMemcpyDtoHAsync_v2", here, c_uint64(address), c_size_t(nbytes), c_void_p(on))
    call("cuStreamSynchronize", c_void_p(on))
    return list(here)


def wait(waiting, other):
    """Has a stream wait for what another has been given."""
    event = c_void_p()
    call("cuEventCreate", byref(event), 2)
    call("cuEventRecord", event, c_void_p(other))
    call("cuStreamWaitEvent", c_void_p(waiting), event, 0)
    call("cuEventDestroy_v2", event)


class Seen:
    """A tensor of bytes that was taken on a stream."""

    def __init__(self, tensor, on):
        self.consumer = Consumer(tensor.__dlpack__(stream=on, max_version=(1, 1)))
        self.tensor = self.consumer.managed.tensor
        self.address = self.tensor.data
        self.shape = tuple(self.tensor.shape[axis] for axis in range(self.tensor.ndim))
        self.nbytes = 1
        for extent in self.shape:
            self.nbytes *= extent

    def __del__(self):
        self.consumer.release()


class Made:
    """A tensor of bytes in memory of its own, on a stream; freed when nobody holds it any more.

    Its own stream is waited for then only if it joins: those who have taken it are to be done."""

    def __init__(self, shape, on, nbytes=None, strides=None, offset=0, device=0, joins=False):
        self.shape = shape
        self.on = on
        self.nbytes = 1
        for extent in shape:
            self.nbytes *= extent
        self.device = device
        self.joins = joins
        self.bits = 8
        self.strides = strides
        self.offset = offset
        self.context = current()
        self.address = allocate(self.nbytes if nbytes is None else nbytes)

    def __dlpack_device__(self):
        return 2, self.device

    def __dlpack__(self, *, stream, max_version=None):
        if stream != self.on:
            wait(stream, self.on)
        kept = Kept(self)
        handed_out.add(kept)
        return kept.capsule()

    def __del__(self):
        call("cuCtxPushCurrent_v2", c_void_p(self.context))
        if self.joins:
            call("cuStreamSynchronize", c_void_p(self.on))
        call("cuMemFree_v2", c_uint64(self.address))
        call("cuCtxPopCurrent_v2", None)


class Kept(Producer):
    def __init__(self, made):
        super().__init__(
            shape=made.shape,
            strides=made.strides,
            data=made.address + made.offset,
            device_type=2,
            device_id=made.device,
            code=1,
            bits=made.bits,
        )
        self.made = made

    def _delete(self, managed):
        super()._delete(managed)
        self.made = None
        handed_out.discard(self)


class Window(Producer):
    """A part of a tensor that was taken."""

    def __init__(self, seen, shape, strides, offset):
        super().__init__(
            shape=shape,
            strides=strides,
            data=seen.address + offset,
            device_type=2,
            code=1,
            bits=8,
        )
        self.seen = seen
        handed_out.add(self)

    def _delete(self, managed):
        super()._delete(managed)
        self.seen = None
        handed_out.discard(self)
