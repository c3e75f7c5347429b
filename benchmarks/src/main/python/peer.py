"""NVIDIA DALI's side of the comparison: the same pipeline on the same files, on the CPU alone.

    peer.py PHOTOGRAPHS WINDOWS BATCH

WINDOWS has a line a sample: first row, first column, rows, columns, flip (0 or 1); line i is for
file i modulo their number. Commands come as lines on the standard input; each is answered by a line
of JSON:

    versions
    build FORM THREADS PREFETCH     opens a pipeline in place of the one before
    run SECONDS                     runs it for that long: images, seconds, seconds of all cores
    save COUNT PATH                 writes the first images of a fresh pipeline, as they are in memory

Forms: `decode` gives images as decoded; `roi`, `slice` and `fused` give what a network trains on, and
differ in how the window is cut: by the resize, before it, or by the decoder. `roi-pixels` and so on
are the same without normalization.
"""

import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from nvidia.dali import __version__, fn, pipeline_def, types

SIZE = 224
MEAN = [0.485 * 255, 0.456 * 255, 0.406 * 255]
STD = [0.229 * 255, 0.224 * 255, 0.225 * 255]


class Peer:
    """A pipeline that is opened and run on demand."""

    def __init__(self, photographs: Path, windows: Path, batch: int) -> None:
        self.photographs = photographs
        self.batch = batch
        rows = np.loadtxt(windows, dtype=np.int32, ndmin=2)
        self.windows = rows[: len(rows) // batch * batch].reshape(-1, batch, 5)
        self.pipeline: Any = None
        self.form = ""
        self.ahead = 0

    def arguments(self, roi: bool) -> Iterator[list[np.ndarray]]:
        """Starts, extents (or ends) and flips, batch after batch, without end."""
        made = []
        for rows in self.windows:
            start, extent = rows[:, 0:2], rows[:, 2:4]
            edges = [start, start + extent] if roi else [start, extent]
            made.append([edge.astype(np.float32 if roi else np.int32) for edge in edges])
            made[-1].append(rows[:, 4].copy())
        return itertools.cycle(made)

    def build(self, form: str, threads: int, prefetch: int) -> dict[str, Any]:
        self.pipeline = None  # its threads end first
        self.form = form
        self.ahead = prefetch
        options = {
            "batch_size": self.batch,
            "num_threads": threads,
            "device_id": None,
            "prefetch_queue_depth": prefetch,
        }
        self.pipeline = self.graph(form)(**options)
        self.pipeline.build()
        return {"built": form}

    def graph(self, form: str) -> Any:
        cut, _, stage = form.partition("-")

        @pipeline_def
        def graph() -> Any:
            encoded, _ = fn.readers.file(file_root=str(self.photographs), name="files")
            if cut == "decode":
                return fn.decoders.image(encoded, device="cpu", output_type=types.RGB)
            start, extent, flip = fn.external_source(
                source=self.arguments(cut == "roi"), num_outputs=3, no_copy=True
            )
            size = {"size": [SIZE, SIZE], "interp_type": types.INTERP_LINEAR, "antialias": True}
            if cut == "fused":
                image = fn.decoders.image_slice(
                    encoded, start, extent, device="cpu", axis_names="HW", output_type=types.RGB
                )
                image = fn.resize(image, **size)
            else:
                image = fn.decoders.image(encoded, device="cpu", output_type=types.RGB)
                if cut == "roi":
                    image = fn.resize(image, roi_start=start, roi_end=extent, **size)
                else:
                    image = fn.slice(image, start, extent, axis_names="HW")
                    image = fn.resize(image, **size)
            if stage == "pixels":
                return fn.flip(image, horizontal=flip)
            return fn.crop_mirror_normalize(
                image, mirror=flip, mean=MEAN, std=STD, dtype=types.FLOAT, output_layout="CHW"
            )

        return graph

    def run(self, seconds: float) -> dict[str, Any]:
        for _ in range(self.ahead + 1):
            self.pipeline.run()  # what was computed before it was asked for does not count
        images = 0
        computed = time.process_time()
        start = time.perf_counter()
        while (took := time.perf_counter() - start) < seconds:
            (out,) = self.pipeline.run()
            images += len(out)
        return {"images": images, "seconds": took, "cpu": time.process_time() - computed}

    def save(self, count: int, path: Path) -> dict[str, Any]:
        written = 0
        with path.open("wb") as file:
            while written < count:
                (out,) = self.pipeline.run()
                for i in range(min(len(out), count - written)):
                    file.write(np.ascontiguousarray(out.at(i)).tobytes())
                    written += 1
        return {"saved": written}


def answer(peer: Peer, command: list[str]) -> dict[str, Any]:
    match command:
        case ["versions"]:
            return {"NVIDIA DALI": __version__, "Python": sys.version.split()[0]}
        case ["build", form, threads, prefetch]:
            return peer.build(form, int(threads), int(prefetch))
        case ["run", seconds]:
            return peer.run(float(seconds))
        case ["save", count, path]:
            return peer.save(int(count), Path(path))
    raise ValueError(f"no such command: {' '.join(command)}")


def main(photographs: str, windows: str, batch: str) -> None:
    peer = Peer(Path(photographs), Path(windows), int(batch))
    for line in sys.stdin:
        print(json.dumps(answer(peer, line.split())), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
