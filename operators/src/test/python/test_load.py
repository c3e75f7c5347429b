"""How a node's function is found, and what stands beside its file."""

import sys

import pytest

from headrace._failure import Refusal
from headrace._load import Config, load, unload


def config(file, function="f"):
    return Config("file", str(file), function, "node", "NUMPY", 1, False, False, False, False)


def folder(parent, name, number):
    folder = parent / name
    folder.mkdir()
    (folder / "helper.py").write_text(f"NUMBER = {number}\n")
    (folder / "f.py").write_text("import helper\nCONSTANT = 1\ndef f():\n    return helper.NUMBER\n")
    return folder / "f.py"


def test_files_import_what_stands_beside_them(tmp_path):
    path = list(sys.path)
    one, _ = load(config(folder(tmp_path, "one", 1)))
    two, _ = load(config(folder(tmp_path, "two", 2)))
    assert (one(), two()) == (1, 2)
    assert "helper" not in sys.modules, "and nobody else finds it"
    assert sys.path == path


def test_a_folder_on_the_path_is_everybodys(tmp_path, monkeypatch):
    file = folder(tmp_path, "one", 1)
    monkeypatch.syspath_prepend(str(file.parent))
    function, _ = load(config(file))
    assert function() == 1
    assert sys.modules.pop("helper").NUMBER == 1
    assert str(file.parent) in sys.path


def test_a_file_that_fails_leaves_nothing(tmp_path):
    file = folder(tmp_path, "one", 1)
    file.write_text("import helper\nraise ValueError('no')\n")
    before = set(sys.modules), list(sys.path)
    with pytest.raises(ValueError, match="no"):
        load(config(file))
    assert (set(sys.modules), list(sys.path)) == before


def test_a_module_is_forgotten(tmp_path):
    before = set(sys.modules)
    _, module = load(config(folder(tmp_path, "one", 1)))
    assert set(sys.modules) == before | {module.__name__}
    unload(module)
    assert set(sys.modules) == before


def test_what_is_no_function_is_told(tmp_path):
    file = folder(tmp_path, "one", 1)
    with pytest.raises(Refusal) as refused:
        load(config(file, "CONSTANT"))
    assert str(refused.value) == "CONSTANT of f.py is no function, but of type int"
    with pytest.raises(Refusal) as refused:
        load(config(file, "g"))
    assert str(refused.value) == "f.py has no function g; it has: f"
