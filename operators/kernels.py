"""Compiles the kernels of operators for CUDA devices.

    ./headrace kernels          after a change of a .cu or .cuh file

A source, as Cast.cu, lies beside its record; what it is compiled to, Cast.ptx, becomes a resource
beside the class. The first line of that says of which source it is, so that a test can tell whether
it is stale. The compiler is NVRTC, which needs neither a device nor a toolkit: the package
nvidia-cuda-nvrtc-cu12 of 12.0, whose PTX 8.0 any driver from 525 on understands.

Called as: kernels.py FOLDER, the folder that holds libnvrtc.so.12.
"""

import ctypes
import hashlib
import re
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
# of operators, and of the engine's tests
PARTS = [HOME / "operators" / "src" / "main", HOME / "engine" / "src" / "test"]
SHARED = PARTS[0] / "java" / "dev" / "headrace" / "operators" / "tensor"
INCLUDE = re.compile(r'^#include "(.*)"$', re.MULTILINE)
OPTIONS = [
    "--gpu-architecture=compute_75",
    "--std=c++17",
    "--fmad=false",  # products are rounded before they are added, as on the host
]


def expanded(source: Path) -> str:
    """The text of a source with what it includes: of its own folder, or else of SHARED."""

    def included(found: re.Match[str]) -> str:
        beside = source.parent / found.group(1)
        file = beside if beside.exists() else SHARED / found.group(1)
        return file.read_text(encoding="utf-8").rstrip("\n")

    return INCLUDE.sub(included, source.read_text(encoding="utf-8"))


class Compiler:
    """NVRTC."""

    def __init__(self, folder: Path) -> None:
        self.library = ctypes.CDLL(str(folder / "libnvrtc.so.12"))
        self.library.nvrtcGetErrorString.restype = ctypes.c_char_p

    def call(self, name: str, *arguments: object) -> int:
        return getattr(self.library, name)(*arguments)

    def check(self, name: str, *arguments: object) -> None:
        code = self.call(name, *arguments)
        if code:
            words = self.library.nvrtcGetErrorString(code).decode()
            sys.exit(f"{name} failed: {words}")

    def text(self, program: ctypes.c_void_p, what: str) -> str:
        size = ctypes.c_size_t()
        self.check(f"nvrtcGet{what}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self.check(f"nvrtcGet{what}", program, buffer)
        return buffer.value.decode()

    def ptx(self, name: str, source: str) -> str:
        program = ctypes.c_void_p()
        self.check(
            "nvrtcCreateProgram",
            ctypes.byref(program),
            source.encode(),
            name.encode(),
            0,
            None,
            None,
        )
        options = (ctypes.c_char_p * len(OPTIONS))(*(each.encode() for each in OPTIONS))
        code = self.call("nvrtcCompileProgram", program, len(OPTIONS), options)
        if code:
            sys.exit(f"{name} does not compile:\n{self.text(program, 'ProgramLog')}")
        ptx = self.text(program, "PTX")
        self.check("nvrtcDestroyProgram", ctypes.byref(program))
        return ptx


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    compiler = Compiler(Path(sys.argv[1]))
    for part in PARTS:
        for source in sorted((part / "java").rglob("*.cu")):
            compile_one(compiler, source, part)


def compile_one(compiler: Compiler, source: Path, part: Path) -> None:
    text = expanded(source)
    ptx = compiler.ptx(source.name, text)
    out = part / "resources" / source.relative_to(part / "java").with_suffix(".ptx")
    out.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    out.write_text(f"// source sha256 {digest}\n{ptx}", encoding="utf-8")
    print(out.relative_to(HOME))


if __name__ == "__main__":
    main()
