"""DLPack capsules made and looked into by hand: declared apart from what is tested."""

import ctypes
from ctypes import (
    c_char_p,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
    py_object,
)

api = ctypes.pythonapi
DELETER = ctypes.CFUNCTYPE(None, c_void_p)
DESTRUCTOR = ctypes.CFUNCTYPE(None, c_void_p)


def function(name, result, *arguments):
    return ctypes.PYFUNCTYPE(result, *arguments)((name, api))


new = function("PyCapsule_New", py_object, c_void_p, c_char_p, c_void_p)
name_of = function("PyCapsule_GetName", c_char_p, py_object)
pointer_of = function("PyCapsule_GetPointer", c_void_p, py_object, c_char_p)
rename = function("PyCapsule_SetName", ctypes.c_int, py_object, c_char_p)
has_name = function("PyCapsule_IsValid", ctypes.c_int, c_void_p, c_char_p)


class Tensor(ctypes.Structure):
    _fields_ = [
        ("data", c_void_p),
        ("device_type", c_int32),
        ("device_id", c_int32),
        ("ndim", c_int32),
        ("code", c_uint8),
        ("bits", c_uint8),
        ("lanes", c_uint16),
        ("shape", ctypes.POINTER(c_int64)),
        ("strides", ctypes.POINTER(c_int64)),
        ("byte_offset", c_uint64),
    ]


class Unversioned(ctypes.Structure):
    _fields_ = [("tensor", Tensor), ("owner", c_void_p), ("deleter", DELETER)]
    name = b"dltensor"
    used = b"used_dltensor"


class Versioned(ctypes.Structure):
    _fields_ = [
        ("major", c_uint32),
        ("minor", c_uint32),
        ("owner", c_void_p),
        ("deleter", DELETER),
        ("flags", c_uint64),
        ("tensor", Tensor),
    ]
    name = b"dltensor_versioned"
    used = b"used_dltensor_versioned"


def kind(versioned):
    return Versioned if versioned else Unversioned


def managed_in(capsule):
    """The managed tensor in a capsule that nobody consumed."""
    name = name_of(capsule)
    struct = {Unversioned.name: Unversioned, Versioned.name: Versioned}[name]
    return struct.from_address(pointer_of(capsule, name))


class Consumer:
    """Takes a capsule's tensor as a consumer's library does; gives it back when told so, once."""

    def __init__(self, capsule):
        self.managed = managed_in(capsule)
        self.address = ctypes.addressof(self.managed)
        self.deleter = c_void_p.from_address(self.address + type(self.managed).deleter.offset)
        rename(capsule, self.managed.used)

    def release(self, call=DELETER):
        """Calls the deleter, if there still is one, without the GIL."""
        deleter = self.deleter.value
        if deleter:
            call(deleter)(self.address)


class Producer:
    """Makes one capsule, by hand; counts how often its deleter is called."""

    def __init__(
        self, versioned=True, shape=(2, 3), strides=(3, 1), ndim=None, deleter=True, **fields
    ):
        self.deleted = 0
        self.managed = kind(versioned)()
        self.deleter = DELETER(self._delete)
        if deleter:
            self.managed.deleter = self.deleter
        if versioned:
            self.managed.major = fields.pop("major", 1)
            self.managed.minor = fields.pop("minor", 1)
            self.managed.flags = fields.pop("flags", 0)
        tensor = self.managed.tensor
        tensor.ndim = len(shape) if ndim is None else ndim
        tensor.shape = None if shape is None else (c_int64 * max(len(shape), 1))(*shape)
        tensor.strides = None if strides is None else (c_int64 * max(len(strides), 1))(*strides)
        for name, value in {"device_type": 1, "code": 2, "bits": 32, "lanes": 1, **fields}.items():
            setattr(tensor, name, value)
        self.destructor = DESTRUCTOR(self._drop)
        self.destructor_address = ctypes.cast(self.destructor, c_void_p)

    def capsule(self, name=None):
        return new(
            ctypes.addressof(self.managed), name or self.managed.name, self.destructor_address
        )

    def _delete(self, managed):
        assert managed == ctypes.addressof(self.managed)
        self.deleted += 1

    def _drop(self, capsule):
        if has_name(capsule, self.managed.name):
            self._delete(ctypes.addressof(self.managed))


class Once:
    """Hands out one capsule, whatever is asked for."""

    def __init__(self, capsule):
        self.capsule = capsule

    def __dlpack_device__(self):
        return 1, 0

    def __dlpack__(self, **others):
        return self.capsule
