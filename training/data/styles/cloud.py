"""Cloud sketches: white chalk drawings of animals and things, and outlined clouds, in the sky and the empty parts.

The sketches are picked by eye from Quick, Draw! (CC BY 4.0), word -> strokes -> [xs, ys] in 0..255. One drawing a word
and few words: a style is learned from a few hundred pairs, and each thing must come often enough."""

from __future__ import annotations

import numpy as np
import skia

from data.hands import WITHHELD
from data.pair import Element, Layer
from data.styles import brush as b
from data.styles.pieces import Piece
from data.styles.shapes import curve, discs, smooth_path
from data.tables import table

_CHALK: b.RGB = (255, 255, 255)
_SLATE: b.RGB = (52, 66, 96)


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """One or two chalk sketches, clouds, or both, in the emptiest places of the view, the upper ones first."""
    known = [name for name in table("chalk_sketches.json")["sketches"] if name not in WITHHELD]
    names = b.some(rng, known, int(rng.choice([0, 1, 2], p=[0.35, 0.5, 0.15])))
    clouds = int(rng.integers(0, 4)) if len(names) < 2 else 0
    clouds = clouds or (not names)
    taken: list[tuple[float, float, float]] = []
    pieces = []
    chalk = scene.say(rng, "cloud", "chalk")
    big = float(rng.uniform(0.19, 0.30)) * scene.s
    for name in names:
        x, y, r = _room(scene, big, 0.6 * big, taken)
        what = b.words(scene.say(rng, "cloud", "size"), chalk, name)
        sketch = _sketch(scene, name, x, y, r * (1 + b.jitter(rng, 0.05)), rng)
        pieces.append(Piece([sketch], what, _where(scene, x, y, rng)))
    elements = []
    for k in range(clouds):
        rad = float(rng.uniform(0.17, 0.27)) * scene.s * (1.0 - 0.12 * k)
        x, y, r = _room(scene, rad, 0.65 * rad, taken)
        elements.append(_cloud(scene, x, y, r, rng))
    if elements:
        many = len(elements) > 1
        number = b.counted(rng, len(elements), 0.75) if many else ""
        what = b.words(number, chalk, scene.say(rng, "cloud", "clouds" if many else "cloud"))
        place = scene.say(rng, "cloud", "place")
        pieces.append(Piece(elements, what, place if many else _where(scene, x, y, rng), plural=many))
    return pieces


def _where(scene: b.Scene, x: float, y: float, rng: np.random.Generator) -> str:
    """The place of a sketch about (x, y) in words."""
    side = "left" if x < 0.42 * scene.w else "right" if x > 0.58 * scene.w else ""
    if not side:
        return scene.say(rng, "cloud", "high" if y < 0.5 * scene.h else "low")
    corner = f"in the top {side} corner" if y < 0.33 * scene.h else f"on the {side}"
    return scene.say(rng, "cloud", "beside", corner=corner, side=side)


def _room(scene: b.Scene, r: float, least: float, taken: list) -> tuple[float, float, float]:
    """The emptiest place for a drawing of half side r, high before low, away from those in `taken`, which it joins;
    shrinks to `least`."""
    best, best_score = (0.5 * scene.w, 0.25 * scene.h, least), -9.0
    for scale in (1.0, 0.8, least / r):
        q = r * scale
        edge = 1.06 * q
        for y in np.linspace(edge, max(edge, 0.80 * scene.h - q), 7):
            for x in np.linspace(edge, max(edge, scene.w - edge), 9):
                crowd = sum(max(0.0, tr + q - max(abs(x - tx), abs(y - ty))) / (2 * q) for tx, ty, tr in taken)
                score = 2.0 * scene.free(x, y, q, 0.9 * q) - 3.0 * crowd - 0.55 * y / scene.h
                score = score + 0.7 * scale - 0.15 * abs(x / scene.w - 0.5)
                if score > best_score + 1e-6:
                    best, best_score = (float(x), float(y), float(q)), score
    taken.append(best)
    return best


