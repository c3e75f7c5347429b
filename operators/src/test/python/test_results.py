"""What becomes of what a function returns: `headrace._results` and `headrace._trampoline`."""

import gc
import weakref

import engine
import headrace
import numpy as np
import pytest
from capsules import Once, Producer
from engine import Engine, Failed
from headrace import _trampoline


@pytest.fixture(autouse=True)
def one_way(native, ring, monkeypatch):
    """Each test runs by the C extension module and by ctypes, and leaves no result behind."""
    engine.use(native, monkeypatch)
    before = _trampoline.kept()
    yield
    assert _trampoline.kept() == before


@pytest.fixture
def opened():
    """Opens nodes, and closes them."""
    all_ = []

    def open_(*arguments, **options):
        all_.append(Engine(*arguments, **options))
        return all_[-1]

    yield open_
    for each in all_:
        each.close()


BATCH = np.arange(12, dtype=np.float32).reshape(3, 4)


def statuses(entries):
    return [entry.status for entry in entries]


def at(array):
    return array.__array_interface__["data"][0]


# ---- what is an input


@pytest.mark.parametrize("view", ["DLPACK", "TENSOR", "NUMPY"])
@pytest.mark.parametrize("batch", [False, True])
def test_an_identity_is_told_in_two_words(opened, view, batch):
    node = opened(lambda x, y: (y, x), view, outputs=2, batch=batch)
    assert node.run(BATCH, BATCH) == [1, 0]
    apart = [np.zeros(2), np.zeros(0), np.zeros(5)]
    assert node.run(BATCH, apart) == [1, 0]


@pytest.mark.parametrize("view", ["DLPACK", "TENSOR", "NUMPY"])
def test_an_identity_of_one_tensor_for_all(opened, view):
    (same,) = opened(lambda x: x, view, batch=True).run(BATCH, dense=[0])
    assert same[:3] == ("SAME", "float32", (3, 4))


def test_an_identity_that_ends_is_told_sample_by_sample(opened):
    node = opened(lambda x: x if headrace.sample_index() < 2 else x * 2)
    (entries,) = node.run(BATCH)
    assert statuses(entries) == ["SAME", "SAME", "KEPT"]
    assert [entry[4:] for entry in entries[:2]] == [(0, 0), (0, 1)]
    _trampoline.release([entries[2].b])


@pytest.mark.parametrize("view", ["DLPACK", "TENSOR", "NUMPY"])
def test_samples_in_another_order_lie_in_the_inputs(opened, view):
    (entries,) = opened(lambda x: x[::-1], view, batch=True).run(BATCH)
    for sample, entry in enumerate(entries):
        if view == "TENSOR" or sample == 1:
            assert (entry.status, entry.a, entry.b) == ("SAME", 0, 2 - sample)
        else:
            assert (entry.status, entry.a) == ("WITHIN", at(BATCH[2 - sample]))


def test_a_part_of_an_input_lies_in_it(opened):
    (entries,) = opened(lambda x: x[1:3]).run(BATCH)
    assert [entry.a for entry in entries] == [at(row[1:]) for row in BATCH]
    assert statuses(entries) == ["WITHIN"] * 3
    (entries,) = opened(lambda x: x[::2]).run(BATCH)
    assert statuses(entries) == ["MADE"] * 3, "not where it has gaps"


# ---- what nobody else holds


def handles(entries):
    return [entry.b for entry in entries]


def test_a_new_array_is_kept_until_java_releases_it(opened):
    node = opened(lambda x: x + 1)
    before = _trampoline.kept()
    (first,) = node.run(BATCH)
    assert statuses(first) == ["KEPT"] * 3
    assert _trampoline.kept() == before + 3
    (second,) = node.run(BATCH[:1], count=1, release=handles(first))
    assert _trampoline.kept() == before + 1
    _trampoline.release(handles(second))


def test_its_memory_is_told(opened):
    node = opened(lambda x: (made := x + 1, at(made)), outputs=2)
    made, addresses = node.run(BATCH[:1], count=1)
    assert made[0].a == node_number(node, addresses[0])
    _trampoline.release(handles(made))


def node_number(node, entry):
    """The int64 that was copied into what `make` gave."""
    assert entry[:3] == ("MADE", "int64", ())
    return int(node.memory[1, 0][:8].view(np.int64)[0])


HELD = []


def same_each_time(x, buffer=np.zeros(4, np.float32)):
    buffer[:] = x
    return buffer


def kept(x):
    HELD.append(x + 1)
    return HELD[-1]


def weakly_kept(x):
    made = x + 1
    HELD.append(weakref.ref(made))
    return made


def a_part(x):
    return np.stack([x, x])[0]


