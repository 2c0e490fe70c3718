"""Soft 3D stickers: moon, stars, clouds, halo, wings, crown, hearts and a rainbow, floating around and on the subject."""

from __future__ import annotations

import numpy as np
import skia

from pairs.pair import Layer
from pairs.styles import _brush as b
from pairs.styles._parts import Piece
from pairs.styles._puff import puff

_COLOURS: dict[str, b.RGB] = {
    "golden": (248, 190, 36), "purple": (150, 110, 235), "pink": (252, 130, 180), "blue": (84, 140, 250),
    "white": (246, 244, 255), "red": (236, 44, 66), "silver": (190, 198, 214),
}  # fmt: skip
_SMALL = {
    "stars": ("golden", "golden", "pink", "blue", "white", "silver"),
    "hearts": ("red", "pink", "purple"),
    "clouds": ("purple", "pink", "white", "blue"),
}


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """A moon or a rainbow behind the subject, one to five small stickers around it, or both."""
    taken: list[tuple[float, float, float]] = []
    main = b.pick(rng, ("moon", "moon", "rainbow", "", ""))
    pieces = [{"moon": _moon, "rainbow": _rainbow}[main](scene, taken, rng)] if main else []
    if not main or rng.random() < 0.8:
        pieces.append(_stickers(scene, taken, rng))
    return pieces


def _stickers(scene: b.Scene, taken, rng: np.random.Generator) -> Piece:
    kind = b.pick(rng, ("stars", "stars", "hearts", "clouds"))
    colour, count = b.pick(rng, _SMALL[kind]), int(rng.integers(1, 6)) if kind != "clouds" else int(rng.integers(1, 4))
    radius = {"stars": 0.12, "hearts": 0.105, "clouds": 0.15}[kind] * scene.s * float(rng.uniform(0.7, 1.2))
    elements = []
    for k, (x, y) in enumerate(_spots(scene, count, radius, taken)):
        r = radius * (1.0, 0.86, 0.92, 0.8, 0.9)[k] * (1 + b.jitter(rng, 0.06))
        x, y = x + b.jitter(rng, 0.02) * scene.s, y + b.jitter(rng, 0.02) * scene.s
        side = round(3 * r)
        layer = Layer(side, side)
        # Where the subject leaves no room the sticker goes on it, else it would hardly be seen.
        _LITTLE[kind](layer, side / 2, side / 2, r, _COLOURS[colour], 0.0 if scene.free(x, y, r) > 0.45 else 1.0)
        elements.append(b.moved(layer.element((0, 0), kind, colour, "around"), round(x - side / 2), round(y - side / 2)))
    many = len(elements) > 1
    name = (
        kind
        if kind != "stars" or rng.random() < 0.6
        else b.pick(rng, ("four-pointed stars", "twinkling stars", "sparkling stars"))
    )
    number = b.NUMBERS[len(elements)] if many and rng.random() < 0.7 else ""
    what = b.words(
        number, b.pick(rng, ("", "", "3D", "puffy", "shiny", "soft 3D")), colour, name if many else name.removesuffix("s")
    )
    place = ("around {}", "floating around {}", "on both sides of {}", "around {}") if many else ("next to {}", "near {}")
    if not scene.has_subject:
        place = ("in {}", "over {}", "in the sky") if kind != "hearts" else ("in {}", "over {}")
    return Piece(elements, what, b.pick(rng, place).format(scene.the), plural=many)


# The order in which places around the frame are filled, as shares of the frame.
_PLACES = (
    (0.15, 0.17),
    (0.85, 0.17),
    (0.13, 0.52),
    (0.87, 0.52),
    (0.15, 0.85),
    (0.85, 0.85),
    (0.5, 0.14),
    (0.33, 0.15),
    (0.67, 0.15),
)


def _spots(scene: b.Scene, count: int, radius: float, taken) -> list[tuple[float, float]]:
    """`count` places in a fixed order, those that the subject or the main sticker hides moved to the end."""
    chosen: list[tuple[float, float]] = []
    ranked = []
    for order, (u, v) in enumerate(_PLACES):
        x = float(np.clip(u * scene.w, 1.05 * radius, scene.w - 1.05 * radius))
        y = float(np.clip(v * scene.h, 1.05 * radius, scene.h - 1.05 * radius))
        room = min([1.0] + [np.hypot(x - tx, y - ty) - tr - 0.8 * radius for tx, ty, tr in taken])
        ranked.append((order + 20 * (scene.free(x, y, radius) < 0.6) + 10 * (room < 0), x, y))
    for _, x, y in sorted(ranked):
        if len(chosen) < count and all(np.hypot(x - cx, y - cy) > 1.8 * radius for cx, cy in chosen):
            chosen.append((x, y))
    return chosen


def star_path(x: float, y: float, r: float) -> skia.Path:
    """A four-pointed star with hollow sides and rounded tips."""
    path = skia.Path()
    angle = np.arange(8) * np.pi / 4
    tips = np.stack([np.sin(angle), -np.cos(angle)], 1)
    # Tips at the even places; the tall axis is a little longer, as in a twinkle.
    for k in range(0, 8, 2):
        reach = r * (1.12 if k % 4 == 0 else 0.9)
        side = np.array([-tips[k][1], tips[k][0]]) * 0.075 * r
        a, c = tips[k] * reach - side, tips[k] * reach + side
        path.moveTo(x + a[0], y + a[1]) if k == 0 else path.quadTo(
            x + tips[k - 1][0] * 0.22 * r, y + tips[k - 1][1] * 0.22 * r, x + a[0], y + a[1]
        )
        path.quadTo(x + tips[k][0] * reach * 1.06, y + tips[k][1] * reach * 1.06, x + c[0], y + c[1])
    first = tips[0] * r * 1.12 - np.array([-tips[0][1], tips[0][0]]) * 0.075 * r
    path.quadTo(x + tips[7][0] * 0.22 * r, y + tips[7][1] * 0.22 * r, x + first[0], y + first[1])
    path.close()
    return path


