"""The edge hand's things: black crayon on a pale patch with a fat ring in one bright colour, as around the subject.

The atlas keeps where ring, patch and ink are; colours come when a thing is drawn (pairs/crayons.py).
"""

from __future__ import annotations

import numpy as np

from pairs.styles import _lineart, _redraw as r

VARIANTS = 2


def render(art: r.Art, variant: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 [SIDE, SIDE, 4]: ring, patch, scribble and ink, each 0..255."""
    ways = _lineart.variants(art)
    ink, body = _lineart.lines(art, ways[variant % len(ways)], 27, 6.5, rng)
    ink = r.shaken((ink * 255).astype(np.uint8), 3.0, 42, rng).astype(np.float32) / 255
    fray, wobble = 1.1 * r.noise(2.2, rng) + 0.9 * r.noise(5, rng), 2.2 * r.noise(34, rng)
    far = r.soft_outside(((body | (ink > 0.5)) * 255).astype(np.uint8))
    ring, patch = r.within(far + wobble + fray, 22), r.within(far + 0.7 * wobble + fray, 9)
    # Crayon leaves the paper's tooth bare here and there, most of all at its rim.
    tooth = r.noise(1.6, rng)
    ring *= np.where((tooth > 0.62) & (far + wobble > 14), 0.35, 1.0)
    # What an icon fills with ink is scribbled in colour, within an outline of ink.
    deep = -r.soft_outside((ink * 255).astype(np.uint8))
    scribble = r.within(-deep, -4.5)
    stripes = np.sin((np.arange(r.SIDE)[None, :] * 0.8 + np.arange(r.SIDE)[:, None]) * 2 * np.pi / 9.5 + 1.6 * r.noise(24, rng))
    scribble *= np.clip(1.15 + stripes + 0.5 * tooth, 0, 1)
    core = np.clip((ink - 0.5) * 1.6 + 0.5 + 0.22 * fray * (ink > 0.05) * (ink < 0.98), 0, 1) * np.where(tooth > 0.75, 0.6, 1.0)
    core *= 1 - r.within(-deep, -4.5)
    return np.rint(np.dstack([ring, patch, scribble, core]) * 255).clip(0, 255).astype(np.uint8)
