"""Functions that keep what they see and what they return, and edit it later.

Each sample is a tensor of int64 in which all elements are one number. A result has all elements
1000 larger, whatever is done later to what was returned. A function that finds something wrong
raises AssertionError, which fails its batch.
"""

import ctypes
import gc
import sys
import threading
import weakref

import capsules
import headrace
import numpy as np
from headrace import _native, _trampoline

MORE = 1000
SPOILT = -1

calls = 0  # of the function that looks at a variant after the other
seen = []  # views of inputs, each with the number that it has to show
kept_capsules = []
returned = []  # what was returned, or ways to reach it
producers = []
threads = []


def forget():
    """All that was kept."""
    global calls
    calls = 0
    for kept in seen, kept_capsules, returned, producers, threads:
        kept.clear()
    _buffers.clear()
    gc.collect()
    _native.settle()


def look_again():
    """When all pipelines are closed: looks at what was kept, and edits what was returned."""
    for thread in threads:
        thread.join()
    look()
    spoil()
    return deleters()


def kept_for_java():
    return _trampoline.kept()


# ---- views of inputs that are kept


class Shown:
    """A capsule as something that can be imported."""

    def __init__(self, capsule):
        self.capsule = capsule

    def __dlpack__(self, **others):
        return self.capsule

    def __dlpack_device__(self):
        return 1, 0


def _array(view):
    return view.numpy() if isinstance(view, headrace.Tensor) else view


def look():
    """Finds every view that was kept as it was; returns how many there are."""
    for view, number in seen:
        array = _array(view)
        assert (array == number).all(), f"a view shows {array}, expected {number}"
    return len(seen)


def keep(view):
    """Keeps the view, an array over it, a part of it and an import of it; returns the view."""
    look()
    array = _array(view)
    number = int(array[0])
    seen.extend((kept, number) for kept in (view, array, array[1:], np.from_dlpack(view)))
    return view


def keep_and_add(view):
    return _array(keep(view)) + MORE


def keep_list(views):
    return [keep_and_add(view) for view in views]


def keep_dense(view):
    """Keeps the samples of one array."""
    look()
    seen.extend((sample, int(sample[0])) for sample in view)
    return view


def keep_capsules(capsule):
    """Keeps capsules: one that nobody consumes, then one that is imported, and so on."""
    look()
    if headrace.sample_index() % 2:
        kept_capsules.append(capsule)
        return capsule
    array = np.from_dlpack(Shown(capsule))
    seen.append((array, int(array[0])))
    return array


def keep_in_threads(view):
    """Views that threads of Python let go of, whenever they come to it."""
    array = _array(view)
    held = [array, array[1:], np.from_dlpack(view)]
    number = int(array[0])
    thread = threading.Thread(target=_look_and_let_go, args=(held, number))
    thread.start()
    threads.append(thread)
    return array


def _look_and_let_go(held, number):
    while held:
        assert (held.pop() == number).all()


# ---- one buffer for all results

_buffers = {}


def _buffer(name, shape):
    if name not in _buffers or _buffers[name].shape != shape:
        _buffers[name] = np.empty(shape, np.int64)
    return _buffers[name]


def same_array(view):
    buffer = _buffer("array", view.shape)
    buffer[:] = view + MORE
    return buffer


def same_reversed(view):
    return same_array(view)[::-1]


def same_capsule(view):
    """A capsule of memory that the capsule does not keep."""
    buffer = same_array(view)
    return _producer(buffer).capsule()


def same_two(view):
    buffer = same_array(view)
    return buffer, buffer


def same_empty(view):
    if "empty" not in _buffers:
        _buffers["empty"] = headrace.empty(view.shape, np.int64)
    buffer = _buffers["empty"]
    buffer[:] = view + MORE
    return buffer


def same_list(views):
    rows = _buffer("rows", (len(views), len(views[0])))
    for row, view in zip(rows, views):
        row[:] = view + MORE
    return list(rows)


def same_dense(view):
    rows = _buffer("rows", view.shape)
    rows[:] = view + MORE
    return rows


def same_empty_dense(view):
    if "empty" not in _buffers:
        _buffers["empty"] = headrace.empty(view.shape, np.int64)
    rows = _buffers["empty"]
    rows[:] = view + MORE
    return rows


# ---- results that are kept, and edited later


def spoil():
    """Edits all that was returned, in all ways in which it can still be reached."""
    for reach in returned:
        array = reach()
        if array is not None:
            array[...] = SPOILT
    return len(returned)


def _itself(array):
    returned.append(lambda: array)
    return array


def _seen_by_a_view(array):
    view = array[:]
    returned.append(lambda: view)
    return array


def _a_view(array):
    returned.append(lambda: array)
    return array[:]


def _seen_by_a_memoryview(array):
    view = memoryview(array)
    returned.append(lambda: np.asarray(view))
    return array


def _seen_weakly(array):
    returned.append(weakref.ref(array))
    return array


def _a_view_of_what_is_seen_weakly(array):
    returned.append(weakref.ref(array))
    return array[:]


def _seen_by_a_capsule(array):
    capsule = array.__dlpack__(max_version=(1, 1))
    returned.append(lambda: _unpacked(capsule))
    return array