def with_a_part_kept(x):
    made = x + 1
    HELD.append(made[1:])
    return made


def in_order_of_columns(x):
    return np.asfortranarray(np.stack([x, x]))


@pytest.mark.parametrize(
    "function",
    [same_each_time, kept, weakly_kept, a_part, with_a_part_kept, in_order_of_columns],
)
def test_what_somebody_may_hold_is_copied(opened, function):
    (entries,) = opened(function).run(BATCH)
    assert statuses(entries) == ["MADE"] * 3
    (entries,) = opened(lambda x: [function(each) for each in x], batch=True).run(BATCH)
    assert statuses(entries) == ["COPY"] * 3
    HELD.clear()


def test_what_java_copies_is_kept_until_the_next_request(opened):
    noted = []

    def f(x):
        made = np.stack([x[0], x[0]])
        noted.append(weakref.ref(made))
        return [made[0]]

    node = opened(f, batch=True)
    (entries,) = node.run(BATCH[:1], count=1)
    assert entries[0].status == "COPY"
    assert entries[0].a == at(noted[0]())
    node.run(BATCH[:1], count=1)
    assert noted[0]() is None


def test_strides_of_what_java_copies_are_told_in_bytes(opened):
    made = np.zeros((3, 5, 2), np.int16)[:, ::-2].transpose(0, 2, 1)
    node = opened(lambda: list(made), batch=True)
    (entries,) = node.run()
    assert entries[1] == ("COPY", "int16", (2, 3), (2, -8), at(made[1]), 0)
    whole = opened(lambda: made, batch=True)
    (entry,) = whole.run()
    assert entry == ("COPY", "int16", (3, 2, 3), (20, 2, -8), at(made), 0)


def test_a_worker_copies_once_where_the_output_is(opened):
    block = np.zeros((3, 4), np.float32)
    node = opened(lambda x: x + 1, worker=True, block=block)
    (entries,) = node.run(BATCH)
    assert statuses(entries) == ["SLOT"] * 3
    assert np.array_equal(block, BATCH + 1)
    node = opened(lambda x: [each + 1 for each in x], worker=True, batch=True, block=block[:, :3])
    (entries,) = node.run(BATCH)
    assert statuses(entries) == ["MADE"] * 3
    assert node.memory[0, 2].view(np.float32)[:4].tolist() == [9, 10, 11, 12]
    node = opened(lambda x: np.stack(x) + 1, worker=True, batch=True)
    (entry,) = node.run(BATCH)
    assert entry.status == "LENT"
    assert np.array_equal(node.memory[entry.b].view(np.float32), (BATCH + 1).ravel())


# ---- what empty() made


def made(x):
    out = headrace.empty(4, "float32")
    out[:] = x
    return out


def test_empty_is_the_slot_of_the_batch_where_that_is_foreseen(opened):
    block = np.zeros((3, 4), np.float32)
    node = opened(made, block=block)
    (entries,) = node.run(BATCH)
    assert statuses(entries) == ["SLOT"] * 3
    assert np.array_equal(block, BATCH)
    assert node.asked.count("block 0") == 1


@pytest.mark.parametrize("batch", [False, True])
def test_else_it_is_lent(opened, batch):
    node = opened((lambda x: [made(each) for each in x]) if batch else made, batch=batch)
    (entries,) = node.run(BATCH)
    assert [entry[:2] for entry in entries] == [("LENT", "float32")] * 3
    for entry, row in zip(entries, BATCH):
        assert entry.a == at(node.memory[entry.b])
        assert np.array_equal(node.memory[entry.b].view(np.float32), row)


def test_it_is_copied_where_somebody_holds_it(opened):
    block = np.zeros((3, 4), np.float32)

    def f(x):
        HELD.append(made(x))
        return HELD[-1]

    node = opened(f, block=block)
    (entries,) = node.run(BATCH)
    assert statuses(entries) == ["LENT"] * 3, "the slot may be written to"
    for kept_ in HELD:
        kept_[:] = -1
    for entry, row in zip(entries, BATCH):
        assert np.array_equal(node.memory[entry.b].view(np.float32), row)
    HELD.clear()


def test_the_loan_of_empty_ends_when_nobody_sees_it(opened, ring):
    node = opened(lambda x: HELD.append(made(x)) or x)
    node.run(BATCH)
    gc.collect()
    assert ring.ended() == [1], "the input's alone"
    HELD.clear()
    gc.collect()
    assert set(ring.ended()) == {2000, 2001, 2002}


# ---- tensors of others