def _sketch(scene: b.Scene, name: str, x: float, y: float, r: float, rng: np.random.Generator) -> Element:
    """A drawing in chalk over a faint wash of its own shape."""
    side, s = round(2.5 * r), scene.s
    drawing = [np.array(stroke, np.float64).T for stroke in table("chalk_sketches.json")["sketches"][name]]
    points = np.concatenate(drawing)
    low, high = points.min(0), points.max(0)
    layer, lines, body = Layer(side, side), skia.Path(), skia.Path()
    body.setFillType(skia.PathFillType.kWinding)
    for stroke in drawing:
        points = (stroke - (low + high) / 2) * (2 * r / max(high - low)) + [side / 2, side / 2]
        if len(points) < 3:
            points = np.linspace(points[0], points[-1], 3)
        lines.addPath(smooth_path(points, False))
        if np.ptp(points, 0).max() > 0.5 * r:
            body.addPath(smooth_path(points, True))
    _wash(layer, body, 0.42, s, rng)
    _chalk(layer, lines, 0.075 * r, s, rng)
    return b.moved(layer.element((0, 0), name, "white", "free"), round(x - side / 2), round(y - side / 2))


def _cloud(scene: b.Scene, x: float, y: float, r: float, rng: np.random.Generator) -> Element:
    """A cloud of scalloped arcs with a flat foot, washed white and outlined in chalk, with two curls inside."""
    left, top, side, s = round(x - 1.3 * r), round(y - 1.3 * r), round(2.6 * r), scene.s
    layer, x, y = Layer(side, side), x - left, y - top
    path = discs(x, y, r, (-0.66, 0.10, 0.34), (-0.24, -0.18, 0.46), (0.30, -0.10, 0.42), (0.70, 0.14, 0.30))
    path.addRoundRect(skia.Rect(x - 0.98 * r, y + 0.02 * r, x + 0.98 * r, y + 0.44 * r), 0.2 * r, 0.2 * r)
    path = skia.Simplify(path)
    _wash(layer, path, 0.62, s, rng)
    curls = skia.Path()
    for cx, cy, k in ((-0.22, 0.02, 0.22), (0.34, 0.08, 0.18)):
        curls.addPath(smooth_path(curve(x + cx * r, y + cy * r, k * r, np.linspace(-2.6, 0.9, 10)), False))
    _chalk(layer, path, 0.078 * r, s, rng)
    _chalk(layer, curls, 0.055 * r, s, rng)
    return b.moved(layer.element((0, 0), "cloud", "white", "free"), left, top)


def _grain(layer: Layer, s: float, low: float, rng) -> np.ndarray:
    """Paper tooth, float32 [H, W] in low..1."""
    tooth = 0.6 * b.noise(layer.shape, max(1.0, 0.0045 * s), rng) + 0.5 * b.noise(layer.shape, 0.02 * s, rng)
    return np.clip(low + (1 - low) * (0.72 + 0.9 * tooth), low, 1).astype(np.float32)


def _wash(layer: Layer, path: skia.Path, strength: float, s: float, rng) -> None:
    """Fills a path with thin chalk dust and a few slanting scribbles."""
    bounds = path.getBounds()
    pen = b.Pen(*layer.shape)
    pen.canvas.clipPath(path, doAntiAlias=True)
    pen.canvas.drawPath(path, b.paint(_CHALK, 0.62 * strength))
    step = 0.034 * s
    scribble = b.paint(_CHALK, 0.6 * strength, 0.4 * step)
    for x in np.arange(bounds.left() - bounds.height(), bounds.right(), step):
        x += b.jitter(rng, 0.15) * step
        pen.canvas.drawLine(x, bounds.bottom(), x + bounds.height(), bounds.top(), scribble)
    pen.onto(layer, _grain(layer, s, 0.7, rng))


def _chalk(layer: Layer, path: skia.Path, width: float, s: float, rng) -> None:
    """Draws lines twice, a little apart, with the tooth of the paper showing through, on a soft slate smudge, which
    keeps white chalk readable on a white wall."""
    pen = b.Pen(*layer.shape)
    smudge = b.paint(_SLATE, 0.42, 1.7 * width)
    smudge.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 0.45 * width))
    pen.canvas.drawPath(path, smudge)
    pen.onto(layer)
    pen = b.Pen(*layer.shape)
    pen.canvas.drawPath(path, b.paint(_CHALK, 0.96, width))
    pen.canvas.translate(0.35 * width, -0.30 * width)
    pen.canvas.drawPath(path, b.paint(_CHALK, 0.7, 0.7 * width))
    pen.onto(layer, _grain(layer, s, 0.55, rng))
