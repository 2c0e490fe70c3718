"""The monster hand's things: everything has fur, painted in short tapered strokes that follow the shape and fray at its rim."""

from __future__ import annotations

import cv2
import numpy as np
import skia

from pairs.styles import _brush as b
from pairs.styles import _redraw as r

VARIANTS = 2


def render(art: r.Art, variant: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 [SIDE, SIDE, 4], straight alpha."""
    canvas = r.on_canvas(art.flat, 13)
    found = r.regions(canvas, 8, smallest=0.002, alike=10)
    far = r.outside(found.body)
    pen = b.Pen(r.SIDE, r.SIDE)
    base = np.clip(found.colours, 22, 250)
    # Under the fur lies the flat picture, so that no gap shows the photo.
    under = np.dstack([base[found.label], found.body * 255.0]).astype(np.uint8)
    pen.canvas.drawImage(skia.Image.fromarray(np.ascontiguousarray(under)), 0, 0)
    grow = cv2.GaussianBlur(far, (0, 0), 5)
    away = np.dstack([cv2.Sobel(grow, cv2.CV_32F, 1, 0), cv2.Sobel(grow, cv2.CV_32F, 0, 1)])
    away /= np.linalg.norm(away, axis=2, keepdims=True) + 1e-6
    flow = away * np.clip(1 - np.abs(far) / 40, 0.15, 1)[..., None] + np.array([0.0, 0.75])
    swirl = 0.7 * r.noise(36, rng)
    ys, xs = np.nonzero(found.body)
    count = int(len(xs) / 11)
    chosen = rng.choice(len(xs), count, replace=False)
    # From the rim inwards and from below upwards, as fur lies.
    rank = ys[chosen] + rng.uniform(-14, 14, count)
    for i in chosen[np.argsort(-rank)]:
        x, y = int(xs[i]), int(ys[i])
        room = float(found.edge[y, x])
        length = float(np.clip(1.5 * room, 3.5, 17)) * rng.uniform(0.75, 1.2)
        if -far[y, x] < 6:
            length = max(length, 9.0)
        dx, dy = flow[y, x]
        angle = np.arctan2(dy, dx) + swirl[y, x] + rng.uniform(-0.3, 0.3)
        colour = base[found.label[y, x]]
        lean = rng.normal(0, 0.13) + 0.05 * (1 if dy < 0.4 else -1)
        tone = colour + ((255 - colour) * min(lean, 0.4) if lean > 0 else colour * max(lean, -0.45))
        _blade(pen.canvas, x, y, angle, length, 0.17 * length + 1.0, tone)
    return pen.straight()


def _blade(canvas: skia.Canvas, x: float, y: float, angle: float, length: float, width: float, tone: np.ndarray) -> None:
    """A tapered stroke from (x, y)."""
    c, s = np.cos(angle), np.sin(angle)
    path = skia.Path()
    path.moveTo(x - 0.3 * length * c - s * width, y - 0.3 * length * s + c * width)
    path.quadTo(
        x + 0.35 * length * c - 1.1 * s * width,
        y + 0.35 * length * s + 1.1 * c * width,
        x + 0.8 * length * c,
        y + 0.8 * length * s,
    )
    path.quadTo(
        x + 0.2 * length * c + s * width,
        y + 0.2 * length * s - c * width,
        x - 0.3 * length * c + s * width,
        y - 0.3 * length * s - c * width,
    )
    path.close()
    r_, g_, b_ = (int(np.clip(v, 0, 255)) for v in tone)
    canvas.drawPath(path, skia.Paint(AntiAlias=True, Color=skia.Color(r_, g_, b_)))
