"""`headrace._native`: loans, memory and capsules, by the C extension module and by ctypes."""

import ctypes
import gc
import resource
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import capsules
import numpy as np
import pytest
from capsules import Consumer, Producer
from conftest import Ring

UINT8 = (1, 8)
TYPES = {  # code and bits of each element type
    "bool": (6, 8),
    "int8": (0, 8),
    "int16": (0, 16),
    "int32": (0, 32),
    "int64": (0, 64),
    "uint8": (1, 8),
    "uint16": (1, 16),
    "uint32": (1, 32),
    "uint64": (1, 64),
    "float16": (2, 16),
    "float32": (2, 32),
    "float64": (2, 64),
}
BFLOAT16 = (4, 16)


class Shown:
    """Hands out capsules of an array's memory, as the object does that a user's function sees."""

    def __init__(self, native, array, loan, versioned=True, read_only=True, kind=None):
        self.native = native
        self.array = array
        self.loan = loan
        self.versioned = versioned
        self.read_only = read_only
        self.kind = kind or TYPES[str(array.dtype)]

    def __dlpack_device__(self):
        return 1, 0

    def __dlpack__(self, *, max_version=None, **others):
        array = self.array
        return self.native.to_capsule(
            self.loan, array.ctypes.data, *self.kind, array.shape, self.versioned, self.read_only
        )


def capsule_of(native, loan, shape=(2, 3), versioned=True, read_only=False):
    return native.to_capsule(loan, 4096, *UINT8, shape, versioned, read_only)


# ---- Loans ----


def test_a_loan_ends_when_its_object_is_dropped(native, ring):
    loan = native.Loan(7)
    assert loan.number == 7
    assert ring.ended() == []
    del loan
    assert ring.ended() == [7]


def test_loan_zero_is_not_told(native, ring):
    native.Loan(0)
    native.Loan(5)
    assert ring.ended() == [5]


def test_refuses_a_negative_loan(native, ring):
    with pytest.raises(ValueError, match="^loan number -1 is negative$"):
        native.Loan(-1)
    assert ring.ended() == []


def test_a_loan_is_held_by_its_object_its_memory_and_its_capsules(native, ring):
    loan = native.Loan(3)
    memory = native.Memory(4096, 6, loan, False)
    first = Consumer(capsule_of(native, loan))
    second = Consumer(capsule_of(native, loan, versioned=False))
    del loan
    first.release()
    assert ring.ended() == []
    del memory
    assert ring.ended() == []
    second.release()
    assert ring.ended() == [3]


def test_the_ring_goes_round(native):
    ring = Ring(native, capacity=4)
    for number in range(1, 11):
        native.Loan(number)
        assert ring.ended() == [number]
    assert ring.words[1] == 10


def test_refuses_a_ring_that_is_no_power_of_two(native):
    words = (ctypes.c_int64 * 5)(3)
    with pytest.raises(ValueError, match="^a ring of 3 entries, expected a power of two$"):
        native.use_ring(ctypes.addressof(words))


def test_without_a_ring_nobody_is_told(native, ring):
    native.use_ring(0)
    native.Loan(3)
    assert ring.ended() == []


# ---- Memory ----


def test_memory_tells_what_it_is(native):
    loan = native.Loan(0)
    memory = native.Memory(4096, 12, loan, True)
    assert (memory.address, memory.nbytes, memory.writable) == (4096, 12, True)
    assert memory.loan is loan
    assert native.Memory(4096, 12, loan, False).writable is False


def test_numpy_sees_the_memory_and_holds_the_loan(native, ring):
    bytes_ = np.arange(24, dtype=np.uint8)
    memory = native.Memory(bytes_.ctypes.data, 24, native.Loan(3), True)
    assert memoryview(memory.buffer()).nbytes == 24
    seen = np.ndarray((2, 3), np.uint32, memory.buffer())
    del memory
    assert seen.ctypes.data == bytes_.ctypes.data
    seen[0, 0] = 0
    assert bytes_[:4].tolist() == [0, 0, 0, 0]
    part = seen[1:]
    del seen
    gc.collect()
    assert ring.ended() == []
    del part
    assert ring.ended() == [3]


