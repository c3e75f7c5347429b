"""The main program of a worker process: calls one node's function for the Java side.

It talks with `dev.headrace.operators.python.WorkerProcess` through a socket, in frames: the length of
the body (8 bytes), a letter, the body. Inputs are read from the pipeline's own memory and results
written to it; the frames say where.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import sys
from typing import Any

from headrace import _native, _trampoline

# from Java: OPEN a node, MAP the shared memory, RUN a request; GIVEN or REFUSED, to a question
_OPEN, _MAP, _RUN, _GIVEN, _REFUSED = b"OMRGX"
# to Java: DONE or FAILED; in between a QUESTION, the PROGRESS, or which loans have ENDED
_DONE, _FAILED, _QUESTION, _PROGRESS, _ENDED = b"DFQPE"

_HEAD = struct.Struct("=qB")

_LOANS = 1 << 16  # as many as the Java side has out at most


def main() -> None:
    """Serves until the Java side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the JVM, which takes us with it
    _end_with_the_jvm()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    path = sys.argv.pop()
    with socket.socket(socket.AF_UNIX) as channel:
        try:
            channel.connect(path)
        finally:
            with contextlib.suppress(OSError):  # the JVM does the same, if it lives
                os.unlink(path)
                os.rmdir(os.path.dirname(path))
        # a copy of this process that comes back from the function must not answer, too
        os.register_at_fork(after_in_child=channel.close)
        with contextlib.suppress(_HungUp):
            _Worker(channel).serve()


def _end_with_the_jvm() -> None:
    """Lets the kernel end this process when the JVM ends, whatever runs here then.

    The JVM holds the other end of standard input and never writes to it. User code gets an empty
    standard input instead.
    """
    line = os.dup(0)
    fcntl.fcntl(line, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(line, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(line, fcntl.F_SETFL, fcntl.fcntl(line, fcntl.F_GETFL) | os.O_ASYNC)
    ended = select.poll()
    ended.register(line, 0)
    if ended.poll(0):  # before we asked for the signal
        os._exit(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)


class _HungUp(Exception):
    """The Java side does not listen any more."""


class _Worker:
    """The connection, and the node's function behind it."""

    def __init__(self, channel: socket.socket):
        self.channel = channel
        self.ring = _Ring()
        self.node = 0

    def serve(self) -> None:
        while True:
            kind, body = self.receive()
            if kind == _OPEN:
                self._open(body.decode())
            elif kind == _MAP:
                self._map(body.decode())
            elif kind == _RUN:
                self._run(body)
            else:
                raise ValueError(f"a frame {kind} out of turn")

    def _open(self, config: str) -> None:
        opened = _trampoline.open_node(config, _Lender(self))
        if isinstance(opened, str):
            self.send(_FAILED, opened.encode())
        else:
            self.node = opened
            self.send(_DONE)

    def _map(self, what: str) -> None:
        path, size = what.rsplit(" ", 1)
        try:
            # twice, so that a function that writes to its inputs is stopped by the processor
            read = _mapped(path, int(size), os.O_RDONLY, _PROT_READ)
            write = _mapped(path, int(size), os.O_RDWR, _PROT_READ | _PROT_WRITE)
        except OSError as error:
            self.send(_FAILED, f"{path} could not be mapped: {error}".encode())
            return
        _trampoline.set_bases(self.node, read, write)
        self.send(_DONE)

    def _run(self, body: bytearray) -> None:
        answer = _trampoline.run(self.node, memoryview(body).cast("q").tolist())
        with contextlib.suppress(Exception):  # user code may have put anything there
            sys.stdout.flush()
            sys.stderr.flush()
        self._tell_ended()
        if isinstance(answer, str):
            self.send(_FAILED, answer.encode(errors="replace"))
        else:
            self.send(_DONE, answer)

    def _tell_ended(self) -> None:
        ended = self.ring.take()
        if ended:
            self.send(_ENDED, struct.pack(f"={len(ended)}q", *ended))

    def ask(self, question: str) -> str:
        """Asks the Java side something in the middle of a request."""
        try:
            self._tell_ended()
            self.send(_QUESTION, question.encode())
            kind, body = self.receive()
        except _HungUp:
            os._exit(0)  # nobody waits for what the function would go on with
        if kind == _REFUSED:
            raise MemoryError(body.decode())
        return body.decode()

    def send(self, kind: int, body: bytes = b"") -> None:
        try:
            self.channel.sendall(_HEAD.pack(len(body), kind) + body)
        except ConnectionError as gone:
            raise _HungUp from gone

    def receive(self) -> tuple[int, bytearray]:
        """The next frame."""
        length, kind = _HEAD.unpack(self._exactly(_HEAD.size))
        return kind, self._exactly(length)

    def _exactly(self, length: int) -> bytearray:
        body = bytearray(length)
        rest = memoryview(body)
        while rest:
            try:
                got = self.channel.recv_into(rest)
            except ConnectionError as gone:
                raise _HungUp from gone
            if got == 0:
                raise _HungUp
            rest = rest[got:]
        return body


class _Lender:
    """What the trampoline asks during a request, passed on to `dev.headrace.operators.python.Lender`."""

    def __init__(self, worker: _Worker):
        self.worker = worker

    def block(self, output: int) -> str:
        return self.worker.ask(f"block {output}")

    def make(self, output: int, sample: int, spec: str) -> str:
        return self.worker.ask(f"make {output} {sample} {spec}")

    def lend(self, nbytes: int) -> str:
        return self.worker.ask(f"lend {nbytes}")

    def seeds(self) -> str:
        return self.worker.ask("seeds")

    def progress(self, sample: int) -> None:
        """A call begins: the time limit counts from here."""
        self.worker.send(_PROGRESS, struct.pack("=q", sample))


class _Ring:
    """Where ends of loans are written, from any thread: capacity, end, entries."""

    def __init__(self) -> None:
        self.words = (ctypes.c_int64 * (2 + _LOANS))(_LOANS)
        # never freed: loans end also while the interpreter does
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.words))
        self.taken = 0
        _native.use_ring(ctypes.addressof(self.words))

    def take(self) -> list[int]:
        """The loans that have ended since."""
        ended = []
        while number := self.words[(place := 2 + self.taken % _LOANS)]:
            self.words[place] = 0
            self.taken += 1
            ended.append(number)
        return ended


# mmap of the module of that name does not tell the address of memory that is read-only
_PROT_READ, _PROT_WRITE = 1, 2
_MAP_SHARED, _MAP_NORESERVE = 1, 0x4000


def _mapped(path: str, size: int, flags: int, protection: int) -> int:
    """Maps a file; returns the address."""
    mmap: Any = ctypes.CDLL(None, use_errno=True).mmap
    mmap.restype = ctypes.c_void_p
    mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int64,
    ]
    file = os.open(path, flags)
    try:
        address = mmap(None, size, protection, _MAP_SHARED | _MAP_NORESERVE, file, 0)
        if address == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return address
    finally:
        os.close(file)


if __name__ == "__main__":
    main()
