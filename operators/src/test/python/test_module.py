"""The module `headrace`, as a function sees it."""

import threading

import engine
import headrace
import numpy as np
import pytest
from capsules import Consumer, Once, managed_in
from engine import Engine, Failed

ASKED = "batch_size", "iteration", "epoch", "sample_index", "seed"
BATCH = np.arange(6, dtype=np.float32).reshape(3, 2)


@pytest.fixture(autouse=True)
def one_way(native, ring, monkeypatch):
    """Each test runs by the C extension module and by ctypes."""
    engine.use(native, monkeypatch)


def call(function, *inputs, **options):
    """Runs a function without outputs; what it returns, call by call."""
    seen = []
    asked = options.pop("asked", None)
    run = {name: options.pop(name) for name in ("first", "count", "batch_size") if name in options}
    node = Engine(lambda *x: seen.append(function(*x)), outputs=0, **options)
    try:
        node.run(*inputs, **run)
    finally:
        if asked is not None:
            asked += node.asked
        node.close()
    return seen


# ---- where the call is


def test_tells_where_the_call_is():
    def all_():
        return [getattr(headrace, name)() for name in ASKED]

    assert call(all_, first=4, count=3, batch_size=9) == [
        [9, 5, 2, 4, 100],
        [9, 5, 2, 5, 101],
        [9, 5, 2, 6, 102],
    ]


def test_seeds_are_asked_for_once_and_only_if_needed():
    asked = []
    call(lambda: (headrace.seed(), headrace.seed()), asked=asked)
    assert asked.count("seeds") == 1
    asked.clear()
    call(headrace.epoch, asked=asked)
    assert asked.count("seeds") == 0


def test_a_batch_has_one_seed_and_no_index():
    assert call(headrace.seed, batch=True) == [100]
    message = "f raised RuntimeError: in batch mode a call has all samples, not one of an index"
    with pytest.raises(Failed, match=message):
        call(headrace.sample_index, batch=True)


def test_on_the_host_there_is_no_stream_and_no_device():
    def both():
        return headrace.current_stream(), headrace.current_device()

    assert both() == (None, None)
    assert call(both, count=1) == [(None, None)]


def outside(name):
    with pytest.raises(
        RuntimeError,
        match=rf"^headrace\.{name}\(\) is known only inside a function that Headrace calls, "
        "on the thread that it is called on$",
    ):
        getattr(headrace, name)(*(((2,), "int8") if name == "empty" else ()))


@pytest.mark.parametrize("name", [*ASKED, "empty"])
def test_is_known_only_inside_the_call_on_its_thread(name):
    outside(name)
    refused = []

    def ask():
        def elsewhere():
            outside(name)
            refused.append(name)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()

    call(ask, count=1)
    assert refused == [name]
    outside(name)


def test_is_forgotten_after_an_exception():
    def fail():
        raise ValueError("no")

    for batch in False, True:
        with pytest.raises(Failed):
            call(fail, batch=batch)
        outside("batch_size")


def test_is_restored_after_a_call_inside_a_call():
    def inner():
        return headrace.sample_index()

    def outer():
        before = headrace.sample_index()
        inside = call(inner, first=40, count=2)
        with pytest.raises(Failed):
            call(lambda: 1 / 0)
        return before, inside, headrace.sample_index()

    assert call(outer, count=2) == [(0, [40, 41], 0), (1, [40, 41], 1)]


# ---- empty()


def test_empty_is_an_array_of_the_pipelines_memory():
    def make():
        out = headrace.empty((2, 3), "float32")
        assert type(out) is np.ndarray
        assert (out.shape, out.dtype, out.flags.c_contiguous) == ((2, 3), np.float32, True)
        out[:] = 7
        return headrace.empty(5, np.uint8).shape, headrace.empty((), bool).shape

    asked = []
    assert call(make, count=1, asked=asked) == [((5,), ())]
    assert [each for each in asked if each.startswith("lend")] == ["lend 24", "lend 5", "lend 1"]


def test_two_of_empty_do_not_share_memory():
    def make():
        one, two, none = (headrace.empty(shape, np.int16) for shape in (4, 4, (0, 4)))
        assert not np.shares_memory(one, two)
        assert none.size == 0

    block = np.zeros((3, 4), np.int16)
    call(make, block=block)
    call(make, batch=True, block=block)


@pytest.mark.parametrize(
    "shape, dtype, message",
    [
        ((2, -1), "int8", r"ValueError: an extent of \(2, -1\) is negative"),
        ((1 << 31, 1 << 31), "int8", r"ValueError: extents \(2147483648, 2147483648\) make more than"),
        (2, ">i4", "TypeError: >i4 has no element type in Headrace"),
        (2, complex, "TypeError: complex128 has no element type in Headrace"),
    ],
)
def test_empty_refuses(shape, dtype, message):
    with pytest.raises(Failed, match=f"f raised {message}"):
        call(lambda: headrace.empty(shape, dtype))