def test_nothing_is_seen_beyond_the_memory(native):
    bytes_ = np.arange(24, dtype=np.uint8)
    for nbytes in 1, 7, 8, 9, 23:
        buffer = native.Memory(bytes_.ctypes.data, nbytes, native.Loan(0), False).buffer()
        assert bytes(buffer) == bytes(bytes_[:nbytes])


def test_read_only_memory_cannot_be_made_writable(native):
    bytes_ = np.zeros(24, np.uint8)
    seen = np.ndarray(
        (24,), np.uint8, native.Memory(bytes_.ctypes.data, 24, native.Loan(0), False).buffer()
    )
    assert not seen.flags.writeable
    with pytest.raises(ValueError):
        seen[0] = 1
    with pytest.raises(ValueError):
        seen.flags.writeable = True
    with pytest.raises(ValueError):
        seen[2:].flags.writeable = True
    assert bytes_[0] == 0


def test_the_extension_s_memory_is_a_buffer_itself(extension):
    bytes_ = np.arange(6, dtype=np.uint8)
    memory = extension.Memory(bytes_.ctypes.data, 6, extension.Loan(0), False)
    seen = np.ndarray((2, 3), np.uint8, memory)
    assert seen.tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError):
        seen.flags.writeable = True


@pytest.mark.parametrize("address", [0, 4096])
def test_memory_may_be_empty(native, ring, address):
    seen = np.ndarray((0, 3), np.uint8, native.Memory(address, 0, native.Loan(3), False).buffer())
    assert seen.shape == (0, 3)
    del seen
    assert ring.ended() == [3]


def test_refuses_memory_of_fewer_than_no_bytes(native):
    with pytest.raises(ValueError, match="^memory of -1 bytes$"):
        native.Memory(4096, -1, native.Loan(0), False)


# ---- Capsules of ours ----


@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize(
    "shape, strides",
    [
        ((), ()),
        ((5,), (1,)),
        ((2, 3, 4), (12, 4, 1)),
        ((0,), (1,)),
        ((2, 0, 4), (4, 4, 1)),
        ((1,) * 63 + (2,), (2,) * 63 + (1,)),
    ],
)
def test_a_capsule_is_laid_out_as_published(native, versioned, shape, strides):
    capsule = native.to_capsule(native.Loan(0), 4096, 2, 16, shape, versioned, True, 2, 3)
    assert capsules.name_of(capsule) == capsules.kind(versioned).name
    managed = capsules.managed_in(capsule)
    if versioned:
        assert (managed.major, managed.minor, managed.flags) == (1, 1, 1)
    tensor = managed.tensor
    assert (tensor.data, tensor.byte_offset) == (4096, 0)
    assert (tensor.device_type, tensor.device_id) == (2, 3)
    assert (tensor.code, tensor.bits, tensor.lanes) == (2, 16, 1)
    assert tensor.ndim == len(shape)
    assert tuple(tensor.shape[: len(shape)]) == shape
    assert tuple(tensor.strides[: len(shape)]) == strides


def test_a_capsule_is_writable_and_on_the_host_unless_said_otherwise(native):
    managed = capsules.managed_in(
        native.to_capsule(native.Loan(0), 4096, *UINT8, (2,), True, False)
    )
    assert managed.flags == 0
    assert (managed.tensor.device_type, managed.tensor.device_id) == (1, 0)


def test_arguments_may_be_named(native):
    capsule = native.to_capsule(
        native.Loan(number=0),
        4096,
        *UINT8,
        shape=(2,),
        versioned=True,
        read_only=False,
        device_id=1,
    )
    assert capsules.managed_in(capsule).tensor.device_id == 1
    with pytest.raises(TypeError):
        native.Memory(4096, 6, native.Loan(0))
    with pytest.raises(TypeError):
        native.Memory(4096, 6, native.Loan(0), writable=True, address=1)
    with pytest.raises(TypeError):
        native.Memory(4096, 6, native.Loan(0), True, colour=1)


