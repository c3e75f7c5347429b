"""`headrace._native` while a Python process ends: it ends well, and says nothing."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

START = """
import atexit, ctypes, os, sys, threading
sys.path.insert(0, %r)
last = []
atexit.register(lambda: [call() for call in last])  # after the handlers of what is imported now
import numpy as np
import capsules
from headrace import _native as native

words = (ctypes.c_int64 * 66)(64)
capsules.function("Py_IncRef", None, ctypes.py_object)(words)  # the ring outlives the interpreter
native.use_ring(ctypes.addressof(words))
array = np.zeros(6, np.uint8)

def capsule(number, versioned=True):
    return native.to_capsule(native.Loan(number), array.ctypes.data, 1, 8, (2, 3), versioned, True)

class Shown:
    def __dlpack_device__(self):
        return 1, 0
    def __dlpack__(self, **others):
        return capsule(9)

def ended():
    return [number for number in words[2:] if number]
"""


def run(environment, program):
    text = START % str(Path(__file__).parent) + textwrap.dedent(program)
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", text],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def ends_well(environment, program):
    run_ = run(environment, program)
    assert (run_.returncode, run_.stderr) == (0, "")
    return run_.stdout


@pytest.mark.parametrize("versioned", [True, False])
def test_capsules_that_nobody_consumed_are_left(environment, versioned):
    ends_well(environment, f"left = [capsule(i + 1, {versioned}) for i in range(100)]")


def test_all_kinds_of_things_are_left(environment):
    ends_well(
        environment,
        """
        loan = native.Loan(1)
        memory = native.Memory(array.ctypes.data, 6, native.Loan(2), False)
        seen = np.ndarray((2, 3), np.uint8, memory.buffer())
        consumed = np.from_dlpack(Shown())
        foreign = native.from_capsule(array.__dlpack__())
        our_own = native.from_capsule(capsule(3))
        cycle = [native.Loan(4), capsule(5)]
        cycle.append(cycle)
        # Modules that are still held are emptied, the last imported first: ours before os.
        modules = [module for name, module in sys.modules.items() if "headrace" in name]
        os.last_words = [loan, memory, seen, consumed, foreign, our_own, *modules]
        """,
    )


def test_things_are_left_in_a_thread_that_does_not_end(environment):
    ends_well(
        environment,
        """
        started, never = threading.Event(), threading.Event()
        def hold():
            held = [native.Loan(1), np.from_dlpack(Shown()), capsule(3)]
            held.append(native.from_capsule(capsule(2)))
            started.set()
            never.wait()
        threading.Thread(target=hold, daemon=True).start()
        started.wait()
        """,
    )


def test_the_deleter_is_called_from_atexit(environment):
    told = ends_well(
        environment,
        """
        @atexit.register
        def late():
            consumer.release()
            print(ended())
        consumer = capsules.Consumer(capsule(5))
        """,
    )
    assert told == "[5]\n"


def test_the_deleter_is_called_when_modules_are_gone(environment):
    ends_well(
        environment,
        """
        class Late:
            def __init__(self, consumer):
                self.consumer = consumer
            def __del__(self):
                self.consumer.release()
        os.last_words = Late(capsules.Consumer(capsule(5)))
        for module in "headrace._native", "headrace._ctypes_native", "_headrace":
            sys.modules.pop(module, None)
        del native
        """,
    )


def test_the_deleter_is_called_from_a_thread_while_the_process_ends(environment):
    ends_well(
        environment,
        """
        consumers = [capsules.Consumer(capsule(0)) for _ in range(20_000)]
        under_way = threading.Event()
        def delete():
            for place, consumer in enumerate(consumers):
                consumer.release()
                if place == 100:
                    under_way.set()
        threading.Thread(target=delete, daemon=True).start()
        under_way.wait()
        """,
    )


@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize("way", ["ctypes"], indirect=True)
def test_a_deleter_that_needs_the_interpreter_is_taken_away_when_it_ends(environment, versioned):
    told = ends_well(
        environment,
        f"""
        managed = capsules.Consumer(capsule(5, {versioned})).managed
        print(bool(managed.deleter))
        last.append(lambda: print(bool(managed.deleter), managed.tensor.ndim, ended()))
        """,
    )
    assert told == "True\nFalse 2 []\n"


@pytest.mark.parametrize("way", ["extension"], indirect=True)
def test_the_deleter_may_be_called_when_the_interpreter_has_ended(environment):
    """By the C library's exit handlers, as a static variable of a consumer's library would."""
    told = ends_well(
        environment,
        """
        consumer = capsules.Consumer(capsule(5))
        at_exit = ctypes.CDLL(None).__cxa_atexit
        at_exit.argtypes = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
        at_exit(consumer.deleter.value, consumer.address, None)
        """,
    )
    assert told == ""
