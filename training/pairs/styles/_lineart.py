"""Line art of a thing from whatever it has: an icon in one ink, the seams of flat artwork, or a person's own sketch."""

from __future__ import annotations

import numpy as np

from pairs.styles import _brush as b
from pairs.styles import _redraw as r


def variants(art: r.Art) -> list[str]:
    """The ways there are to draw this thing with lines: "glyph" and "seams", or "sketch0", "sketch1" ... for what has no artwork:
    beside an icon most people's sketches are hard to tell."""
    ways = ["glyph"] * (art.glyph is not None) + ["seams"] * (art.flat is not None)
    return ways or [f"sketch{i}" for i in range(len(art.sketches))]


def lines(art: r.Art, way: str, margin: int, width: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(ink float32 [SIDE, SIDE] 0..1, body bool: what the lines enclose). width: pixels of a drawn line."""
    if way == "glyph":
        ink = r.on_canvas(art.glyph, margin).astype(np.float32) / 255
        return ink, r.filled(ink > 0.4)
    if way == "seams":
        canvas = r.on_canvas(art.flat, margin)
        found = r.regions(canvas, 6, smallest=0.0016)
        far, sway = r.soft_outside(canvas[..., 3]), 0.8 * r.noise(40, rng)
        line = np.maximum(
            r.within(np.abs(far + width / 2), width / 2 + sway * 0.6),
            r.within(r.seams(found, 22), 0.42 * width + sway * 0.5) * r.within(far, 0),
        )
        # Dark and small areas (eyes, noses, mouths) are filled in.
        for k, colour in enumerate(found.colours):
            part = found.label == k
            if part.any() and colour.mean() < 75 and part.sum() < 0.16 * found.body.sum():
                line = np.maximum(line, r.within(r.outside(part), 0.5))
        return line.astype(np.float32), found.body
    return _sketch(art.sketches[int(way.removeprefix("sketch"))], margin, width, rng)


def _sketch(
    strokes: tuple[np.ndarray, ...], margin: int, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    scale = (r.SIDE - 2 * margin - width) / max(high - low)
    shift = r.SIDE / 2 - (low + high) / 2 * scale
    pen = b.Pen(r.SIDE, r.SIDE)
    for stroke in strokes:
        path = stroke * scale + shift
        if len(path) < 3:
            path = np.linspace(path[0], path[-1], 3)
        pen.canvas.drawPath(b.smooth_path(path, False), b.paint((255, 255, 255), stroke=width))
    ink = pen.alpha()
    return ink, r.filled(ink > 0.5)
