"""Hand-drawn outline: a fat wobbly crayon line in two colours around the silhouette, and small doodles beside it."""

from __future__ import annotations

import cv2
import numpy as np
import skia

from data.pair import Element, Layer
from data.styles import brush as b
from data.styles.pieces import Piece
from data.styles.shapes import curve, polygon, smooth_path
from data.whole import heart, star
from data.wording import one_of

_LINE = b.palette("edge")
_PALE: b.RGB = (244, 216, 252)

# Where doodles go first: beside the head, then lower, as shares of the frame.
_PLACES = ((0.14, 0.20), (0.86, 0.30), (0.84, 0.72), (0.15, 0.62), (0.84, 0.12), (0.16, 0.84), (0.5, 0.12), (0.5, 0.88))


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """A doubled crayon line around the subject (a frame where there is none), one to four doodles beside it, or
    both."""
    outer, inner = ("blue", "pink") if rng.random() < 0.25 else b.some(rng, list(_LINE), 2)
    doodle, count, chance = one_of(rng, tuple(_SHAPES)), int(rng.integers(1, 5)), rng.random()
    pieces = [_outline(scene, outer, inner, rng)] if chance < 0.8 else []
    if chance > 0.3:
        pieces.append(_small(scene, outer, inner, doodle, count, rng))
    return pieces


def _outline(scene: b.Scene, outer: str, inner: str, rng: np.random.Generator) -> Piece:
    s = scene.s
    layer = Layer(scene.h, scene.w)
    gap, wide = 0.004 * s, 0.036 * s * float(rng.uniform(0.7, 1.2))
    away, front = _distance(scene), 0.0 if scene.has_subject else 1.0
    # A slow wobble moves the whole line in and out, a fast one frays its rims as crayon on paper does.
    wobble = 0.010 * s * b.noise(away.shape, 0.11 * s, rng)
    swell = 0.007 * s * b.noise(away.shape, 0.16 * s, rng)
    fray = 0.0045 * s * b.noise(away.shape, max(1.0, 0.008 * s), rng)
    d = away + wobble + fray
    one = rng.random() < 0.25
    start = gap - (2.0 * s if scene.has_subject else 0)
    _band(layer, d, start, gap + wide + swell, _LINE[outer if one else inner], front)
    _band(layer, d, gap + wide + swell, gap + (1.3 if one else 1.95) * wide + 1.4 * swell, _LINE[outer], front)
    colours = outer if one else f"{outer} and {inner}"
    kind = scene.say(rng, "edge", "kind")
    if not scene.has_subject:
        kind = scene.say(rng, "edge", "frame")
    what = b.words(scene.say(rng, "edge", "look", doubled="bold" if one else "doubled"), colours, kind)
    element = layer.element((0, 0), "outline" if scene.has_subject else "frame", outer, "around", whole=True)
    return Piece([element], what, scene.say(rng, "edge", "place"))


def _small(scene: b.Scene, outer: str, inner: str, doodle: str, count: int, rng: np.random.Generator) -> Piece:
    radius, elements = 0.098 * scene.s * float(rng.uniform(0.75, 1.3)), []
    away, clear = _distance(scene), 0.09 * scene.s

    def late(x: float, y: float) -> int:
        room = away[int(y), int(x)] if scene.has_subject else clear + radius
        return 10 * (room < 0.8 * radius) + 5 * (room < clear + 0.7 * radius)

    for k, (x, y) in enumerate(b.places(scene, _PLACES, count, radius, 1.2, 2.1, late)):
        r = radius * (1 + b.jitter(rng, 0.06)) * (1.0, 0.9, 0.96, 0.86)[k]
        x, y = x + b.jitter(rng, 0.012) * scene.s, y + b.jitter(rng, 0.012) * scene.s
        elements.append(_doodle(doodle, x, y, r, outer, inner, k, rng))
    look = scene.say(rng, "edge", "small")
    if len(elements) == 1:
        what = b.words(look, outer, doodle.removesuffix("s"))
        return Piece(elements, what, f"next to {scene.the}" if scene.has_subject else f"in {scene.the}")
    what = b.words(b.counted(rng, len(elements), 0.7), look, outer, doodle)
    return Piece(elements, what, scene.say(rng, "edge", "several"), plural=True)


def _signed(inside: np.ndarray) -> np.ndarray:
    """float32 [H, W]: pixels from a mask (uint8), negative inside."""
    return cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5) - cv2.distanceTransform(inside, cv2.DIST_L2, 5)


