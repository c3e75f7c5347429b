"""What a Python function sees of the Headrace pipeline that calls it.

A function that Headrace calls may ask where it is (``iteration()``, ``sample_index()``, …), take
its random numbers from ``seed()``, and make its results in the pipeline's own memory with
``empty()``, so that they need not be copied. With the view ``tensor`` it is given `Tensor` objects.
"""

from headrace._context import (
    batch_size,
    current_device,
    current_stream,
    empty,
    epoch,
    iteration,
    sample_index,
    seed,
)
from headrace._tensor import Tensor

__all__ = [
    "Tensor",
    "batch_size",
    "current_device",
    "current_stream",
    "empty",
    "epoch",
    "iteration",
    "sample_index",
    "seed",
]
