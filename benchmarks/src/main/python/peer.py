"""NVIDIA DALI's side of the comparison: the same pipeline on the same files.

    peer.py PHOTOGRAPHS WINDOWS BATCH

WINDOWS has a line a sample: first row, first column, rows, columns, flip (0 or 1); line i is for
file i modulo their number. Commands are those of `side.py`; its `build` takes FORM THREADS PREFETCH.

Forms: `decode` gives images as decoded; `roi`, `slice` and `fused` give what a network trains on, and
differ in how the window is cut: by the resize, before it, or by the decoder. `gpu` and `mixed` cut it
before the resize, on a device, and decode on the CPU or there; all else runs on the CPU alone.
`roi-pixels` and so on are the same without normalization.
"""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from nvidia.dali import fn, pipeline_def, types

from side import Side

SIZE = 224
ON_DEVICE = ("gpu", "mixed")
MEAN = [0.485 * 255, 0.456 * 255, 0.406 * 255]
STD = [0.229 * 255, 0.224 * 255, 0.225 * 255]


class Peer:
    """Pipelines on these files and windows."""

    def __init__(self, photographs: Path, windows: Path, batch: int) -> None:
        self.photographs = photographs
        self.batch = batch
        rows = np.loadtxt(windows, dtype=np.int32, ndmin=2)
        self.windows = rows[: len(rows) // batch * batch].reshape(-1, batch, 5)

    def arguments(self, roi: bool) -> Iterator[list[np.ndarray]]:
        """Starts, extents (or ends) and flips, batch after batch, without end."""
        made = []
        for rows in self.windows:
            start, extent = rows[:, 0:2], rows[:, 2:4]
            edges = [start, start + extent] if roi else [start, extent]
            made.append([edge.astype(np.float32 if roi else np.int32) for edge in edges])
            made[-1].append(rows[:, 4].copy())
        return itertools.cycle(made)

    def build(self, form: str, threads: str, prefetch: str) -> tuple[Any, int]:
        options = {
            "batch_size": self.batch,
            "num_threads": int(threads),
            "device_id": 0 if form.partition("-")[0] in ON_DEVICE else None,
            "prefetch_queue_depth": int(prefetch),
        }
        pipeline = self.graph(form)(**options)
        pipeline.build()
        return pipeline, int(prefetch)

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
                decoder = "mixed" if cut == "mixed" else "cpu"
                image = fn.decoders.image(encoded, device=decoder, output_type=types.RGB)
                if cut == "gpu":
                    image = image.gpu()
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


def main(photographs: str, windows: str, batch: str) -> None:
    Side(Peer(Path(photographs), Path(windows), int(batch)).build).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