def _star(layer: Layer, x, y, r, colour, front: float) -> None:
    puff(layer, star_path(x, y, r), colour, 0.26 * r, front=front)


def _heart(layer: Layer, x, y, r, colour, front: float) -> None:
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    points = np.stack([16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))], 1) / 17
    puff(layer, b.smooth_path(points * r + [x, y], True), colour, 0.5 * r, front=front)


def _cloud(layer: Layer, x, y, r, colour, front: float) -> None:
    path = skia.Path()
    path.setFillType(skia.PathFillType.kWinding)
    for dx, dy, k in (
        (-0.72, 0.12, 0.40),
        (-0.28, -0.22, 0.50),
        (0.30, -0.12, 0.52),
        (0.76, 0.14, 0.38),
        (0.05, 0.22, 0.46),
        (-0.4, 0.25, 0.4),
        (0.45, 0.27, 0.38),
    ):
        path.addCircle(x + dx * r, y + dy * r, k * r)
    puff(layer, path, colour, 0.34 * r, gloss=0.25, front=front)


_LITTLE = {"stars": _star, "hearts": _heart, "clouds": _cloud}


def _moon(scene: b.Scene, taken, rng: np.random.Generator) -> Piece:
    """A tilted crescent behind the head, or high in the emptier upper corner of a scene."""
    r, colour = 0.30 * scene.s * float(rng.uniform(0.75, 1.25)), b.pick(rng, ("golden", "golden", "silver"))
    if scene.has_subject:
        hx, hy, _ = scene.head
        x, y = hx + (0.25 if hx < 0.5 * scene.w else -0.25) * scene.s, hy + 0.02 * scene.s
    else:
        x, y = 0.68 * scene.w, 0.32 * scene.h
    x = float(np.clip(x, 0.7 * r, scene.w - 0.7 * r))
    y = float(np.clip(y, 0.8 * r, scene.h - r))
    disc, bite = skia.Path(), skia.Path()
    disc.addCircle(x, y, r)
    lean = 1 if x > 0.5 * scene.w else -1
    bite.addCircle(x - lean * 0.42 * r, y - 0.34 * r, 0.80 * r)
    layer = scene.layer()
    puff(layer, skia.Op(disc, bite, skia.PathOp.kDifference_PathOp), _COLOURS[colour], 0.30 * r, front=0.0)
    taken.append((x, y, r))
    what = b.words(b.pick(rng, ("", "", "big", "3D", "shiny")), colour, b.pick(rng, ("moon", "crescent moon")))
    place = (
        ("behind {}", "rising behind {}", "behind {}")
        if scene.has_subject
        else ("in the upper right", "high in the sky", "in {}")
    )
    return Piece([layer.element((0, 0), "moon", colour, "behind")], what, b.pick(rng, place).format(scene.the))


def _rainbow(scene: b.Scene, taken, rng: np.random.Generator) -> Piece:
    """An arch over the subject, its feet in two white clouds."""
    x0, y0, x1, y1 = scene.box
    s = scene.s
    size = float(rng.uniform(0.85, 1.15))
    r = float(np.clip(0.62 * (x1 - x0), 0.32 * s, 0.46 * scene.w)) * size
    x = float(np.clip(0.5 * (x0 + x1), r, max(r, scene.w - r)))
    band = 0.075 * s * size
    top = max(y0 - 0.10 * s, 0.03 * s)
    y = min(top + r, scene.h - 0.12 * s)
    layer = scene.layer()
    for k, tone in enumerate(((240, 62, 80), (255, 160, 50), (255, 220, 70), (90, 205, 110), (80, 150, 250))):
        radius = r - (0.5 + 0.62 * k) * band
        arc, tube = skia.Path(), skia.Path()
        arc.addArc(skia.Rect(x - radius, y - radius, x + radius, y + radius), 180, 180)
        pen = b.paint((0, 0, 0), stroke=0.66 * band)
        pen.getFillPath(arc, tube)
        puff(layer, tube, tone, 0.32 * band, shadow=0.15, front=0.0)
    for side in (-1, 1):
        _cloud(layer, x + side * 0.82 * r, y + 0.02 * s, 0.155 * s * size, _COLOURS["white"], 0.0)
        taken.append((x + side * 0.8 * r, y, 0.2 * s))
    taken.append((x, y - 0.75 * r, 0.45 * r))
    what = b.words(
        b.pick(rng, ("", "", "puffy", "3D", "big")), "rainbow", b.pick(rng, ("", "with two clouds", "with clouds at its ends"))
    )
    place = ("behind {}", "over {}", "arching over {}") if scene.has_subject else ("in {}", "across {}", "in the sky")
    return Piece([layer.element((0, 0), "rainbow", None, "behind")], what, b.pick(rng, place).format(scene.the))