# ---- Tensor


def tensors(function, samples=BATCH, **options):
    return call(function, samples, view="TENSOR", **options)


def test_a_tensor_tells_what_it_is():
    def told(x):
        return type(x), x.shape, x.dtype, x.layout, x.__dlpack_device__(), repr(x)

    assert tensors(told, count=1) == [
        (headrace.Tensor, (2,), "float32", "H", (1, 0), "Tensor(float32 H 2)")
    ]
    assert tensors(repr, [np.zeros((), bool)], count=1) == ["Tensor(bool scalar)"]
    assert tensors(repr, [np.zeros((1, 2, 3, 4), "u2")], count=1) == ["Tensor(uint16 1×2×3×4)"]


def test_any_library_takes_a_tensor_without_a_copy():
    def taken(x):
        return [
            seen.__array_interface__["data"]
            for seen in (np.from_dlpack(x), x.numpy(), np.asarray(x))
        ]

    read_only = True
    assert tensors(taken) == [[(BATCH[n].ctypes.data, read_only)] * 3 for n in range(3)]


def test_a_tensor_is_copied_where_a_copy_is_asked_for():
    def copied(x):
        copies = (
            np.array(x),
            np.asarray(x, "float64"),
            np.from_dlpack(x, copy=True),
            np.from_dlpack(Once(x.__dlpack__(copy=True, max_version=(1, 1)))),
        )
        assert not any(np.shares_memory(copy, x.numpy()) for copy in copies)
        assert copies[1].dtype == np.float64
        with pytest.raises(ValueError, match="a float32 tensor as float64 needs a copy"):
            np.asarray(x, "float64", copy=False)
        with pytest.raises(BufferError, match=r"this tensor is on the CPU, not on device \(2, 0\)"):
            x.__dlpack__(dl_device=(2, 0))
        x.__dlpack__(dl_device=(1, 0))
        return [copy.tolist() for copy in copies]

    assert tensors(copied) == [[row.tolist()] * 4 for row in BATCH]


def test_versioned_capsules_go_to_those_who_can_read_them():
    def version(x, **asked):
        capsule = x.__dlpack__(**asked)
        managed = managed_in(capsule)
        if hasattr(managed, "major"):
            return managed.major, managed.minor, managed.flags & 1
        return "unversioned"

    def versions(x):
        known = (0, 8), (1, 0), (2, 0)
        return [version(x), *(version(x, max_version=each) for each in known)]

    marked = (1, 1, 1)  # read-only
    assert tensors(versions, count=1) == [["unversioned", "unversioned", marked, marked]]


def test_the_view_dlpack_is_a_capsule_to_be_used_once():
    def used(x):
        tensor = managed_in(x).tensor
        where = tensor.data, tensor.byte_offset, tensor.lanes, tensor.ndim, tensor.strides[0]
        consumer = Consumer(x)
        consumer.release()
        return where

    assert call(used, BATCH, view="DLPACK") == [
        (row.ctypes.data, 0, 1, 1, 1) for row in BATCH
    ]


@pytest.mark.parametrize("view", ["TENSOR", "NUMPY"])
def test_inputs_cannot_be_written(view):
    def write(x):
        for seen in np.asarray(x), np.from_dlpack(x):
            with pytest.raises(ValueError, match="read-only"):
                seen[0] = 1
            with pytest.raises(ValueError, match="cannot set WRITEABLE flag"):
                seen.flags.writeable = True

    call(write, BATCH, view=view)


@pytest.mark.parametrize("rank", [0, 1, 2, 63, 64])
@pytest.mark.parametrize("view", ["TENSOR", "NUMPY"])
def test_tensors_of_any_rank_are_seen(rank, view):
    def seen(x):
        return np.asarray(x).ndim, int(np.asarray(x).sum())

    apart = [np.full([1] * rank, n) for n in range(3)]
    assert call(seen, apart, view=view) == [(rank, 0), (rank, 1), (rank, 2)]
    if rank < 64:  # NumPy has no such block else
        assert call(seen, np.stack(apart), view=view) == [(rank, 0), (rank, 1), (rank, 2)]


def test_all_samples_as_one_tensor():
    def seen(x):
        return x.shape, x.layout, np.asarray(x).tolist()

    node_saw = []
    node = Engine(lambda x: node_saw.append(seen(x)), view="TENSOR", outputs=0, batch=True)
    node.run(BATCH, dense=[0])
    node.close()
    assert node_saw == [((3, 2), "HW", BATCH.tolist())]
