"""Functions that leave something behind for the end of their process."""

import atexit
import ctypes
import threading

import capsules
import headrace
import keepers
import numpy as np
from headrace import _native

left = []
under_way = threading.Event()


def leave(capsule):
    """Leaves views, arrays and capsules of all kinds; returns a new array."""
    view = np.from_dlpack(keepers.Shown(capsule))
    cycle = [view]
    cycle.append(cycle)
    left.extend((view, view[1:], memoryview(view), view.__dlpack__(max_version=(1, 1))))
    left.append(keepers.foreign(view))
    left.append(headrace.empty(view.shape, np.int64))
    return view + keepers.MORE


def leave_capsule(capsule):
    """Leaves the capsule, which nobody has consumed."""
    left.append(capsule)
    return capsule


def leave_to_c(capsule):
    """Has the tensor given back when the C library ends, as by a static variable of a library."""
    consumer = capsules.Consumer(capsule)
    left.append(consumer)
    if _native.CHOICE.startswith("ctypes"):
        # a deleter that needs Python is taken away before: what prints it finds an empty line
        _at_exit(ctypes.CDLL(None).puts, ctypes.addressof(consumer.deleter))
    else:
        _at_exit(consumer.deleter, consumer.address)
    return np.int64(1)


def _at_exit(function, argument):
    register = ctypes.CDLL(None).__cxa_atexit
    register.argtypes = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
    register(ctypes.cast(function, ctypes.c_void_p), argument, None)


def leave_to_python(capsule):
    """Has the tensor given back when the interpreter ends."""
    atexit.register(_release, capsules.Consumer(capsule))
    return np.int64(1)


def _release(consumer):
    consumer.release()
    print("given back at exit")


def give_back_for_ever(tensor):
    """Threads that take capsules and give them back, with and without Python's lock."""
    for take in (np.from_dlpack, _take_and_release):
        threading.Thread(target=_for_ever, args=(take, tensor), daemon=True).start()
    under_way.wait()
    return tensor


def _take_and_release(tensor):
    capsules.Consumer(tensor.__dlpack__(max_version=(1, 1))).release()


def _for_ever(take, tensor):
    count = 0
    while True:
        take(tensor)
        count += 1
        if count == 1000:
            under_way.set()