@pytest.mark.parametrize(
    "shape, message",
    [
        ((1,) * 65, "rank 65, expected 0 to 64"),
        ((2, -1), "extent -1 at dimension 1"),
        ((2**32, 2**32), "extents of more than 9223372036854775807 elements"),
    ],
)
def test_refuses_extents_that_no_tensor_has(native, ring, shape, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        capsule_of(native, native.Loan(3), shape)
    assert ring.ended() == [3]


@pytest.mark.parametrize("versioned", [True, False])
def test_a_capsule_that_nobody_consumes_ends_its_loan(native, ring, versioned):
    capsule = capsule_of(native, native.Loan(3), versioned=versioned)
    native.settle()
    assert ring.ended() == []
    del capsule
    native.settle()
    assert ring.ended() == [3]
    native.settle()
    assert ring.ended() == []


@pytest.mark.parametrize("versioned", [True, False])
def test_a_consumed_capsule_ends_its_loan_by_the_deleter_alone(native, ring, versioned):
    capsule = capsule_of(native, native.Loan(3), versioned=versioned)
    consumer = Consumer(capsule)
    del capsule
    native.settle()
    assert ring.ended() == []
    consumer.release()
    native.settle()
    assert ring.ended() == [3]


def test_many_capsules_that_nobody_consumes_are_settled_on_the_way(native, ring):
    held = [capsule_of(native, native.Loan(1_000 + i)) for i in range(100)]
    for number in range(1, 1_000):
        capsule_of(native, native.Loan(number))
    assert len(ring.ended()) >= 500
    assert len(held) == 100
    native.settle()
    ring.ended()
    del held
    native.settle()
    assert sorted(ring.ended()) == list(range(1_000, 1_100))


def test_a_capsule_dropped_while_an_exception_is_raised_does_not_lose_it(native, ring):
    with pytest.raises(TypeError, match="^int\\(\\) argument must be"):
        int(capsule_of(native, native.Loan(3)))
    native.settle()
    assert ring.ended() == [3]


def test_the_deleter_needs_no_gil_and_comes_from_any_thread(native, ring):
    consumers = [Consumer(capsule_of(native, native.Loan(i))) for i in range(1, 9)]
    threads = [threading.Thread(target=consumer.release) for consumer in consumers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ring.ended()) == list(range(1, 9))


# ---- NumPy as the consumer ----


@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize("kind", TYPES)
def test_numpy_takes_each_type_that_it_knows(native, ring, versioned, kind):
    array = np.array([[0, 1, 2], [3, 4, 5]]).astype(kind)
    seen = np.from_dlpack(Shown(native, array, native.Loan(3), versioned))
    assert seen.dtype == array.dtype
    assert seen.ctypes.data == array.ctypes.data
    assert seen.tolist() == array.tolist()
    assert seen.strides == array.strides
    part = seen[1:]
    del seen
    native.settle()
    assert ring.ended() == []
    del part
    assert ring.ended() == [3]


def test_numpy_says_that_it_does_not_know_bfloat16(native, ring):
    with pytest.raises((BufferError, RuntimeError), match="[Uu]nsupported dtype"):
        np.from_dlpack(Shown(native, np.zeros(3, np.uint16), native.Loan(3), kind=BFLOAT16))
    native.settle()
    assert ring.ended() == [3]


@pytest.mark.parametrize("versioned", [True, False])
def test_what_is_read_only_cannot_be_written_to(native, versioned):
    array = np.zeros(3, np.uint8)
    seen = np.from_dlpack(Shown(native, array, native.Loan(0), versioned))
    with pytest.raises(ValueError):
        seen[0] = 1
    with pytest.raises(ValueError):
        seen.flags.writeable = True
    assert array.tolist() == [0, 0, 0]


def test_what_is_writable_is_shared(native):
    array = np.zeros(3, np.uint8)
    np.from_dlpack(Shown(native, array, native.Loan(0), read_only=False))[1] = 7
    assert array.tolist() == [0, 7, 0]


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1,) * 64])
def test_numpy_takes_any_shape(native, ring, shape):
    array = np.ones(shape, np.float32)
    seen = np.from_dlpack(Shown(native, array, native.Loan(3)))
    assert seen.shape == shape
    assert seen.tolist() == array.tolist()
    del seen
    assert ring.ended() == [3]


