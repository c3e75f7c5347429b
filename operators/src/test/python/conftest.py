"""Both ways of `headrace._native`, and what tests of it need.

Needs pytest and NumPy. The C extension module is compiled from its source, so that what is tested
is what stands here; without a C compiler its tests are skipped.
"""

import ctypes
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "main" / "python"
sys.path.insert(0, str(SOURCES))


class Ring:
    """Reads ends of loans as the engine does."""

    def __init__(self, native, capacity=4096):
        self.words = (ctypes.c_int64 * (2 + capacity))(capacity)
        self.head = 0
        native.use_ring(ctypes.addressof(self.words))

    def ended(self):
        numbers = []
        while number := self.words[2 + self.head % self.words[0]]:
            self.words[2 + self.head % self.words[0]] = 0
            self.head += 1
            numbers.append(number)
        return numbers


@pytest.fixture(scope="session")
def extension_folder(tmp_path_factory):
    """A folder with the C extension module; compiled without a single warning."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        pytest.skip(f"no C compiler: {compiler}")
    folder = tmp_path_factory.mktemp("extension")
    module = folder / f"_headrace{sysconfig.get_config_var('EXT_SUFFIX')}"
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    include = f"-I{sysconfig.get_path('include')}"
    source = str(SOURCES / "_headrace.c")
    command = [compiler, "-std=c11", "-O2", *warnings, "-shared", "-fPIC", include, source]
    subprocess.run([*command, "-o", str(module)], check=True)
    return folder


@pytest.fixture(scope="session")
def extension(extension_folder):
    (file,) = extension_folder.iterdir()
    spec = importlib.util.spec_from_file_location("_headrace", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["extension", "ctypes"])
def way(request):
    return request.param


@pytest.fixture
def native(way, request):
    """Each test runs on both ways."""
    if way == "extension":
        module = request.getfixturevalue("extension")
    else:
        from headrace import _ctypes_native as module
    yield module
    module.settle()
    module.use_ring(0)


@pytest.fixture
def ring(native):
    return Ring(native)


@pytest.fixture
def environment(way, request):
    """The environment of a Python process in which `headrace._native` takes this way."""
    path = [str(SOURCES)]
    chosen = dict(os.environ)
    if way == "extension":
        path.append(str(request.getfixturevalue("extension_folder")))
    else:
        chosen["HEADRACE_PYTHON_EXTENSION"] = "none"
    chosen["PYTHONPATH"] = os.pathsep.join(path)
    return chosen
