#!/usr/bin/env python3
"""Records what Pillow makes of made-up pictures. Usage: record.py > resized.txt, with Pillow before 13, which always
goes across first. A line is: picture's width, height, input's width, height, fit, interpolation, resize_side, channels,
and the pixels in hexadecimal, rows from the top, red, green and blue in turn."""
from PIL import Image

FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
PAD = (10, 60, 110)  # of letterboxes
CASES = [
    (23, 17, 7, 5, "squash", "bilinear", 0, "RGB"),
    (23, 17, 7, 5, "squash", "bicubic", 0, "RGB"),
    (23, 17, 7, 5, "squash", "lanczos", 0, "RGB"),
    (23, 17, 7, 9, "squash", "bicubic", 0, "GRAY"),
    (5, 4, 9, 7, "squash", "bilinear", 0, "RGB"),
    (5, 4, 9, 7, "squash", "bicubic", 0, "RGB"),
    (5, 4, 9, 7, "squash", "lanczos", 0, "RGB"),
    (90, 7, 6, 6, "squash", "bicubic", 0, "RGB"),
    (40, 31, 8, 8, "crop", "bilinear", 11, "RGB"),
    (31, 40, 8, 8, "crop", "bicubic", 9, "RGB"),
    (40, 31, 8, 7, "crop", "lanczos", 10, "GRAY"),
    (50, 20, 10, 9, "crop", "bicubic", 6, "RGB"),
    (7, 9, 8, 8, "crop", "bicubic", 11, "RGB"),
    (30, 13, 8, 8, "letterbox", "bicubic", 0, "RGB"),
    (13, 14, 9, 6, "letterbox", "bilinear", 0, "RGB"),
]


def picture(width, height):
    """The test makes the same."""
    values = [(x * x * 7 + y * 13 * (c + 1) + x * y * (3 + c) + 31 * c) % 256 for y in range(height) for x in range(width) for c in range(3)]
    return Image.frombytes("RGB", (width, height), bytes(values))


def center_crop(image, width, height):
    """torchvision's."""
    wide, high = max(width, image.width), max(height, image.height)
    padded = Image.new(image.mode, (wide, high))
    padded.paste(image, ((wide - image.width) // 2, (high - image.height) // 2))
    left, top = int(round((wide - width) / 2.0)), int(round((high - height) / 2.0))
    return padded.crop((left, top, left + width, top + height))


def prepared(image, width, height, fit, resample, side):
    if fit == "squash":
        return image.resize((width, height), resample)
    if fit == "letterbox":
        ratio = min(width / image.width, height / image.height)
        small = image.resize((round(image.width * ratio), round(image.height * ratio)), resample)
        box = Image.new(image.mode, (width, height), PAD)
        box.paste(small, (round((width - small.width) / 2 - 0.1), round((height - small.height) / 2 - 0.1)))
        return box
    short, long = sorted(image.size)
    size = (side, int(side * long / short))
    return center_crop(image.resize(size if image.width <= image.height else size[::-1], resample), width, height)


for width, height, to_width, to_height, fit, interpolation, side, channels in CASES:
    image = picture(width, height)
    if channels == "GRAY":
        image = image.convert("L")
    pixels = prepared(image, to_width, to_height, fit, FILTERS[interpolation], side).tobytes().hex()
    print(width, height, to_width, to_height, fit, interpolation, side, channels, pixels)
