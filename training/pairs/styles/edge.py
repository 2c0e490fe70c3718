"""Hand-drawn outline: a fat wobbly crayon line in two colours around the silhouette, and small line doodles beside it."""

from __future__ import annotations

import cv2
import numpy as np
import skia

from pairs.pair import Element, Layer
from pairs.styles import _brush as b
from pairs.styles._parts import Piece

_LINE: dict[str, b.RGB] = {
    "blue": (66, 84, 250), "pink": (250, 96, 140), "yellow": (255, 222, 40), "green": (60, 208, 90), "orange": (255, 138, 36),
    "purple": (160, 80, 240), "red": (240, 50, 56), "white": (255, 255, 255),
}  # fmt: skip
_DOODLES = ("flowers", "stars", "hearts", "sparks", "flames")
_PALE: b.RGB = (244, 216, 252)


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """A doubled crayon line around the subject (a frame where there is none), one to four doodles beside it, or both."""
    outer, inner = ("blue", "pink") if rng.random() < 0.25 else b.some(rng, list(_LINE), 2)
    doodle, count, chance = b.pick(rng, _DOODLES), int(rng.integers(1, 5)), rng.random()
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
    _band(layer, d, gap - (2.0 * s if scene.has_subject else 0), gap + wide + swell, _LINE[outer if one else inner], front)
    _band(layer, d, gap + wide + swell, gap + (1.3 if one else 1.95) * wide + 1.4 * swell, _LINE[outer], front)
    colours = outer if one else f"{outer} and {inner}"
    kind = b.pick(rng, ("outline", "outline", "crayon outline", "line", "crayon line", "contour"))
    if not scene.has_subject:
        kind = b.pick(rng, ("frame", "crayon frame", "crayon border"))
    what = b.words(b.pick(rng, ("thick", "wobbly", "hand-drawn", "doubled" if not one else "bold", "scribbled")), colours, kind)
    place = ("around {}", "around {}", "all around {}", "along the edge of {}") if scene.has_subject else ("around {}",)
    return Piece(
        [layer.element((0, 0), "outline" if scene.has_subject else "frame", outer, "around", whole=True)],
        what,
        b.pick(rng, place).format(scene.the),
    )


def _small(scene: b.Scene, outer: str, inner: str, doodle: str, count: int, rng: np.random.Generator) -> Piece:
    radius, elements = 0.098 * scene.s * float(rng.uniform(0.75, 1.3)), []
    for k, (x, y) in enumerate(_spots(scene, _distance(scene), count, radius, 0.09 * scene.s)):
        r = radius * (1 + b.jitter(rng, 0.06)) * (1.0, 0.9, 0.96, 0.86)[k]
        elements.append(
            _doodle(
                scene, doodle, x + b.jitter(rng, 0.012) * scene.s, y + b.jitter(rng, 0.012) * scene.s, r, outer, inner, k, rng
            )
        )
    look = b.pick(rng, ("small", "little", "crayon", "scribbled", "hand-drawn", ""))
    if len(elements) == 1:
        what = b.words(look, outer, doodle.removesuffix("s"))
        place = "next to {}" if scene.has_subject else "in {}"
    else:
        what = b.words(b.NUMBERS[len(elements)] if rng.random() < 0.7 else "", look, outer, doodle)
        place = b.pick(rng, ("beside {}", "next to {}", "around {}", "around") if scene.has_subject else ("in {}", "over {}"))
    return Piece(elements, what, place.format(scene.the), plural=len(elements) != 1)


def _distance(scene: b.Scene) -> np.ndarray:
    """float32 [H, W]: pixels from the smoothed silhouette, negative inside; from a frame where there is no subject."""
    h, w, s = scene.h, scene.w, scene.s
    if not scene.has_subject:
        margin, radius = 0.105 * s, 0.14 * s
        ys, xs = np.abs(np.arange(h) - h / 2)[:, None], np.abs(np.arange(w) - w / 2)[None, :]
        dx, dy = xs - (w / 2 - margin - radius), ys - (h / 2 - margin - radius)
        return (np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - radius).astype(np.float32)
    # Beyond the photo the silhouette goes on: the line must not turn along the photo's edge.
    pad = round(0.15 * s)
    matte = cv2.copyMakeBorder(scene.matte, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    solid = (cv2.GaussianBlur(matte, (0, 0), 0.012 * s) > 0.5).astype(np.uint8)
    # Crumbs of the matte would each get a line of their own.
    n, label, stats, _ = cv2.connectedComponentsWithStats(solid)
    for k in range(1, n):
        if stats[k, cv2.CC_STAT_AREA] < 0.08 * solid.sum():
            solid[label == k] = 0
    outside = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5) if (solid == 0).any() else np.zeros(solid.shape, np.float32)
    return (outside - cv2.distanceTransform(solid, cv2.DIST_L2, 5))[pad : pad + h, pad : pad + w]


