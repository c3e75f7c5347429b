"""Functions that wait until a test lets them go on."""

import threading

entered = threading.Event()
go_on = threading.Event()


def shut():
    entered.clear()
    go_on.clear()


def wait(view):
    """Waits in C, without Python's lock."""
    entered.set()
    go_on.wait()
    return view + 1000


def wait_from_four(view):
    """Lets the first four numbers through."""
    return view + 1000 if view[0] < 4 else wait(view)


def loop(view):
    """Waits in Python, with Python's lock, for ever if nobody lets it go."""
    entered.set()
    while not go_on.is_set():
        pass
    return view + 1000
