"""The magic hand's things: toys in three dimensions with their own light, on a soft glow, with golden twinkles beside them."""

from __future__ import annotations

import cv2
import numpy as np

from pairs.styles import _redraw as r
from pairs.things import BY_NAME

VARIANTS = 2
GOLD: r.RGB = (250, 196, 40)
_LIGHT = np.array([-0.45, -0.62, 0.64], np.float32)
_HALF = (_LIGHT + [0, 0, 1]) / np.linalg.norm(_LIGHT + [0, 0, 1])


def render(art: r.Art, variant: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 [SIDE, SIDE, 4], straight alpha. Variant 0 stands alone, others have twinkles, but for what is worn: its box must be its own."""
    alone = variant == 0 or (art.name in BY_NAME and BY_NAME[art.name].is_worn)
    margin = 12 if alone else 22
    canvas = r.on_canvas(art.solid if art.solid is not None else inflate(art.flat), margin).astype(np.float32)
    alpha = canvas[..., 3] / 255
    glow = cv2.GaussianBlur(cv2.dilate(alpha, np.ones((7, 7), np.uint8)), (0, 0), 5.0) * 0.42
    picture = r.over(r.blank(), (255, 240, 196), glow)
    shade = cv2.GaussianBlur(np.roll(alpha, (5, 3), (0, 1)), (0, 0), 4.0) * 0.30
    picture = r.over(picture, (70, 40, 110), shade)
    picture = r.over(picture, canvas[..., :3], alpha)
    if not alone:
        for x, y, size in _free_spots(alpha, rng):
            picture = twinkle(picture, x, y, size)
    return r.straight(picture)


def inflate(flat: np.ndarray) -> np.ndarray:
    """Flat artwork as a cushion lit from the upper left; uint8 [SIDE, SIDE, 4]."""
    canvas = r.on_canvas(flat, 2)
    alpha = canvas[..., 3].astype(np.float32) / 255
    found = r.regions(canvas, 7, smallest=0.004)
    far = -r.soft_outside(canvas[..., 3])
    bevel = max(8.0, min(34.0, 0.55 * float(far.max())))

    def cushion(depth: np.ndarray, width: float) -> np.ndarray:
        return width * np.sqrt(np.clip(1 - (1 - np.clip(depth / width, 0, 1)) ** 2, 0, 1))

    height = cushion(far, bevel) + 0.5 * cushion(found.edge, 9.0)
    height = cv2.GaussianBlur(height.astype(np.float32), (0, 0), 2.2)
    normal = np.dstack(
        [
            -cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8),
            -cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8),
            np.ones_like(height),
        ]
    )
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    diffuse = np.clip(normal @ _LIGHT, 0, 1)
    gleam = np.clip(normal @ _HALF, 0, 1) ** 38
    colour = cv2.GaussianBlur(canvas[..., :3], (0, 0), 0.8).astype(np.float32)
    base = np.where(colour.mean(2, keepdims=True) < 60, colour * 0.8 + 26, colour)
    lit = base * (0.50 + 0.72 * diffuse[..., None]) + np.array([18, 6, 34]) * (1 - diffuse[..., None])
    lit += (255 - lit) * (0.6 * gleam[..., None])
    return np.clip(np.dstack([lit, alpha * 255]), 0, 255).astype(np.uint8)


def _free_spots(alpha: np.ndarray, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Two or three places in the corners where nothing is yet, with the size of a twinkle there."""
    far = r.outside(alpha > 0.3)
    spots: list[tuple[float, float, float]] = []
    for u, v in rng.permutation([(0.12, 0.14), (0.88, 0.14), (0.86, 0.84), (0.13, 0.82), (0.5, 0.09), (0.9, 0.5)]):
        size = float(rng.uniform(14, 24))
        x, y = np.clip(np.array([u, v]) * r.SIDE + rng.uniform(-8, 8, 2), size + 1, r.SIDE - size - 2)
        if len(spots) < 3 and far[int(y), int(x)] > 0.35 * size:
            spots.append((float(x), float(y), size))
    return spots


def twinkle(picture: np.ndarray, x: float, y: float, size: float) -> np.ndarray:
    """A golden star of four points with hollow sides, lit from the upper left, over the picture."""
    ys, xs = np.mgrid[0 : r.SIDE, 0 : r.SIDE].astype(np.float32)
    u, v = np.abs(xs - x) / (0.8 * size), np.abs(ys - y) / size
    field = np.sqrt(u) + np.sqrt(v)
    alpha = np.clip((1.0 - field) * size * 0.5 + 0.5, 0, 1)
    tone = np.clip(0.5 - 0.5 * ((xs - x) + (ys - y)) / size, 0, 1)[..., None]
    colour = np.asarray(GOLD, np.float32) * (0.72 + 0.28 * tone) + (255 - np.asarray(GOLD, np.float32)) * 0.55 * tone**2
    halo = np.clip(1 - np.hypot(xs - x, ys - y) / (1.25 * size), 0, 1) ** 2 * 0.35
    return r.over(r.over(picture, (255, 240, 190), halo), np.clip(colour, 0, 255), alpha)
