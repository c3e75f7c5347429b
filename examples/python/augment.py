"""Augmentation for `Train`, in NumPy: a Python function as it stands in a graph."""

import headrace
import numpy as np

STRENGTH = 0.2
"""How far from 1 a factor may be."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""What red, green and blue give to the grey of a pixel: ITU-R BT.601-7, section 2.5.1."""


def jitter(image):
    """Changes saturation, contrast and brightness of an image, each at random.

    Takes and returns uint8, H×W×3, RGB.
    """
    random = np.random.default_rng(headrace.seed())  # each sample its own, the same in each run
    factors = random.uniform(1 - STRENGTH, 1 + STRENGTH, 3)
    colours = recolour(image, *factors.astype(np.float32))
    result = headrace.empty(image.shape, np.uint8)  # its place in the batch: not copied again
    np.copyto(result, colours, casting="unsafe")
    return result


def recolour(image, saturation, contrast, brightness):
    """Moves each colour by a factor: 1 leaves it, 0 takes it all the way to grey, to the mean grey
    of the image, or to black.

    Returns float32 of the same shape, whole numbers from 0 to 255.
    """
    colours = image.astype(np.float32)
    grey = colours @ LUMA
    for origin, factor in (
        (grey[..., np.newaxis], saturation),
        (grey.mean(), contrast),
        (np.float32(0), brightness),
    ):
        colours -= origin
        colours *= factor
        colours += origin
    return np.clip(np.rint(colours, out=colours), 0, 255, out=colours)
