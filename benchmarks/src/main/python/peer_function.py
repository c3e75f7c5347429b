"""NVIDIA DALI's side of the comparison of Python functions: a constant and the identity, on the CPU.

    peer_function.py SAMPLES

SAMPLES is a folder with the bytes of each constant: `224x224x3.raw` is one of uint8 224×224×3. Commands
are those of `side.py`; its `build` takes FUNCTION BATCH SAMPLE MODE EXECUTOR THREADS:

    FUNCTION    python_function or dl_tensor_python_function
    SAMPLE      a constant, by the name of its file
    MODE        samples (a call for each) or batch (one call)
    EXECUTOR    simple or dynamic; both run one iteration at a time, when it is asked for
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from nvidia.dali import fn, pipeline_def, types

from side import Side

FUNCTIONS = {
    "python_function": fn.python_function,
    "dl_tensor_python_function": fn.dl_tensor_python_function,
}


def same(sample: Any) -> Any:
    """The identity: of a sample, or of a list of them."""
    return sample


def build(
    samples: Path, function: str, batch: str, sample: str, mode: str, executor: str, threads: str
) -> tuple[Any, int]:
    shape = [int(extent) for extent in sample.split("x")]
    constant = np.fromfile(samples / f"{sample}.raw", dtype=np.uint8).reshape(shape)

    @pipeline_def(
        batch_size=int(batch),
        num_threads=int(threads),
        device_id=None,
        exec_pipelined=False,
        exec_async=False,
        exec_dynamic={"simple": False, "dynamic": True}[executor],
    )
    def graph() -> Any:
        return FUNCTIONS[function](
            types.Constant(constant, device="cpu"),
            function=same,
            num_outputs=1,
            batch_processing={"samples": False, "batch": True}[mode],
        )

    pipeline = graph()
    pipeline.build()
    return pipeline, 0


def main(samples: str) -> None:
    Side(lambda *words: build(Path(samples), *words)).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