# ---- Capsules of others ----


def test_tells_capsules_from_other_things(native):
    assert native.is_capsule(capsule_of(native, native.Loan(0)))
    assert native.is_capsule(np.zeros(3).__dlpack__())
    assert not native.is_capsule("capsule")
    assert not native.is_capsule(np.zeros(3))


@pytest.mark.parametrize("versioned", [True, False])
def test_a_capsule_is_read_in_full(native, versioned):
    flags = {"flags": 1} if versioned else {}
    producer = Producer(
        versioned,
        (4, 3),
        (-7, 0),
        data=8192,
        byte_offset=12,
        code=2,
        bits=32,
        lanes=4,
        device_type=2,
        device_id=3,
        **flags,
    )
    capsule = producer.capsule()
    foreign = native.from_capsule(capsule)
    assert capsules.name_of(capsule) == producer.managed.used
    assert foreign.address == 8204
    assert (foreign.code, foreign.bits, foreign.lanes) == (2, 32, 4)
    assert (foreign.shape, foreign.strides) == ((4, 3), (-7, 0))
    assert (foreign.device_type, foreign.device_id) == (2, 3)
    assert foreign.read_only is versioned
    assert foreign.versioned is versioned


def test_only_the_flag_for_read_only_says_so(native):
    assert native.from_capsule(Producer(flags=6).capsule()).read_only is False
    assert native.from_capsule(Producer(flags=7).capsule()).read_only is True


@pytest.mark.parametrize("minor", [0, 1, 9])
def test_each_minor_version_of_1_is_known(native, minor):
    assert native.from_capsule(Producer(minor=minor).capsule()).versioned


@pytest.mark.parametrize(
    "shape, strides", [((2, 3, 4), (12, 4, 1)), ((2, 0, 4), (4, 4, 1)), ((), ()), ((7,), (1,))]
)
def test_strides_that_are_left_out_are_filled_in(native, shape, strides):
    foreign = native.from_capsule(Producer(versioned=False, shape=shape, strides=None).capsule())
    assert (foreign.shape, foreign.strides) == (shape, strides)


def test_no_dimension_needs_no_extents(native):
    foreign = native.from_capsule(Producer(shape=None, strides=None, ndim=0).capsule())
    assert (foreign.shape, foreign.strides) == ((), ())


def test_64_dimensions_are_read(native):
    shape = (1,) * 62 + (2, 3)
    foreign = native.from_capsule(Producer(shape=shape, strides=None).capsule())
    assert foreign.shape == shape
    assert foreign.strides == (6,) * 62 + (3, 1)


@pytest.mark.parametrize("versioned", [True, False])
def test_the_deleter_runs_when_the_tensor_is_dropped(native, versioned):
    producer = Producer(versioned)
    capsule = producer.capsule()
    foreign = native.from_capsule(capsule)
    del capsule
    assert producer.deleted == 0
    del foreign
    assert producer.deleted == 1


@pytest.mark.parametrize("versioned", [True, False])
def test_the_deleter_runs_once_however_often_the_tensor_is_closed(native, versioned):
    producer = Producer(versioned)
    foreign = native.from_capsule(producer.capsule())
    foreign.close()
    assert producer.deleted == 1
    foreign.close()
    assert foreign.shape == (2, 3)
    del foreign
    assert producer.deleted == 1


@pytest.mark.parametrize("versioned", [True, False])
def test_there_may_be_no_deleter(native, versioned):
    producer = Producer(versioned, deleter=False)
    native.from_capsule(producer.capsule()).close()
    assert producer.deleted == 0


