"""Small image files and their pixels as Pillow decodes them.

    pip install pillow==13.0.0 numpy; apt-get install libjpeg-turbo-progs
    python operators/src/test/reference/decode.py

writes operators/src/test/resources/dev/headrace/operators/decode/: each file NAME.jpg (or another
ending) with NAME.jpg.rgb, the raw bytes of the upright picture in H×W×3 order, for JPEG also
NAME.jpg.grey, and `extents.txt`: name, height, width of the upright picture and channels of the
file. Kept as made by Pillow 13.0.0 with libjpeg-turbo 3.2.0.
"""

import io
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy
from PIL import Image, ImageOps

OUT = Path(__file__).parent.parent / "resources/dev/headrace/operators/decode"
RANDOM = numpy.random.default_rng(20260101)
CHANNELS = {"1": 1, "L": 1, "I;16": 1, "LA": 2, "RGB": 3, "P": 3, "RGBA": 4, "CMYK": 4}
extents = []


def picture(height, width, channels):
    """Smooth colours with edges and some noise, as in a photograph."""
    y, x = numpy.mgrid[0:height, 0:width]
    planes = [
        128 + 100 * numpy.sin(x / (5 + 2 * c) + c) * numpy.cos(y / (4 + 3 * c))
        + 60 * ((x + c * y) // 9 % 2) - 30
        for c in range(channels)
    ]
    noisy = numpy.stack(planes, axis=2) + RANDOM.normal(0, 6, (height, width, channels))
    return numpy.clip(noisy, 0, 255).astype(numpy.uint8)


def keep(name, encoded, channels=None, rgb=None):
    """Writes a file and what is expected of it."""
    (OUT / name).write_bytes(encoded)
    image = Image.open(io.BytesIO(encoded))
    channels = channels or CHANNELS[image.mode]
    upright = ImageOps.exif_transpose(image)
    if rgb is None:
        rgb = numpy.asarray(upright.convert("RGB"))
    (OUT / (name + ".rgb")).write_bytes(rgb.tobytes())
    if name.endswith(".jpg"):
        luma = Image.open(io.BytesIO(encoded))
        if image.mode != "CMYK":
            luma.draft("L", luma.size)  # the JPEG's own luma
            luma = ImageOps.exif_transpose(luma)
        else:
            luma = upright.convert("RGB")
        (OUT / (name + ".grey")).write_bytes(numpy.asarray(luma.convert("L")).tobytes())
    extents.append(f"{name} {upright.height} {upright.width} {channels}")


def saved(pixels, format, mode=None, **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels, mode)
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def sampled(pixels, factors, *options):
    """A JPEG of sampling factors, or of a process, that Pillow does not write."""
    return subprocess.run(
        ["cjpeg", "-quality", "85", "-sample", factors, *options],
        input=saved(pixels, "PPM"), capture_output=True, check=True).stdout


def exif(order, orientation):
    """The smallest block: a width (skipped by a reader), then the orientation."""
    return b"Exif\0\0" + (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(
        order + "IH" + "HHII" + "HHIHH" + "I",
        8, 2, 0x0100, 4, 1, 24, 0x0112, 3, 1, orientation, 0, 0)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels, bits, colour):
    """A PNG of samples that Pillow cannot write."""
    height, width = pixels.shape[:2]
    rows = pixels.astype(">u2" if bits == 16 else "u1").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def jpegs():
    photo = picture(33, 47, 3)
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        keep(f"{name}.jpg", saved(photo, "JPEG", quality=85, subsampling=sampling))
    keep("440.jpg", sampled(photo, "1x2"))
    keep("uneven.jpg", sampled(photo, "3x2,1x1,3x1"))
    keep("progressive.jpg", saved(photo, "JPEG", quality=85, progressive=True))
    keep("restart.jpg", saved(photo, "JPEG", quality=85, restart_marker_rows=1))
    keep("rgb.jpg", saved(photo, "JPEG", quality=85, keep_rgb=True))
    keep("grey.jpg", saved(photo[:, :, 0].copy(), "JPEG", quality=85))
    ink = Image.frombytes("CMYK", (47, 33), picture(33, 47, 4).tobytes())
    cmyk = saved(ink, "JPEG", quality=85)
    keep("cmyk.jpg", cmyk)
    # the same coefficients, declared to be luma, chroma and black
    adobe = cmyk.index(b"Adobe")
    keep("ycck.jpg", cmyk[:adobe + 11] + b"\2" + cmyk[adobe + 12:])
    small = picture(16, 24, 3)
    for orientation in range(1, 9):
        order = "<>"[orientation % 2]
        keep(f"turn{orientation}.jpg",
             saved(small, "JPEG", quality=75, exif=exif(order, orientation)))
    ink = Image.frombytes("CMYK", (24, 16), picture(16, 24, 4).tobytes())
    keep("turncmyk.jpg", saved(ink, "JPEG", quality=75, exif=exif("<", 6)))


def others():
    small = picture(14, 19, 4)
    rgb = small[:, :, :3].copy()
    grey = small[:, :, 0].copy()
    keep("rgb.png", saved(rgb, "PNG"))
    keep("rgba.png", saved(small, "PNG"))
    keep("grey.png", saved(grey, "PNG"))
    keep("greyalpha.png", saved(small[:, :, :2].copy(), "PNG"))
    palette = Image.fromarray(rgb).quantize(40)
    keep("palette.png", saved(palette, "PNG", transparency=3))
    keep("palette16.png", saved(Image.fromarray(rgb).quantize(9), "PNG", bits=4))
    keep("bilevel.png", saved(Image.fromarray(grey).convert("1"), "PNG"))
    keep("turn.png", saved(rgb, "PNG", exif=exif(">", 8)[6:]))
    deep = RANDOM.integers(0, 65536, (14, 19, 3))
    keep("deep.png", png(deep, 16, 2), 3, (deep >> 8).astype(numpy.uint8))
    keep("deepgrey.png", png(deep[:, :, :1], 16, 0), 1,
         (deep[:, :, :1] >> 8).astype(numpy.uint8).repeat(3, axis=2))
    keep("rgb.bmp", saved(rgb, "BMP"))
    keep("rgba.bmp", saved(small, "BMP"))
    keep("palette.bmp", saved(palette, "BMP"))
    keep("bilevel.bmp", saved(Image.fromarray(grey).convert("1"), "BMP"))
    keep("frames.gif", saved(palette, "GIF", save_all=True,
                             append_images=[Image.new("RGB", palette.size, "red")]))
    keep("rgb.tiff", saved(rgb, "TIFF"))
    keep("lzw.tiff", saved(rgb, "TIFF", compression="tiff_lzw"))
    keep("grey.tiff", saved(grey, "TIFF", compression="tiff_adobe_deflate"))
    keep("bilevel.tiff", saved(Image.fromarray(grey).convert("1"), "TIFF"))
    keep("cmyk.tiff", saved(Image.frombytes("CMYK", (19, 14), small.tobytes()), "TIFF"))
    keep("turn.tiff", saved(rgb, "TIFF", tiffinfo={274: 7}))


def processes():
    """JPEGs large enough that rows of units are passed over."""
    photo = picture(83, 109, 3)
    keep("arithmetic.jpg", sampled(photo, "2x2", "-arithmetic"))
    with tempfile.NamedTemporaryFile("w") as scans:
        scans.write("0; 1; 2;")
        scans.flush()
        keep("scans.jpg", sampled(photo, "2x2", "-scans", scans.name))


OUT.mkdir(parents=True, exist_ok=True)
jpegs()
others()
processes()
(OUT / "extents.txt").write_text("\n".join(extents) + "\n")
