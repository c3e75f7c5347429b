"""Puts a trampoline in the place of `headrace._trampoline` whose node is whatever text it is given.

The text defines run(words); it may use `lender` and, once the memory is mapped, `bases`.
"""

import sys
import types

_nodes = {}


def _open_node(config, lender):
    if config.startswith("refuse "):
        return config.removeprefix("refuse ")
    node = {"lender": lender}
    exec(config, node)
    _nodes[5] = node
    return 5


def _set_bases(number, read, write):
    _nodes[number]["bases"] = (read, write)


def _run(number, words):
    return _nodes[number]["run"](words)


_fake = types.ModuleType("headrace._trampoline")
_fake.open_node = _open_node
_fake.set_bases = _set_bases
_fake.run = _run
sys.modules[_fake.__name__] = _fake
