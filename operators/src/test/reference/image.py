"""What Pillow and NVIDIA DALI make of a few small images, for the tests of the image operators.

    pip install pillow==13.0.0 numpy==2.4.6 nvidia-dali-cuda120==2.4.0
    python operators/src/test/reference/image.py

writes operators/src/test/resources/dev/headrace/operators/image/reference.txt.
One line an item, fields between single spaces, bytes in base64, floats little-endian:

    image NAME H W C BYTES
    resize TOOL IMAGE FILTER ANTIALIAS H W BYTES
    size MODE IN_H IN_W H W OUT_H OUT_W                       (DALI)
    crop IMAGE H W Y X BYTES                                  (DALI; Y, X from 0 to 1)
    flip IMAGE LEFT_RIGHT UP_DOWN BYTES                       (Pillow)
    brightness IMAGE BRIGHTNESS CONTRAST BYTES                (DALI)
    normalize IMAGE LAYOUT MIRROR FLOATS                      (DALI, by ImageNet's mean and std)

TOOL is `pillow`, `dali`, or `pillow-float`: Pillow's resize of one channel of floats, which neither
rounds nor clips between its two passes, rounded and clipped at the end here.
"""

import base64
from pathlib import Path

import numpy as np
from nvidia.dali import fn, pipeline_def, types
from PIL import Image

FILTERS = {
    "NEAREST": (Image.Resampling.NEAREST, types.INTERP_NN),
    "LINEAR": (Image.Resampling.BILINEAR, types.INTERP_LINEAR),
    "CUBIC": (Image.Resampling.BICUBIC, types.INTERP_CUBIC),
    "TRIANGULAR": (Image.Resampling.BILINEAR, types.INTERP_TRIANGULAR),
    "LANCZOS3": (Image.Resampling.LANCZOS, types.INTERP_LANCZOS3),
}
MEAN = np.array([0.485, 0.456, 0.406]) * 255
STD = np.array([0.229, 0.224, 0.225]) * 255


def images():
    """Noise (the hardest case), a smooth field as in a photograph, and a grey gradient."""
    noise = np.random.default_rng(3).integers(0, 256, (12, 17, 3), dtype=np.uint8)
    y, x = np.mgrid[0:19, 0:23]
    smooth = [
        128 + 90 * np.sin(x / (3.0 + c) + y / 5.0) + 30 * np.cos((x - 2 * y) / (2.0 + c))
        for c in range(3)
    ]
    photo = np.clip(np.rint(np.stack(smooth, axis=2)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[0:9, 0:14]
    grey = (y * 20 + x * 6)[:, :, None].astype(np.uint8)
    return {"noise": noise, "photo": photo, "grey": grey}


def dali(image, operation):
    """What one DALI operator makes of one image on the CPU."""

    @pipeline_def(batch_size=1, num_threads=1, device_id=None)
    def pipeline():
        return operation(fn.external_source(source=lambda: [image], layout="HWC"))

    built = pipeline()
    built.build()
    (output,) = built.run()
    return np.array(output.at(0))


def pillow(image, h, w, method):
    grey = image.shape[2] == 1
    resized = Image.fromarray(image[:, :, 0] if grey else image).resize((w, h), method)
    return np.array(resized).reshape(h, w, -1)


def pillow_float(image, h, w, method):
    channels = [
        np.array(Image.fromarray(channel.astype(np.float32)).resize((w, h), method))
        for channel in np.moveaxis(image, 2, 0)
    ]
    return np.clip(np.floor(np.stack(channels, axis=2) + 0.5), 0, 255).astype(np.uint8)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def resizes(named):
    for name, image in named.items():
        for h, w in [(5, 7), (18, 30), (31, 9)]:
            for filter_name, (method, interp) in FILTERS.items():
                head = f"{name} {filter_name}"
                yield f"resize pillow {head} true {h} {w} {text(pillow(image, h, w, method))}"
                yield (
                    f"resize pillow-float {head} true {h} {w} "
                    f"{text(pillow_float(image, h, w, method))}"
                )
                for antialias in (True, False):
                    result = dali(
                        image,
                        lambda x: fn.resize(
                            x, size=[h, w], interp_type=interp, antialias=antialias
                        ),
                    )
                    yield f"resize dali {head} {str(antialias).lower()} {h} {w} {text(result)}"


def sizes():
    modes = {
        "SHORTER": lambda x, h, w: fn.resize(x, resize_shorter=h),
        "LONGER": lambda x, h, w: fn.resize(x, resize_longer=h),
        "NOT_LARGER": lambda x, h, w: fn.resize(x, size=[h, w], mode="not_larger"),
        "NOT_SMALLER": lambda x, h, w: fn.resize(x, size=[h, w], mode="not_smaller"),
    }
    for mode, operation in modes.items():
        for in_h, in_w in [(12, 17), (17, 12), (11, 11), (3, 40)]:
            for h, w in [(7, 7), (23, 10)]:
                image = np.zeros((in_h, in_w, 3), np.uint8)
                out = dali(image, lambda x: operation(x, h, w)).shape
                yield f"size {mode} {in_h} {in_w} {h} {w} {out[0]} {out[1]}"


def others(named):
    image = named["noise"]
    for h, w, y, x in [(5, 6, 0.5, 0.5), (5, 6, 0.0, 1.0), (12, 17, 0.3, 0.7), (4, 4, 0.8, 0.2)]:
        out = dali(image, lambda i: fn.crop(i, crop=(h, w), crop_pos_y=y, crop_pos_x=x))
        yield f"crop noise {h} {w} {y} {x} {text(out)}"
    for left_right in (0, 1):
        for up_down in (0, 1):
            out = Image.fromarray(image)
            out = out.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if left_right else out
            out = out.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if up_down else out
            yield f"flip noise {left_right} {up_down} {text(np.array(out))}"
    for brightness, contrast in [(1.25, 0.7), (0.6, 1.5), (2.0, 0.0)]:
        out = dali(
            image, lambda i: fn.brightness_contrast(i, brightness=brightness, contrast=contrast)
        )
        yield f"brightness noise {brightness} {contrast} {text(out)}"
    for layout in ("HWC", "CHW"):
        for mirror in (0, 1):
            out = dali(
                image,
                lambda i: fn.crop_mirror_normalize(
                    i,
                    mean=MEAN.tolist(),
                    std=STD.tolist(),
                    mirror=mirror,
                    output_layout=layout,
                    dtype=types.FLOAT,
                ),
            )
            yield f"normalize noise {layout} {mirror} {text(out.astype('<f4'))}"


def main():
    named = images()
    target = Path(__file__).parents[1] / "resources/dev/headrace/operators/image/reference.txt"
    with target.open("w") as file:
        for name, image in named.items():
            h, w, c = image.shape
            print(f"image {name} {h} {w} {c} {text(image)}", file=file)
        for lines in (resizes(named), sizes(), others(named)):
            for line in lines:
                print(line, file=file)


main()
