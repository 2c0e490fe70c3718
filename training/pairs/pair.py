"""The training pair, and the RGBA layer that every renderer paints its doodle on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

COVERAGE_MIN = 0.02
"""Least mean alpha of a doodle: below it there are too few doodle tokens to learn from (glasses and moustaches are small)."""

COVERAGE_MAX = 0.60
"""Greatest mean alpha: above it a doodle replaces the photo instead of decorating it."""

ALPHA_FLOOR = 2.0 / 255.0
"""Alpha below this is dropped to exactly 0, so that "outside the doodle" is an exact notion."""


@dataclass
class Pair:
    """One sample.

    source, target: uint8 [H, W, 3], RGB. alpha: float32 [H, W], 0..1, the true doodle coverage; where it is 0 source and
    target are equal in every sample. text: the instruction. meta: json-able facts (kind, things, colour, anchor, photo ...).
    matte: float32 [H, W], 0..1, the photo's subject; None where it is not surely known.
    """

    source: np.ndarray
    target: np.ndarray
    alpha: np.ndarray
    text: str
    meta: dict = field(default_factory=dict)
    matte: np.ndarray | None = None

    @property
    def coverage(self) -> float:
        """Mean alpha, 0..1."""
        return float(self.alpha.mean())


class Layer:
    """A premultiplied RGBA canvas. colour: float32 [H, W, 3], 0..255 times alpha; alpha: float32 [H, W], 0..1."""

    def __init__(self, height: int, width: int) -> None:
        self.colour = np.zeros((height, width, 3), np.float32)
        self.alpha = np.zeros((height, width), np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        return self.alpha.shape

    def over(self, colour: np.ndarray, alpha: np.ndarray, x: int = 0, y: int = 0) -> None:
        """Paint premultiplied colour [h, w, 3] and alpha [h, w] over the layer, their top left corner at (x, y)."""
        h, w = alpha.shape
        keep = 1.0 - alpha
        rows, cols = slice(y, y + h), slice(x, x + w)
        self.colour[rows, cols] = self.colour[rows, cols] * keep[..., None] + colour
        self.alpha[rows, cols] = self.alpha[rows, cols] * keep + alpha

    def fill(self, rgb: tuple[int, int, int], alpha: np.ndarray) -> None:
        """Paint one colour (0..255) through alpha [H, W] over the layer."""
        self.over(alpha[..., None] * np.asarray(rgb, np.float32), alpha)

    def occlude(self, matte: np.ndarray) -> None:
        """Put the layer behind the subject: its share under matte [H, W] (0..1) is taken away."""
        keep = 1.0 - matte
        self.colour *= keep[..., None]
        self.alpha *= keep

    def composite(self, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Paint the layer over photo (uint8 [H, W, 3]); gives (picture uint8, alpha float32), equal to photo where alpha is 0."""
        drawn = self.alpha >= ALPHA_FLOOR
        alpha = np.where(drawn, self.alpha, np.float32(0.0))
        picture = photo.copy()
        rows, cols = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
        if len(rows):
            # Most doodles are small: only their box is mixed.
            box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
            mixed = photo[box] * (1.0 - alpha[box][..., None]) + self.colour[box]
            picture[box] = np.where(drawn[box][..., None], np.clip(np.rint(mixed), 0, 255).astype(np.uint8), photo[box])
        return picture, alpha


def is_visible(pair: Pair, least_difference: float = 30.0) -> bool:
    """Does the doodle stand out? Mean distance (RGB, grey levels) of source and target over the doodle, weighted by alpha."""
    drawn = pair.alpha > 0
    alpha = pair.alpha[drawn]
    if alpha.size == 0:
        return False
    difference = np.abs(pair.target[drawn].astype(np.int16) - pair.source[drawn]) @ np.full(3, 1 / 3, np.float32)
    return float(difference @ alpha) / float(alpha.sum()) >= least_difference
