"""Soft 3D from flat shapes: a mask is inflated to a cushion, lit from the upper left, and laid over a contact shadow."""

from __future__ import annotations

import cv2
import numpy as np
import skia

from pairs.pair import Layer
from pairs.styles import _brush as b

_LIGHT = np.array([-0.45, -0.62, 0.64], np.float32)
_HALF = (_LIGHT + [0, 0, 1]) / np.linalg.norm(_LIGHT + [0, 0, 1])


def puff(
    layer: Layer, path: skia.Path, colour: b.RGB, bevel: float, shadow: float = 0.35, gloss: float = 0.55, front: float = 1.0
) -> None:
    """Paints `path` (pixels of the layer) over it as an inflated shape.

    bevel: width in pixels over which the edge rises; shadow: darkness (0..1) of the contact shadow, which falls to the
    lower right; gloss: strength (0..1) of the highlight.
    """
    m = layer.margin
    h, w = layer.shape
    bounds = path.getBounds()
    pad = int(np.ceil(0.6 * bevel)) + 3
    x0, y0 = max(-m, int(np.floor(bounds.left())) - pad), max(-m, int(np.floor(bounds.top())) - pad)
    x1, y1 = min(w - m, int(bounds.right()) + pad + 1), min(h - m, int(bounds.bottom()) + pad + 1)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return  # quite outside the canvas
    alpha = _coverage(path, x0, y0, x1, y1)
    blur = max(0.8, 0.35 * bevel)
    fall = int(round(0.30 * bevel)) + 1
    cast = cv2.GaussianBlur(np.roll(alpha, (fall, int(0.6 * fall)), (0, 1)), (0, 0), blur) * shadow
    cast[cast < 0.03] = 0
    layer.over(cast[..., None] * np.array([30, 18, 60], np.float32), cast, x0, y0, front)
    layer.over(_shade(alpha, colour, bevel, gloss) * alpha[..., None], alpha, x0, y0, front)


def _coverage(path: skia.Path, x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    pen = skia.Surface(x1 - x0, y1 - y0)
    canvas = pen.getCanvas()
    canvas.translate(-x0, -y0)
    canvas.drawPath(path, b.paint((255, 255, 255)))
    return pen.toarray()[..., 3].astype(np.float32) / 255


def _shade(alpha: np.ndarray, colour: b.RGB, bevel: float, gloss: float) -> np.ndarray:
    depth = cv2.distanceTransform((np.pad(alpha, 2) > 0.5).astype(np.uint8), cv2.DIST_L2, 5)[2:-2, 2:-2]
    rise = np.clip(depth / bevel, 0, 1)
    height = cv2.GaussianBlur(bevel * np.sqrt(1 - (1 - rise) ** 2), (0, 0), max(0.7, 0.16 * bevel))
    gx, gy = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    normal = np.stack([-gx, -gy, np.ones_like(gx)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    lit = np.clip(normal @ _LIGHT, 0, 1)[..., None]
    shine = np.clip(normal @ _HALF, 0, 1)[..., None] ** 28
    base = np.array(colour, np.float32)
    deep = 0.50 * base + 0.06 * np.array([70, 20, 110], np.float32)
    bright = base + 0.42 * (255 - base)
    body = np.where(lit < 0.62, deep + (base - deep) * lit / 0.62, base + (bright - base) * (lit - 0.62) / 0.38)
    return np.clip(body + gloss * shine * (255 - body), 0, 255)
