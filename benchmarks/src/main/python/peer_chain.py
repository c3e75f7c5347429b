"""NVIDIA DALI's side of the comparison of engines: a source of one byte a sample and a chain of copies
behind it, on the CPU.

    peer_chain.py

Commands are those of `side.py`; its `build` takes COPIES BATCH THREADS PREFETCH. Sample i is the byte i.
"""

import itertools
from typing import Any

import numpy as np
from nvidia.dali import fn, pipeline_def

from side import Side

VALUES = 256


def build(copies: str, batch: str, threads: str, prefetch: str) -> tuple[Any, int]:
    size = int(batch)
    values = np.arange(max(VALUES, size)).astype(np.uint8)
    batches = list(values.reshape(-1, size))

    @pipeline_def(
        batch_size=size,
        num_threads=int(threads),
        device_id=None,
        prefetch_queue_depth=int(prefetch),
    )
    def graph() -> Any:
        value = fn.external_source(source=itertools.cycle(batches), no_copy=True)
        for _ in range(int(copies)):
            value = fn.copy(value)
        return value

    pipeline = graph()
    pipeline.build()
    return pipeline, int(prefetch)


def main() -> None:
    Side(build).serve()


if __name__ == "__main__":
    main()
