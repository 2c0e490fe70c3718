"""Pages of pictures to look at."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE, GAP, LINES, LINE = 288, 6, 2, 13
"""Pixels of a picture's longer side and between pictures; lines of a caption and their height."""

Cell = tuple[Sequence[np.ndarray], str]
"""Pictures side by side, uint8 [H, W, 3] each, and the words under them."""


def page(cells: Sequence[Cell], out: Path, columns: int, side: int = SIDE) -> None:
    """Writes a page, up to `columns` cells a row."""
    columns = min(columns, len(cells))
    wide, high = max(len(pictures) for pictures, _ in cells) * (side + GAP), side + LINES * LINE + GAP
    sheet = Image.new("RGB", (wide * columns, high * -(-len(cells) // columns)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for number, (pictures, words) in enumerate(cells):
        x, y = number % columns * wide, number // columns * high
        for at, picture in enumerate(pictures):
            image = Image.fromarray(np.ascontiguousarray(picture))
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
            sheet.paste(image, (x + at * (side + GAP), y))
        lines = textwrap.wrap(words, max(8, (wide - GAP) // 6))[:LINES]
        pen.multiline_text((x, y + side + 1), "\n".join(lines), fill="black", font=font, spacing=1)
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out, quality=88)
