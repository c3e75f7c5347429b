"""The end of a side of a comparison: answers commands about one pipeline, so that it can be timed.

Commands come as lines on the standard input; each is answered by a line of JSON:

    versions           of what takes part
    build WORD...      opens a pipeline in place of the one before
    run SECONDS        runs it for that long: samples, seconds, seconds of all cores
    save COUNT PATH    writes the next samples, as they are in memory
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from nvidia.dali import __version__


class Side:
    """Opens a pipeline and runs it on demand."""

    def __init__(self, build: Callable[..., tuple[Any, int]]) -> None:
        """Builds with a function of words, which gives a pipeline and how many batches it runs ahead."""
        self.build = build
        self.pipeline: Any = None
        self.ahead = 0

    def run(self, seconds: float) -> dict[str, Any]:
        for _ in range(self.ahead + 1):
            self.pipeline.run()  # what was computed before it was asked for does not count
        samples = 0
        computed = time.process_time()
        start = time.perf_counter()
        while (took := time.perf_counter() - start) < seconds:
            (out,) = self.pipeline.run()
            samples += len(out)
        return {"samples": samples, "seconds": took, "cpu": time.process_time() - computed}

    def save(self, count: int, path: Path) -> dict[str, Any]:
        written = 0
        with path.open("wb") as file:
            while written < count:
                (out,) = self.pipeline.run()
                out = out.as_cpu()
                for i in range(min(len(out), count - written)):
                    file.write(np.ascontiguousarray(out.at(i)).tobytes())
                    written += 1
        return {"saved": written}

    def answer(self, command: list[str]) -> dict[str, Any]:
        match command:
            case ["versions"]:
                python = sys.version.split()[0]
                return {"NVIDIA DALI": __version__, "Python": python, "NumPy": np.__version__}
            case ["build", *words]:
                self.pipeline = None  # its threads end first
                self.pipeline, self.ahead = self.build(*words)
                return {"built": " ".join(words)}
            case ["run", seconds]:
                return self.run(float(seconds))
            case ["save", count, path]:
                return self.save(int(count), Path(path))
        raise ValueError(f"no such command: {' '.join(command)}")

    def serve(self) -> None:
        """Answers until there are no more commands."""
        for line in sys.stdin:
            print(json.dumps(self.answer(line.split())), flush=True)