def _band(layer: Layer, d: np.ndarray, low, high, colour: b.RGB, front: float) -> None:
    """Fills low <= d < high (pixels), its rims antialiased over one pixel."""
    layer.fill(colour, (np.clip(d - low + 0.5, 0, 1) * np.clip(high - d + 0.5, 0, 1)).astype(np.float32), front)


# Where doodles go first: beside the head, then lower, as shares of the frame.
_PLACES = ((0.14, 0.20), (0.86, 0.30), (0.84, 0.72), (0.15, 0.62), (0.84, 0.12), (0.16, 0.84), (0.5, 0.12), (0.5, 0.88))


def _spots(scene, away: np.ndarray, count: int, radius: float, clear: float) -> list[tuple[float, float]]:
    """`count` places in a fixed order, those on the subject or its line put last."""
    ranked = []
    for order, (u, v) in enumerate(_PLACES):
        x = float(np.clip(u * scene.w, 1.2 * radius, scene.w - 1.2 * radius))
        y = float(np.clip(v * scene.h, 1.2 * radius, scene.h - 1.2 * radius))
        room = away[int(y), int(x)] if scene.has_subject else clear + radius
        ranked.append((order + 10 * (room < 0.8 * radius) + 5 * (room < clear + 0.7 * radius), x, y))
    chosen: list[tuple[float, float]] = []
    for _, x, y in sorted(ranked):
        if len(chosen) < count and all(np.hypot(x - cx, y - cy) > 2.1 * radius for cx, cy in chosen):
            chosen.append((x, y))
    return chosen


def _doodle(scene: b.Scene, kind: str, x: float, y: float, r: float, outer: str, inner: str, k: int, rng) -> Element:
    """A scribbled shape with a pale halo and the outer line's colour around it, as the silhouette has."""
    side = int(np.ceil(3.2 * r))
    shape = _SHAPES[kind](side / 2, side / 2, r, k)
    pen = b.Pen(side, side)
    pen.canvas.drawPath(shape, b.paint((0, 0, 0), stroke=0.26 * r))
    if kind in ("hearts", "flames"):
        pen.canvas.drawPath(shape, b.paint((0, 0, 0)))
    inside = (pen.alpha() > 0.5).astype(np.uint8)
    d = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5) - cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    d += 0.05 * r * b.noise((side, side), max(1.0, 0.10 * r), rng)
    layer = Layer(side, side)
    for limit, colour in ((0.52, _LINE[outer]), (0.30, _PALE), (0.0, _LINE[inner] if k % 2 else b.INK)):
        layer.fill(colour, np.clip(limit * r - d + 0.5, 0, 1).astype(np.float32))
    return b.moved(layer.element((0, 0), kind, outer, "around"), round(x - side / 2), round(y - side / 2))


def _rays(x, y, r, n: int, start: float, reach) -> skia.Path:
    path = skia.Path()
    for i in range(n):
        a = start + 2 * np.pi * i / n
        path.moveTo(x + 0.12 * r * np.cos(a), y + 0.12 * r * np.sin(a))
        path.lineTo(x + reach(i) * r * np.cos(a), y + reach(i) * r * np.sin(a))
    return path


def _flower(x, y, r, k) -> skia.Path:
    return _rays(x, y, r, 5, -1.4 + 0.3 * k, lambda i: 0.62)


def _spark(x, y, r, k) -> skia.Path:
    return _rays(x, y, r, 8, -np.pi / 2, lambda i: 0.78 if i % 2 == 0 else 0.42)


def _star(x, y, r, k) -> skia.Path:
    a = -np.pi / 2 + np.arange(10) * np.pi / 5 + 0.15 * (-1) ** k
    reach = np.where(np.arange(10) % 2 == 0, 0.74, 0.36) * r
    return b.polygon(np.stack([x + reach * np.cos(a), y + reach * np.sin(a)], 1))


def _heart(x, y, r, k) -> skia.Path:
    t = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    p = np.stack([16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))], 1)
    return b.smooth_path(p * 0.036 * r + [x, y], True)


def _flame(x, y, r, k) -> skia.Path:
    p = np.array(
        [
            [0, -0.85],
            [0.14, -0.42],
            [0.42, -0.12],
            [0.50, 0.32],
            [0.22, 0.66],
            [-0.22, 0.66],
            [-0.50, 0.32],
            [-0.38, -0.08],
            [-0.16, -0.1],
            [-0.12, -0.5],
        ]
    )
    return b.smooth_path(p * [(-1) ** k * r, r] + [x, y], True)


_SHAPES = {"flowers": _flower, "sparks": _spark, "stars": _star, "hearts": _heart, "flames": _flame}