@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize("form", [Producer.capsule, lambda producer: Once(producer.capsule())])
@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("adopt", [False, True])
def test_deleters_run_once(opened, versioned, form, batch, adopt):
    memory = np.arange(6, dtype=np.float32)
    producers = [Producer(versioned, data=at(memory)) for _ in range(3)]
    forms = [form(producer) for producer in producers]
    if batch:
        node = opened(lambda: forms, batch=True, adopt=adopt)
    else:
        node = opened(lambda: forms[headrace.sample_index()], adopt=adopt)
    (entries,) = node.run()
    used = adopt or batch  # still
    assert statuses(entries) == ["KEPT" if adopt else "COPY" if batch else "MADE"] * 3
    assert [producer.deleted for producer in producers] == [0 if used else 1] * 3
    if adopt:
        _trampoline.release(handles(entries))
    elif batch:
        with pytest.raises(Failed):
            node.run(count=2)  # the next request: Java has copied them
    forms.clear()
    assert [producer.deleted for producer in producers] == [1] * 3


@pytest.mark.parametrize("adopt", [False, True])
def test_deleters_run_once_where_a_later_check_fails(opened, adopt):
    producers = []

    def f():
        if headrace.sample_index() == 2:
            return "no"
        producers.append(Producer(data=at(BATCH), shape=(4,), strides=None))
        return producers[-1].capsule()

    with pytest.raises(Failed, match="f returned a str"):
        opened(f, adopt=adopt).run()
    assert [producer.deleted for producer in producers] == [1, 1]


@pytest.mark.parametrize(
    "fields", [{"device_type": 2}, {"lanes": 2}, {"code": 5}, {"major": 2}, {"ndim": 65}]
)
def test_deleters_run_once_where_the_tensor_is_refused(opened, fields):
    producer = Producer(data=at(BATCH), **fields)
    with pytest.raises(Failed):
        opened(producer.capsule).run(count=1)
    assert producer.deleted == 1


def test_the_byte_offset_counts(opened):
    producer = Producer(data=at(BATCH), shape=(2,), strides=(1,), byte_offset=8)
    node = opened(producer.capsule)
    node.run(count=1)
    assert node.memory[0, 0][:8].view(np.float32).tolist() == [2, 3]


@pytest.mark.parametrize("device", [1, 3])
def test_page_locked_memory_is_the_hosts(opened, device):
    producer = Producer(data=at(BATCH), device_type=device)
    (entries,) = opened(producer.capsule).run(count=1)
    assert entries[0].status == "MADE"


def test_a_library_from_before_versions_is_asked_again(opened):
    class Old:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, stream=None):
            return self.array.__dlpack__()

    (entries,) = opened(lambda x: Old(x + 1)).run(BATCH)
    assert statuses(entries) == ["MADE"] * 3


def test_strange_answers_of_a_library_are_told(opened):
    class Odd(Once):
        pass

    message = "f returned an Odd for output 0, whose __dlpack__ gave an int"
    with pytest.raises(Failed, match=message):
        opened(lambda: Odd(3)).run(count=1)


# ---- failures


def test_nothing_is_kept_of_a_call_that_failed(opened):
    def f(x):
        if headrace.sample_index() == 12:
            raise ValueError("too dark")
        return x + 1

    with pytest.raises(Failed) as failed:
        opened(f).run(BATCH, first=10)
    message, sample, type_, text, traceback = failed.value.args
    assert (message, sample) == ("f raised ValueError: too dark", "12")
    assert (type_, text) == ("ValueError", "too dark")
    assert traceback.splitlines()[0] == "Traceback (most recent call last):"
    assert traceback.splitlines()[1].endswith("in f")
    assert traceback.splitlines()[2].strip() == 'raise ValueError("too dark")'


def test_a_worker_ends_where_the_function_says_so(opened):
    def f():
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        opened(f, worker=True).run()
    with pytest.raises(Failed, match="f raised SystemExit: 3"):
        opened(f).run()


def test_progress_is_told_by_place(opened):
    node = opened(lambda: 0, outputs=0)
    node.run(first=4, count=3)
    assert node.asked == ["progress 4", "progress 5", "progress 6"]
    node = opened(lambda: 0, outputs=0, batch=True)
    node.run(first=4, count=3)
    assert node.asked == []


# ---- inputs


@pytest.mark.parametrize("view", ["DLPACK", "TENSOR", "NUMPY"])
def test_the_loan_of_an_input_ends_with_its_last_view(opened, native, ring, view):
    node = opened(lambda x: HELD.append(x) if headrace.sample_index() == 1 else None, view, 0)
    node.run(BATCH)
    gc.collect()
    assert ring.ended() == []
    HELD.clear()
    gc.collect()
    native.settle()  # else by the next call
    assert ring.ended() == [1]