def _unpacked(capsule):
    managed = capsules.managed_in(capsule)
    data = managed.tensor.data
    numbers = (ctypes.c_int64 * managed.tensor.shape[0]).from_address(data)
    return np.frombuffer(numbers, np.int64)


def _in_a_cycle(array):
    cycle = [array]
    cycle.append(cycle)
    reference = weakref.ref(array)
    returned.append(reference)
    return array


def _by_an_object(array):
    returned.append(lambda: array)
    return Shown(array.__dlpack__(max_version=(1, 1)))


WAYS = [
    _itself,
    _seen_by_a_view,
    _a_view,
    _seen_by_a_memoryview,
    _seen_weakly,
    _a_view_of_what_is_seen_weakly,
    _seen_by_a_capsule,
    _in_a_cycle,
    _by_an_object,
]


def _next_way():
    global calls
    calls += 1
    return WAYS[calls % len(WAYS)]


def edited(view):
    """A new array, a way after the other."""
    spoil()
    return _next_way()(view + MORE)


def edited_list(views):
    spoil()
    return [_next_way()(view + MORE) for view in views]


def edited_dense(view):
    spoil()
    return _next_way()(view + MORE)


def edited_twice(view):
    """The same array as two outputs, and again for a later sample."""
    spoil()
    array = view + MORE
    returned.append(lambda: array)
    return array, array


def edited_empty(view):
    """The pipeline's own memory, a way after the other."""
    spoil()
    array = headrace.empty(view.shape, np.int64)
    array[:] = view + MORE
    return _next_way()(array)


def edited_empty_list(views):
    spoil()
    results = []
    for view in views:
        array = headrace.empty(view.shape, np.int64)
        array[:] = view + MORE
        results.append(_next_way()(array))
    return results


def edited_empty_dense(view):
    spoil()
    array = headrace.empty(view.shape, np.int64)
    array[:] = view + MORE
    return _next_way()(array)


def edited_unreturned_empty(view):
    """The pipeline's own memory, kept, while something else is returned."""
    spoil()
    array = headrace.empty(view.shape, np.int64)
    returned.append(lambda: array)
    return (view + MORE)[:]


# ---- tensors of somebody else, whose deleter counts


def _producer(array, versioned=True):
    producer = capsules.Producer(
        versioned, array.shape, (1,), data=array.ctypes.data, code=0, bits=64
    )
    producer.array = array
    producers.append(producer)
    return producer


def deleters():
    """How many tensors were made, and how often the deleters were called: all exactly once?"""
    counts = [producer.deleted for producer in producers]
    assert all(count <= 1 for count in counts), f"deleted more than once: {counts}"
    return f"{sum(counts)} of {len(counts)}"


def foreign(view):
    """A capsule, versioned and not in turn."""
    deleters()
    return _producer(view + MORE, len(producers) % 2 == 0).capsule()


def foreign_object(view):
    return Shown(foreign(view))


def foreign_list(views):
    return [foreign(view) for view in views]


def foreign_two(view):
    return foreign(view), foreign_object(view)


def foreign_and_wrong_rank(view):
    """The last sample has another rank, which is found when all others were taken."""
    if headrace.sample_index() == headrace.batch_size() - 1:
        return _producer((view + MORE)[:1], True).capsule(), np.int64(7)
    return foreign_two(view)


def foreign_and_raises(view):
    if headrace.sample_index() == headrace.batch_size() - 1:
        raise ValueError("the last one")
    return foreign(view)


def foreign_list_one_short(views):
    return [foreign(view) for view in views][1:]


def foreign_and_dropped(view):
    """Made and not returned: the capsule gives it back by itself."""
    foreign(view)
    return view + MORE


def foreign_twice(view):
    """The same capsule for two outputs, which is refused."""
    capsule = foreign(view)
    return capsule, capsule


# ---- others


def own(view):
    """A new array, which is taken over as it is."""
    return view + MORE


def own_of_two(views, others):
    return views + MORE


def fails(view):
    raise ValueError("as always")


def soak(view):
    """One after the other of what functions do; keeps the last few views and results."""
    global calls
    calls += 1
    number = int(view.numpy()[0])
    if calls % 1000 == 999:
        raise ValueError("now and then")
    seen.append((view.numpy() if calls % 2 else np.from_dlpack(view), number))
    look()
    del seen[:-5], producers[:-200], returned[:-20]
    spoil()
    return _soaking[calls % len(_soaking)](view.numpy())


def _filled_empty(view):
    array = headrace.empty(view.shape, np.int64)
    array[:] = view + MORE
    return array


def _edited_empty(view):
    return WAYS[calls // 9 % len(WAYS)](_filled_empty(view))


def _edited(view):
    return WAYS[calls // 9 % len(WAYS)](view + MORE)


_soaking = [
    own,
    same_array,
    foreign,
    foreign_object,
    foreign_and_dropped,
    _filled_empty,
    _edited_empty,
    _edited,
    same_empty,
]


def blocks():
    """How many pieces of memory Python's objects have."""
    gc.collect()
    return sys.getallocatedblocks()
