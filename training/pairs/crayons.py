"""Crayon and chalk: the colours of the hands whose atlas keeps where each of their crayons goes (edge, cloud)."""

from __future__ import annotations

import numpy as np

Rgb = tuple[int, int, int]

INK: Rgb = (24, 18, 34)
PALE: Rgb = (246, 222, 250)
RINGS: dict[str, Rgb] = {
    "blue": (66, 84, 250), "pink": (250, 96, 140), "yellow": (255, 216, 30), "green": (60, 200, 90), "orange": (255, 138, 36),
    "purple": (160, 80, 240), "red": (240, 50, 56), "white": (255, 255, 255), "light blue": (96, 200, 250), "black": (30, 26, 36),
}  # fmt: skip
SLATE: Rgb = (58, 70, 104)
CHALKS: dict[str, Rgb] = {
    "white": (253, 253, 255), "pink": (255, 176, 208), "yellow": (255, 234, 140), "blue": (130, 166, 255), "light blue": (168, 222, 255),
    "green": (160, 232, 164), "orange": (255, 190, 124), "purple": (206, 170, 255), "red": (255, 128, 128), "black": (52, 54, 66),
}  # fmt: skip


def crayon(planes: np.ndarray, colour: str | None) -> np.ndarray:
    """Premultiplied float32 [h, w, 4], 0..1, of an atlas picture: ring and scribble in the named colour (without: blue with pink)."""
    ring, patch, scribble, ink = (planes[..., k].astype(np.float32) / 255 for k in range(4))
    outer, inner = (colour, colour) if colour is not None else ("blue", "pink")
    pale = PALE if outer != "white" else (200, 208, 255)
    picture = np.zeros((*ring.shape, 4), np.float32)
    for tone, alpha in (
        (RINGS[outer], ring),
        (pale, patch),
        (RINGS[inner] if inner != "white" else (150, 164, 255), scribble),
        (INK, ink),
    ):
        picture *= (1 - alpha)[..., None]
        picture[..., :3] += np.asarray(tone, np.float32) / 255 * alpha[..., None]
        picture[..., 3] += alpha
    return picture


def chalk(planes: np.ndarray, colour: str | None) -> np.ndarray:
    """Premultiplied float32 [h, w, 4], 0..1, of an atlas picture in a named colour (white without)."""
    smudge, wash, lines = (planes[..., k].astype(np.float32) / 255 for k in range(3))
    tone = np.asarray(CHALKS[colour or "white"], np.float32) / 255
    # The dust is a little darker and bluer than the lines, or they would drown in it.
    dust = tone * np.array([0.79, 0.84, 0.93], np.float32)
    picture = np.zeros((*smudge.shape, 4), np.float32)
    for shade, alpha in ((np.asarray(SLATE, np.float32) / 255, smudge), (dust, wash), (tone, lines)):
        picture *= (1 - alpha)[..., None]
        picture[..., :3] += shade * alpha[..., None]
        picture[..., 3] += alpha
    return picture


PAINTERS = {"edge": crayon, "cloud": chalk}
"""The hands that paint with them."""