def _distance(scene: b.Scene) -> np.ndarray:
    """float32 [H, W]: pixels from the smoothed silhouette, negative inside; from a frame where there is no subject."""
    h, w, s = scene.h, scene.w, scene.s
    if not scene.has_subject:
        margin, radius = 0.105 * s, 0.14 * s
        ys, xs = np.abs(np.arange(h) - h / 2)[:, None], np.abs(np.arange(w) - w / 2)[None, :]
        dx, dy = xs - (w / 2 - margin - radius), ys - (h / 2 - margin - radius)
        far = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
        return (far - radius).astype(np.float32)
    # Beyond the photo the silhouette goes on: the line must not turn along the photo's edge.
    pad = round(0.15 * s)
    matte = cv2.copyMakeBorder(scene.matte, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    solid = (cv2.GaussianBlur(matte, (0, 0), 0.012 * s) > 0.5).astype(np.uint8)
    # Crumbs of the matte would each get a line of their own.
    n, label, stats, _ = cv2.connectedComponentsWithStats(solid)
    for k in range(1, n):
        if stats[k, cv2.CC_STAT_AREA] < 0.08 * solid.sum():
            solid[label == k] = 0
    far = _signed(solid) if (solid == 0).any() else -cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    return far[pad : pad + h, pad : pad + w]


def _band(layer: Layer, d: np.ndarray, low, high, colour: b.RGB, front: float) -> None:
    """Fills low <= d < high (pixels), its rims antialiased over one pixel."""
    layer.fill(colour, (np.clip(d - low + 0.5, 0, 1) * np.clip(high - d + 0.5, 0, 1)).astype(np.float32), front)


def _doodle(kind: str, x: float, y: float, r: float, outer: str, inner: str, k: int, rng) -> Element:
    """A scribbled shape with a pale halo and the outer line's colour around it, as the silhouette has."""
    side = int(np.ceil(3.2 * r))
    shape = _SHAPES[kind](side / 2, side / 2, r, k)
    pen = b.Pen(side, side)
    pen.canvas.drawPath(shape, b.paint((0, 0, 0), stroke=0.26 * r))
    if kind in ("hearts", "flames"):
        pen.canvas.drawPath(shape, b.paint((0, 0, 0)))
    d = _signed((pen.alpha() > 0.5).astype(np.uint8))
    d += 0.05 * r * b.noise((side, side), max(1.0, 0.10 * r), rng)
    layer = Layer(side, side)
    for limit, colour in ((0.52, _LINE[outer]), (0.30, _PALE), (0.0, _LINE[inner] if k % 2 else b.INK)):
        layer.fill(colour, np.clip(limit * r - d + 0.5, 0, 1).astype(np.float32))
    return b.moved(layer.element((0, 0), kind, outer, "around"), round(x - side / 2), round(y - side / 2))


def _rays(x, y, r, n: int, start: float, reach: tuple[float, float]) -> skia.Path:
    path, angles = skia.Path(), start + 2 * np.pi * np.arange(n) / n
    for near, far in zip(
        curve(x, y, 0.12 * r, angles), curve(x, y, np.where(np.arange(n) % 2, *reach[::-1]) * r, angles)
    ):
        path.moveTo(*near)
        path.lineTo(*far)
    return path


def _star(x, y, r, k) -> skia.Path:
    points = star((0.74 * r, 0.36 * r))
    lean = 0.15 * (-1) ** k
    return polygon(points @ np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]]) + [x, y])


_FLAME = np.array([
    [0, -0.85], [0.14, -0.42], [0.42, -0.12], [0.50, 0.32], [0.22, 0.66], [-0.22, 0.66], [-0.50, 0.32], [-0.38, -0.08],
    [-0.16, -0.1], [-0.12, -0.5],
])  # fmt: skip

_SHAPES = {
    "flowers": lambda x, y, r, k: _rays(x, y, r, 5, -1.4 + 0.3 * k, (0.62, 0.62)),
    "stars": _star,
    "hearts": lambda x, y, r, k: smooth_path(heart(30) * 0.036 * r + [x, y], True),
    "sparks": lambda x, y, r, k: _rays(x, y, r, 8, -np.pi / 2, (0.78, 0.42)),
    "flames": lambda x, y, r, k: smooth_path(_FLAME * [(-1) ** k * r, r] + [x, y], True),
}
