"""The painting hand's things: a bold dark line around saturated areas, each with a lighter rim where the light falls."""

from __future__ import annotations

import cv2
import numpy as np

from pairs.styles import _redraw as r

VARIANTS = 1
INK: r.RGB = (26, 24, 27)
"""Nearly grey: what is recoloured keeps its lines."""

PALETTE: tuple[r.RGB, ...] = (
    (0, 168, 142), (104, 190, 84), (28, 128, 84), (255, 206, 24), (250, 124, 40), (232, 48, 48), (246, 92, 160), (255, 160, 190), (134, 64, 204),
    (74, 50, 124), (44, 96, 228), (84, 186, 240), (250, 200, 150), (255, 246, 228), (240, 240, 248), (154, 84, 44), (210, 136, 72), (186, 186, 200),
    (112, 112, 128), (42, 38, 46),
)  # fmt: skip


def render(art: r.Art, variant: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 [SIDE, SIDE, 4], straight alpha. Drawn at twice the size."""
    side = 2 * r.SIDE
    canvas = r.shaken(r.on_canvas(art.flat, 20, side), 4.0, 120, rng)
    found = r.regions(canvas, 7, smallest=0.0014)
    colours = r.snap(found.colours, PALETTE)
    far, sway = r.soft_outside(canvas[..., 3]), 2.2 * r.noise(90, rng, side)
    picture = r.over(r.blank(side), INK, r.within(far + sway, 10))
    # The light comes from the upper left and touches in strokes, not all along.
    touch = r.noise(70, rng, side) > -0.25
    for k, colour in enumerate(colours):
        part = found.label == k
        if not part.any():
            continue
        inside = r.outside(part)
        picture = r.over(picture, colour, np.minimum(r.within(inside, 1.0), r.within(far, 1.0)))
        if part.sum() > 0.035 * found.body.sum() and colour.mean() > 60:
            inner = inside < -7
            lit = inner & ~np.roll(inner, (13, 10), (0, 1)) & touch
            share = np.clip(cv2.GaussianBlur(lit.astype(np.float32), (0, 0), 2.0) * 2.4 - 0.7, 0, 1)
            picture = r.over(picture, colour + (np.array([255, 248, 230]) - colour) * 0.66, share)
    picture = r.over(picture, INK, r.within(r.seams(found, 14) + sway, 4.6) * r.within(far, 3))
    picture = r.over(picture, INK, r.within(np.abs(far + sway), 5.0))
    return r.straight(r.halved(picture))
