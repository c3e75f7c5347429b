"""What is told of code that cannot be loaded: the traceback begins with the user's own line."""

import pytest
from headrace import _failure, _trampoline


def traceback_of(kind, text):
    """What loading a function says at last."""
    parts = [kind, str(text), "f", "node", "TENSOR", "1", *["false"] * 4]
    failure = _trampoline.open_node(_failure.SEPARATOR.join(parts), None)
    return failure.split(_failure.SEPARATOR)[-1].splitlines()


@pytest.fixture(params=["file", "module"])
def wrong(request, tmp_path, monkeypatch):
    """Code that fails in its second line, and what the user says to have it loaded."""
    file = tmp_path / "wrong_at_once.py"
    file.write_text("numbers = []\nfirst = numbers[0]\n")
    monkeypatch.syspath_prepend(tmp_path)
    return file, request.param, file if request.param == "file" else file.stem


def test_the_way_to_the_users_code_is_left_out(wrong):
    file, kind, text = wrong
    lines = traceback_of(kind, text)
    assert lines[:2] == [
        "Traceback (most recent call last):",
        f'  File "{file}", line 2, in <module>',
    ]
    assert lines[-1] == "IndexError: list index out of range"


def test_what_is_not_there_has_no_frames(tmp_path):
    missing = tmp_path / "missing.py"
    assert traceback_of("file", missing) == [
        f"FileNotFoundError: [Errno 2] No such file or directory: '{missing}'"
    ]
    assert traceback_of("module", "missing_module") == [
        "ModuleNotFoundError: No module named 'missing_module'"
    ]