@pytest.mark.parametrize("versioned", [True, False])
def test_refuses_a_capsule_that_was_used(native, versioned):
    producer = Producer(versioned)
    capsule = producer.capsule()
    foreign = native.from_capsule(capsule)
    with pytest.raises(ValueError, match="^used$"):
        native.from_capsule(capsule)
    del capsule
    assert producer.deleted == 0
    del foreign
    assert producer.deleted == 1


def test_refuses_a_capsule_that_numpy_used(native, ring):
    shown = Shown(native, np.zeros(3, np.uint8), native.Loan(3))
    capsule = shown.__dlpack__()

    class Handed(Shown):
        def __dlpack__(self, **others):
            return capsule

    seen = np.from_dlpack(Handed(native, shown.array, shown.loan))
    with pytest.raises(ValueError, match="^used$"):
        native.from_capsule(capsule)
    assert seen.tolist() == [0, 0, 0]


def test_a_major_version_that_is_not_known_is_left_to_the_capsule(native):
    producer = Producer(major=2, minor=0)
    capsule = producer.capsule()
    with pytest.raises(ValueError, match="^version 2.0$"):
        native.from_capsule(capsule)
    assert capsules.name_of(capsule) == b"dltensor_versioned"
    assert producer.deleted == 0
    del capsule
    assert producer.deleted == 1


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"ndim": -1}, "rank -1, expected 0 to 64"),
        ({"ndim": 65}, "rank 65, expected 0 to 64"),
        ({"shape": (2, -3)}, "extent -3 at dimension 1"),
        ({"shape": (2, -3), "strides": None}, "extent -3 at dimension 1"),
        ({"shape": None, "ndim": 2}, "rank 2 without extents"),
        (
            {"shape": (2**32, 2**32), "strides": None},
            "extents of more than 9223372036854775807 elements",
        ),
    ],
)
@pytest.mark.parametrize("versioned", [True, False])
def test_refuses_what_is_no_tensor(native, versioned, fields, message):
    producer = Producer(versioned, **fields)
    capsule = producer.capsule()
    with pytest.raises(ValueError, match=f"^{message}$"):
        native.from_capsule(capsule)
    assert producer.deleted == 0
    del capsule
    assert producer.deleted == 1


def test_refuses_other_capsules_and_no_capsules(native):
    with pytest.raises(ValueError) as refused:
        native.from_capsule(capsules.new(4096, b"arrow_array", None))
    assert (
        str(refused.value) == "a capsule named arrow_array, expected dltensor or dltensor_versioned"
    )
    with pytest.raises(ValueError) as refused:
        native.from_capsule(capsules.new(4096, None, None))
    assert str(refused.value) == "a capsule without a name, expected dltensor or dltensor_versioned"
    with pytest.raises(TypeError) as refused:
        native.from_capsule("text")
    assert str(refused.value) == "expected a PyCapsule, got str"


@pytest.mark.parametrize("version", [None, (1, 1)])
def test_reads_what_numpy_gives_and_gives_it_back(native, version):
    array = np.zeros((2, 3, 4))
    view = array.transpose(2, 0, 1)[::-1]
    before = sys.getrefcount(array)
    foreign = native.from_capsule(view.__dlpack__(max_version=version))
    assert foreign.address == view.ctypes.data
    assert (foreign.shape, foreign.strides) == ((4, 2, 3), (-1, 12, 4))
    assert (foreign.code, foreign.bits, foreign.versioned) == (2, 64, version is not None)
    del view
    assert sys.getrefcount(array) == before
    del foreign
    assert sys.getrefcount(array) == before - 1


@pytest.mark.parametrize("versioned", [True, False])
def test_our_own_capsule_may_come_back(native, ring, versioned):
    loan = native.Loan(3)
    foreign = native.from_capsule(native.to_capsule(loan, 4096, *UINT8, (2, 3), versioned, True))
    del loan
    assert (foreign.address, foreign.shape, foreign.strides) == (4096, (2, 3), (3, 1))
    native.settle()
    assert ring.ended() == []
    foreign.close()
    native.settle()
    assert ring.ended() == [3]


# ---- In bulk ----


