"""The flat hand's things: a few areas of gouache colour, no lines; one darker tone on the side away from the light."""

from __future__ import annotations

import numpy as np

from pairs.styles import _redraw as r

VARIANTS = 1

PALETTE: tuple[r.RGB, ...] = (
    (226, 84, 68), (244, 148, 92), (246, 196, 84), (250, 240, 220), (240, 238, 244), (150, 196, 104), (88, 178, 122), (38, 122, 92), (24, 110, 122),
    (110, 190, 184), (58, 92, 168), (128, 168, 224), (128, 98, 190), (76, 60, 118), (238, 150, 172), (204, 82, 128), (158, 98, 64), (206, 148, 96), (222, 184, 140),
    (190, 188, 198), (112, 116, 132), (44, 42, 66),
)  # fmt: skip


def render(art: r.Art, variant: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 [SIDE, SIDE, 4], straight alpha. Drawn at twice the size."""
    side = 2 * r.SIDE
    canvas = r.on_canvas(art.flat, 4, side)
    found = r.regions(canvas, 6, smallest=0.0016, alike=16)
    colours = r.snap(found.colours, PALETTE)
    whole = r.within(r.soft_outside(canvas[..., 3]), 0.0)
    largest = int(np.argmax([(found.label == k).sum() for k in range(len(colours))]))
    picture = r.over(r.blank(side), colours[largest], whole)
    for k, colour in enumerate(colours):
        part = found.label == k
        if k != largest and part.any():
            # A little over the border: the colour below must not shine through between two areas.
            picture = r.over(picture, colour, np.minimum(r.within(r.outside(part), 1.0), whole))
    # One flat shadow over what turns away from the light, its edge a slant arc.
    ys, xs = np.nonzero(found.body)
    u, v = (np.arange(side) - xs.mean()) / max(np.ptp(xs), 1), (np.arange(side) - ys.mean()) / max(np.ptp(ys), 1)
    lean = 0.85 * u[None, :] + 0.75 * v[:, None] - 0.75 * u[None, :] * v[:, None]
    dark = np.clip((lean - 0.20) * 120, 0, 1).astype(np.float32)
    tone = np.clip(picture[..., :3] / np.maximum(picture[..., 3:], 1e-3) * [0.85, 0.82, 0.87], 0, 255)
    return r.straight(r.halved(r.over(picture, tone, dark * picture[..., 3])))
