"""Finds the user's function: in a file, in a module, or in source text."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import itertools
import linecache
import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

from headrace._failure import PRIVATE, SEPARATOR, Refusal

_MOST_NAMED = 20


class Config(NamedTuple):
    """What the Java side says of a node, in this order."""

    kind: str  # file, module or source
    text: str  # a path, a module's name or source text
    function: str
    node: str
    view: str
    outputs: int
    batch: bool
    adopt: bool
    worker: bool
    progress: bool

    @staticmethod
    def of(text: str) -> Config:
        kind, source, function, node, view, outputs, *flags = text.split(SEPARATOR)
        batch, adopt, worker, progress = (flag == "true" for flag in flags)
        return Config(
            kind, source, function, node, view, int(outputs), batch, adopt, worker, progress
        )


_numbers = itertools.count(1)


def load(config: Config) -> tuple[Callable[..., Any], ModuleType]:
    """The function that a node names, and the module where it was found: see `unload`.

    Raises Refusal if there is none of that name, and whatever loading raises.
    """
    if config.kind == "file":
        module = _from_file(config.text)
    elif config.kind == "module":
        module = importlib.import_module(config.text)
    else:
        module = _from_source(config.text, config.node)
    function: Any = module
    for part in config.function.split("."):
        function = getattr(function, part, None)
    if not callable(function):
        unload(module)
        if function is not None:
            raise Refusal(
                f"{config.function} of {place(config)} is no function, but of type "
                f"{type(function).__name__}"
            )
        raise Refusal(
            f"{place(config)} has no function {config.function}; it has: {_names(module)}"
        )
    return function, module


def place(config: Config) -> str:
    """Where the function is said to be, for messages."""
    if config.kind == "file":
        return os.path.basename(config.text)
    return config.text if config.kind == "module" else "the source text"


def _from_file(path: str) -> ModuleType:
    # a private name for each node: two files of one name do not meet
    name = f"{PRIVATE}file_{next(_numbers)}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Refusal(f"{os.path.basename(path)} is no Python file: its name ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _importing_from(os.path.dirname(os.path.abspath(path))):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextlib.contextmanager
def _importing_from(folder: str) -> Iterator[None]:
    """While a file is loaded, it may import what stands beside it, as modules of its own: another
    file's `helper.py` does not meet this one's."""
    if folder in sys.path:
        yield
        return
    before = set(sys.modules)
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if file and file.startswith(folder + os.sep) and not name.startswith(PRIVATE):
                del sys.modules[name]


def _from_source(source: str, node: str) -> ModuleType:
    name = f"{PRIVATE}source_{next(_numbers)}"
    file = f"<source of {node}>"
    others = itertools.count(2)
    while file in linecache.cache and linecache.getlines(file) != source.splitlines(keepends=True):
        file = f"<source of {node}, {next(others)}>"  # another pipeline's node has this name
    module = ModuleType(name)
    # so that tracebacks show the lines
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    sys.modules[name] = module
    try:
        exec(compile(source, file, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def unload(module: ModuleType) -> None:
    """Forgets a module that was loaded for one node."""
    if module.__name__.startswith(PRIVATE):
        sys.modules.pop(module.__name__, None)


def _names(module: ModuleType) -> str:
    names = sorted(
        name
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
    )
    more = ["…"] if len(names) > _MOST_NAMED else []
    return ", ".join(names[:_MOST_NAMED] + more) or "none"