def test_memory_does_not_grow(native, ring):
    array = np.zeros((4, 5), np.uint8)

    def rounds(count):
        for number in range(1, count + 1):
            loan = native.Loan(number)
            kept = native.Memory(array.ctypes.data, 20, loan, False).buffer()
            versioned = number % 2 == 0
            shown = Shown(native, array, loan, versioned)
            capsule_of(native, loan, versioned=versioned)
            native.from_capsule(capsule_of(native, loan, versioned=versioned))
            if number % 10 < 2:
                np.from_dlpack(shown)
                native.from_capsule(array.__dlpack__(max_version=(1, 1) if versioned else None))
            del loan, shown, kept
            if number % 100 == 0:
                native.settle()
                assert sorted(ring.ended()) == list(range(number - 99, number + 1))

    rounds(10_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rounds(100_000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 2_000, "KiB; a leak of one block a round is 6,000 and more"


def test_threads_drop_views_at_once(native):
    ring = Ring(native, capacity=2**15)
    array = np.zeros(64, np.uint8)
    for first in range(0, 20_000, 4_000):
        shares = [[] for _ in range(8)]
        for number in range(first + 1, first + 4_001):
            loan = native.Loan(number)
            memory = native.Memory(array.ctypes.data, 64, loan, False)
            for share in shares:
                share.append(np.ndarray((64,), np.uint8, memory.buffer()))
                share.append(np.from_dlpack(Shown(native, array, loan)))
        del loan, memory
        together = threading.Barrier(8)

        def drop(share, together=together):
            together.wait()
            share.clear()

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(drop, shares))
        assert sorted(ring.ended()) == list(range(first + 1, first + 4_001))
    assert ring.words[1] == 20_000


# ---- Which way is taken ----


def choice(environment, *before):
    lines = [
        *before,
        "from headrace import _native",
        "print(_native.CHOICE, '/', _native.Loan.__module__)",
    ]
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_the_way_is_told(way, environment):
    expected = {
        "extension": "C extension _headrace / _headrace\n",
        "ctypes": "ctypes: HEADRACE_PYTHON_EXTENSION is none / headrace._ctypes_native\n",
    }
    assert choice(environment) == expected[way]


@pytest.mark.parametrize("way", ["extension"], indirect=True)
def test_an_extension_of_another_version_is_left_out(environment):
    told = choice(environment, "import _headrace", "_headrace.VERSION = 1")
    assert told == "ctypes: _headrace has version 1, expected 2 / headrace._ctypes_native\n"


@pytest.mark.parametrize("way", ["ctypes"], indirect=True)
def test_an_extension_that_is_not_there_is_not_needed(environment):
    del environment["HEADRACE_PYTHON_EXTENSION"]
    told = choice(environment, "import sys", "sys.modules['_headrace'] = None")
    assert told.startswith("ctypes: import of _headrace halted")
    assert told.endswith("/ headrace._ctypes_native\n")


def test_both_ways_have_the_same_version(native):
    from headrace import _native

    assert native.VERSION == _native.VERSION
    own = "CHOICE", "disarm"  # the second is of ctypes alone
    assert all(hasattr(native, name) for name in _native.__all__ if name not in own)


@pytest.mark.parametrize("versioned", [True, False])
def test_a_loan_counts_the_capsules_that_hold_it(native, versioned):
    loan, other = native.Loan(1), native.Loan(2)
    assert loan.capsules == 0
    made = [native.to_capsule(loan, 64, 1, 8, (), versioned, True) for _ in range(3)]
    apart = native.to_capsule(other, 64, 1, 8, (), versioned, True)
    assert (loan.capsules, other.capsules) == (3, 1)
    consumer = capsules.Consumer(made.pop())
    del made[0]
    native.settle()
    assert loan.capsules == 2
    consumer.release()
    native.settle()
    assert loan.capsules == 1
    foreign = native.from_capsule(made.pop())
    assert loan.capsules == 1
    foreign.close()
    assert (loan.capsules, other.capsules) == (0, 1)
    del apart
