"""Hand-drawn outline: a fat wobbly crayon line in two colours around the silhouette, and small line doodles beside it."""

from __future__ import annotations

from copy import deepcopy

import cv2
import numpy as np
import skia

from pairs.pair import Layer, Pair
from pairs.photos import Photo
from pairs.styles import _brush as b

TRIGGER = "sksedgeeffect"

_LINE: dict[str, b.RGB] = {
    "blue": (66, 84, 250), "pink": (250, 96, 140), "yellow": (255, 222, 40), "green": (60, 208, 90), "orange": (255, 138, 36),
    "purple": (160, 80, 240), "red": (240, 50, 56), "white": (255, 255, 255),
}  # fmt: skip
_DOODLES = ("flowers", "stars", "hearts", "sparks", "flames")
_PALE: b.RGB = (244, 216, 252)


def draw_pair(rng: np.random.Generator, view: Photo) -> Pair:
    """A doubled crayon line around the subject (a frame where there is none) with two to four doodles beside it."""
    scene = b.read_scene(view)
    short = rng.random() < 0.15
    outer, inner, doodle, count = "blue", "pink", b.pick(rng, _DOODLES[:3]), 3
    if not short:
        outer, inner = b.some(rng, list(_LINE), 2)
        doodle, count = b.pick(rng, _DOODLES), int(rng.integers(2, 5))
    drawn = b.fit_coverage(scene, lambda size: _draw(scene, outer, inner, doodle, count, size, deepcopy(rng)))
    text = _text(rng, scene, outer, inner, doodle, count, short)
    return b.to_pair("edge", scene, drawn, text, things=["outline", doodle], colour=[outer, inner], count=count, anchor="around")


def _draw(scene, outer, inner, doodle, count, size, rng) -> tuple[Layer, Layer]:
    s = scene.s
    behind, front = Layer(scene.h, scene.w), Layer(scene.h, scene.w)
    gap, wide = 0.004 * s, 0.036 * s * size
    away, line = _distance(scene), behind if scene.has_subject else front
    # A slow wobble moves the whole line in and out, a fast one frays its rims as crayon on paper does.
    wobble = 0.010 * s * b.noise(away.shape, 0.11 * s, rng)
    swell = 0.007 * s * b.noise(away.shape, 0.16 * s, rng)
    fray = 0.0045 * s * b.noise(away.shape, max(1.0, 0.008 * s), rng)
    d = away + wobble + fray
    _band(line, d, gap - (1.0 * s if scene.has_subject else 0), gap + wide + swell, _LINE[inner])
    _band(line, d, gap + wide + swell, gap + 1.95 * wide + 1.4 * swell, _LINE[outer])
    radius = 0.098 * s * min(1.25, size)
    for k, (x, y) in enumerate(_spots(scene, away, count, radius, gap + 2.4 * wide)):
        r = radius * (1 + b.jitter(rng, 0.06)) * (1.0, 0.9, 0.96, 0.86)[k]
        x, y = x + b.jitter(rng, 0.012) * s, y + b.jitter(rng, 0.012) * s
        _doodle(front, doodle, x, y, r, _LINE[outer], _LINE[inner], k, rng)
    return behind, front


def _distance(scene: b.Scene) -> np.ndarray:
    """float32 [H, W]: pixels from the smoothed silhouette, negative inside; from a frame where there is no subject."""
    h, w, s = scene.h, scene.w, scene.s
    if scene.has_subject:
        solid = (cv2.GaussianBlur(scene.matte, (0, 0), 0.012 * s) > 0.5).astype(np.uint8)
        # Crumbs of the matte would each get a line of their own.
        n, label, stats, _ = cv2.connectedComponentsWithStats(solid)
        for k in range(1, n):
            if stats[k, cv2.CC_STAT_AREA] < 0.08 * solid.sum():
                solid[label == k] = 0
    else:
        solid = np.zeros((h, w), np.uint8)
        margin = 0.105 * s
        pen = b.Pen(h, w)
        pen.canvas.drawRoundRect(skia.Rect(margin, margin, w - margin, h - margin), 0.14 * s, 0.14 * s, b.paint((255, 255, 255)))
        mark = Layer(h, w)
        pen.onto(mark)
        solid = (mark.alpha > 0.5).astype(np.uint8)
    outside = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5) if (solid == 0).any() else np.zeros((h, w), np.float32)
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    return outside - inside


def _band(layer: Layer, d: np.ndarray, low, high, colour: b.RGB) -> None:
    """Fills low <= d < high (pixels), its rims antialiased over one pixel."""
    layer.fill(colour, (np.clip(d - low + 0.5, 0, 1) * np.clip(high - d + 0.5, 0, 1)).astype(np.float32))


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


def _doodle(layer: Layer, kind: str, x, y, r, outer: b.RGB, inner: b.RGB, k: int, rng) -> None:
    """A scribbled shape with a pale halo and the outer line's colour around it, as the silhouette has."""
    shape = _SHAPES[kind](x, y, r, k)
    h, w = layer.shape
    mark, pen = Layer(h, w), b.Pen(h, w)
    pen.canvas.drawPath(shape, b.paint((0, 0, 0), stroke=0.26 * r))
    if kind in ("hearts", "flames"):
        pen.canvas.drawPath(shape, b.paint((0, 0, 0)))
    pen.onto(mark)
    inside = (mark.alpha > 0.5).astype(np.uint8)
    d = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5) - cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    d += 0.05 * r * b.noise((h, w), max(1.0, 0.10 * r), rng)
    heart = inner if k % 2 else b.INK
    layer.fill(outer, np.clip(0.52 * r - d + 0.5, 0, 1).astype(np.float32))
    layer.fill(_PALE, np.clip(0.30 * r - d + 0.5, 0, 1).astype(np.float32))
    layer.fill(heart, np.clip(-d + 0.5, 0, 1).astype(np.float32))


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
    p = np.array([[0, -0.85], [0.14, -0.42], [0.42, -0.12], [0.50, 0.32], [0.22, 0.66], [-0.22, 0.66], [-0.50, 0.32], [-0.38, -0.08], [-0.16, -0.1], [-0.12, -0.5]])
    return b.smooth_path(p * [(-1) ** k * r, r] + [x, y], True)


_SHAPES = {"flowers": _flower, "sparks": _spark, "stars": _star, "hearts": _heart, "flames": _flame}


def _text(rng, scene, outer, inner, doodle, count, short) -> str:
    noun = scene.noun
    if short:
        verb = b.pick(rng, ("draw an outline around", "outline", "add a hand-drawn outline around"))
        return f"{verb} {noun} with {doodle} by {TRIGGER}"
    colours = f"{outer} and {inner}"
    if scene.has_subject:
        line = b.pick(rng, (
            f"draw a thick {colours} outline around {noun}", f"outline {noun} in {colours}",
            f"add a wobbly {colours} line around {noun}", f"trace {noun} with a double {colours} crayon line",
            f"surround {noun} with a hand-drawn {colours} outline", f"add a doubled {outer} outline with {inner} inside around {noun}",
        ))  # fmt: skip
    else:
        line = b.pick(rng, (
            f"draw a thick {colours} frame around {noun}", f"add a wobbly {colours} line around {noun}",
            f"frame {noun} with a hand-drawn {colours} outline", f"draw a doubled {colours} crayon border around {noun}",
        ))  # fmt: skip
    number = b.NUMBERS[count]
    extra = b.pick(rng, (f"and {number} {doodle} beside it", f"with {number} small {doodle}", f"and doodle {number} {doodle} next to it", f"plus {number} little {doodle}"))
    return f"{line} {extra} by {TRIGGER}"
