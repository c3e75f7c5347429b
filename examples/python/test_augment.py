"""`augment.py`, by values that can be worked out by hand. Needs pytest and NumPy."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE.parents[1] / "operators/src/main/python")]

import augment  # noqa: E402

PIXELS = np.array([[[100, 100, 100], [200, 0, 0], [0, 0, 0]]], np.uint8)
"""Of grey 100, 59.8 and 0: 53.27 in the mean."""


def recoloured(saturation=1, contrast=1, brightness=1):
    return augment.recolour(PIXELS, *map(np.float32, (saturation, contrast, brightness)))


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ({}, [[100, 100, 100], [200, 0, 0], [0, 0, 0]]),
        ({"saturation": 0}, [[100, 100, 100], [60, 60, 60], [0, 0, 0]]),
        ({"saturation": 0.5}, [[100, 100, 100], [130, 30, 30], [0, 0, 0]]),
        ({"contrast": 0}, [[53, 53, 53], [53, 53, 53], [53, 53, 53]]),
        ({"contrast": 0.5}, [[77, 77, 77], [127, 27, 27], [27, 27, 27]]),
        ({"contrast": 2}, [[147, 147, 147], [255, 0, 0], [0, 0, 0]]),
        ({"brightness": 0}, [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ({"brightness": 1.25}, [[125, 125, 125], [250, 0, 0], [0, 0, 0]]),
        ({"brightness": 1.5}, [[150, 150, 150], [255, 0, 0], [0, 0, 0]]),
        (
            {"saturation": 0, "contrast": 0.5, "brightness": 2},
            [[153, 153, 153], [113, 113, 113], [53, 53, 53]],
        ),
    ],
)
def test_each_factor_moves_colours(factors, expected):
    np.testing.assert_array_equal(recoloured(**factors), [expected])


@pytest.fixture
def seeded(monkeypatch):
    """What jitter makes of the pixels with a seed."""

    def run(seed):
        monkeypatch.setattr(
            augment, "headrace", SimpleNamespace(seed=lambda: seed, empty=np.empty)
        )
        return augment.jitter(PIXELS)

    return run


def test_the_result_is_of_the_inputs_kind_and_depends_on_the_seed(seeded):
    result = seeded(1)
    assert (result.dtype, result.shape) == (np.uint8, PIXELS.shape)
    np.testing.assert_array_equal(result, seeded(1))
    assert len({seeded(seed).tobytes() for seed in range(20)}) > 15


def test_factors_stay_within_the_strength(seeded, monkeypatch):
    given = []
    monkeypatch.setattr(
        augment, "recolour", lambda image, *factors: given.append(factors) or image
    )
    for seed in range(200):
        seeded(seed)
    given = np.array(given)
    assert given.shape == (200, 3)
    assert np.all(np.abs(given - 1) <= augment.STRENGTH)
    assert np.all(given.min(axis=0) < 0.85) and np.all(given.max(axis=0) > 1.15)
