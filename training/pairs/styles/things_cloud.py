"""The cloud hand's things: chalk lines, drawn twice, on a thin wash of chalk dust; a slate smudge keeps white readable on white.

The atlas keeps where smudge, wash and chalk are; colours come when a thing is drawn (pairs/crayons.py)."""

from __future__ import annotations

import cv2
import numpy as np

from pairs.styles import _lineart, _redraw as r

VARIANTS = 2


def render(art: r.Art, variant: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 [SIDE, SIDE, 3]: smudge, wash and chalk, each 0..255."""
    ways = [way for way in _lineart.variants(art) if way != "glyph"]
    ink, body = _lineart.lines(art, ways[variant % len(ways)], 9, 5.6, rng)
    tooth = np.clip(0.78 + 0.42 * r.noise(1.5, rng) + 0.25 * r.noise(6, rng), 0, 1)
    twin = np.roll(cv2.erode(ink, np.ones((2, 2), np.uint8)), (-2, 2), (0, 1)) * 0.6
    chalk = np.maximum(ink * 0.97, twin) * np.clip(tooth + 0.15, 0.45, 1)
    smudge = cv2.GaussianBlur(cv2.dilate(ink, np.ones((5, 5), np.uint8)), (0, 0), 3.2) * 0.6
    hatch = np.clip(
        2.4 * np.sin((np.arange(r.SIDE)[None, :] + np.arange(r.SIDE)[:, None]) * 2 * np.pi / 15 + 2.6 * r.noise(30, rng)) + 0.4,
        0,
        1,
    )
    inside = r.within(r.soft_outside((body * 255).astype(np.uint8)), -1.0)
    puffs = np.clip(0.55 + 0.5 * r.noise(40, rng), 0, 1)
    wash = inside * np.clip(0.44 + 0.16 * hatch * tooth + 0.26 * puffs, 0, 0.92)
    return np.rint(np.dstack([smudge, wash, chalk]) * 255).clip(0, 255).astype(np.uint8)
