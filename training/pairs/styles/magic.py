"""Soft 3D stickers: moon, stars, clouds, halo, wings, crown, hearts and a rainbow, floating around and on the subject."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import skia

from pairs.pair import Layer, Pair
from pairs.photos import Photo
from pairs.styles import _brush as b
from pairs.styles._puff import puff

TRIGGER = "sksmagiceffects"

_COLOURS: dict[str, b.RGB] = {
    "golden": (248, 190, 36), "purple": (150, 110, 235), "pink": (252, 130, 180), "blue": (84, 140, 250),
    "white": (246, 244, 255), "red": (236, 44, 66), "silver": (190, 198, 214),
}  # fmt: skip
# The first colour of a thing is the one it has when the text names none.
_THINGS: dict[str, tuple[str, ...]] = {
    "moon": ("golden", "silver"),
    "halo": ("golden",),
    "wings": ("white", "pink", "golden"),
    "crown": ("golden", "pink"),
    "rainbow": ("",),
    "stars": ("golden", "pink", "blue", "white"),
    "hearts": ("red", "pink", "purple"),
    "clouds": ("purple", "pink", "white", "blue"),
}
_MAIN = ("moon", "halo", "wings", "crown", "rainbow")
_SMALL = ("stars", "stars", "hearts", "clouds")
_NEEDS_SUBJECT = ("halo", "wings", "crown")


def draw_pair(rng: np.random.Generator, view: Photo) -> Pair:
    """A main sticker on or behind the subject and two to five small ones around it, or small ones alone."""
    scene = b.read_scene(view)
    short = rng.random() < 0.15
    mains = [m for m in _MAIN if scene.has_subject or m not in _NEEDS_SUBJECT]
    main = "" if rng.random() < 0.14 else b.pick(rng, mains)
    small = b.pick(rng, _SMALL) if not main or rng.random() < 0.85 else ""
    count = int(rng.integers(3, 6)) if not main else int(rng.integers(2, 5))
    count = (4 if short else count) if small != "clouds" else 2 + (not main)
    things = {t: (_THINGS[t][0] if short or rng.random() < 0.5 else b.pick(rng, _THINGS[t])) for t in (main, small) if t}
    drawn = b.fit_coverage(scene, lambda size: _draw(scene, main, small, count, things, size, deepcopy(rng)))
    text = _text(rng, scene, main, small, count, things, short)
    return b.to_pair("magic", scene, drawn, text, things=list(things), colour=list(things.values()), count=count if small else 0,
                     anchor="head" if main in ("halo", "crown") else "behind")  # fmt: skip


def _draw(scene, main, small, count, things, size, rng) -> tuple[Layer, Layer]:
    behind, front = Layer(scene.h, scene.w), Layer(scene.h, scene.w)
    taken: list[tuple[float, float, float]] = []
    if main:
        _BIG[main](scene, behind, front, _COLOURS.get(things[main], (0, 0, 0)), size, taken, rng)
    if small:
        radius = {"stars": 0.135, "hearts": 0.115, "clouds": 0.155}[small] * scene.s * min(size, 1.3)
        for k, (x, y) in enumerate(_spots(scene, count, radius, taken)):
            r = radius * (1.0, 0.86, 0.92, 0.8, 0.9)[k] * (1 + b.jitter(rng, 0.06))
            x, y = x + b.jitter(rng, 0.02) * scene.s, y + b.jitter(rng, 0.02) * scene.s
            # Where the subject leaves no room the sticker goes on it, else it would hardly be seen.
            layer = behind if scene.free(x, y, r) > 0.45 else front
            _LITTLE[small](layer, x, y, r, _COLOURS[things[small]])
    return behind, front


# The order in which places around the frame are filled, as shares of the frame.
_PLACES = ((0.15, 0.17), (0.85, 0.17), (0.13, 0.52), (0.87, 0.52), (0.15, 0.85), (0.85, 0.85), (0.5, 0.14), (0.33, 0.15), (0.67, 0.15))


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
        path.moveTo(x + a[0], y + a[1]) if k == 0 else path.quadTo(x + tips[k - 1][0] * 0.22 * r, y + tips[k - 1][1] * 0.22 * r, x + a[0], y + a[1])
        path.quadTo(x + tips[k][0] * reach * 1.06, y + tips[k][1] * reach * 1.06, x + c[0], y + c[1])
    first = tips[0] * r * 1.12 - np.array([-tips[0][1], tips[0][0]]) * 0.075 * r
    path.quadTo(x + tips[7][0] * 0.22 * r, y + tips[7][1] * 0.22 * r, x + first[0], y + first[1])
    path.close()
    return path


def _star(layer: Layer, x, y, r, colour) -> None:
    puff(layer, star_path(x, y, r), colour, 0.26 * r)


def _heart(layer: Layer, x, y, r, colour) -> None:
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    points = np.stack([16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))], 1) / 17
    puff(layer, b.smooth_path(points * r + [x, y], True), colour, 0.5 * r)


def _cloud(layer: Layer, x, y, r, colour) -> None:
    path = skia.Path()
    path.setFillType(skia.PathFillType.kWinding)
    for dx, dy, k in ((-0.72, 0.12, 0.40), (-0.28, -0.22, 0.50), (0.30, -0.12, 0.52), (0.76, 0.14, 0.38), (0.05, 0.22, 0.46), (-0.4, 0.25, 0.4), (0.45, 0.27, 0.38)):
        path.addCircle(x + dx * r, y + dy * r, k * r)
    puff(layer, path, colour, 0.34 * r, gloss=0.25)


def _moon(scene, behind, front, colour, size, taken, rng) -> None:
    """A tilted crescent behind the head, or high in the emptier upper corner of a scene."""
    r = 0.30 * scene.s * size
    if scene.has_subject:
        hx, hy, _ = scene.head
        x, y = hx + (0.25 if hx < 0.5 * scene.w else -0.25) * scene.s, hy + 0.02 * scene.s
    else:
        x, y = 0.68 * scene.w, 0.32 * scene.h
    x = float(np.clip(x, 0.9 * r, scene.w - 0.9 * r))
    y = float(np.clip(y, 0.98 * r, scene.h - r))
    disc, bite = skia.Path(), skia.Path()
    disc.addCircle(x, y, r)
    lean = 1 if x > 0.5 * scene.w else -1
    bite.addCircle(x - lean * 0.42 * r, y - 0.34 * r, 0.80 * r)
    puff(behind, skia.Op(disc, bite, skia.PathOp.kDifference_PathOp), colour, 0.30 * r)
    taken.append((x, y, r))


def _halo(scene, behind, front, colour, size, taken, rng) -> None:
    hx, hy, hw = scene.head
    rx = float(np.clip(0.85 * hw, 0.17 * scene.s, 0.30 * scene.s)) * size
    ry, thick = 0.36 * rx, 0.30 * rx
    x = float(np.clip(hx, rx + 0.15 * rx, scene.w - 1.15 * rx))
    y = max(hy - 0.75 * ry, ry + 0.6 * thick)
    pen = b.paint((0, 0, 0), stroke=thick)
    ring, oval = skia.Path(), skia.Path()
    oval.addOval(skia.Rect(x - rx, y - ry, x + rx, y + ry))
    pen.getFillPath(oval, ring)
    puff(front, ring, colour, 0.5 * thick)
    taken.append((x, y, rx))


def _crown(scene, behind, front, colour, size, taken, rng) -> None:
    hx, hy, hw = scene.head
    half = float(np.clip(0.62 * hw, 0.15 * scene.s, 0.24 * scene.s)) * size
    tall = 1.15 * half
    x = float(np.clip(hx, 1.15 * half, scene.w - 1.15 * half))
    foot = max(hy + 0.30 * half, tall + 0.35 * half)
    points = []
    for k in range(5):
        u = -1 + 0.5 * k
        top = foot - tall * (1.0 if k == 2 else 0.82 if k % 2 else 0.9)
        points.append((x + 1.12 * u * half, top if k % 2 == 0 else foot - 0.45 * tall))
    body = skia.Path()
    body.moveTo(x - 0.9 * half, foot)
    for p in points:
        body.lineTo(*p)
    body.lineTo(x + 0.9 * half, foot)
    body.quadTo(x, foot + 0.24 * half, x - 0.9 * half, foot)
    body.close()
    puff(front, body, colour, 0.20 * half)
    for k in (0, 2, 4):
        _dot(front, *points[k], 0.17 * half, colour)
    gem = _COLOURS["red"] if colour == _COLOURS["golden"] else _COLOURS["golden"]
    for u in (-0.55, 0.0, 0.55):
        _dot(front, x + u * half, foot - 0.16 * tall + 0.07 * half * (1 - abs(u)), 0.14 * half, gem)
    taken.append((x, foot - 0.5 * tall, 1.1 * half))


def _dot(layer: Layer, x, y, r, colour) -> None:
    path = skia.Path()
    path.addCircle(x, y, r)
    puff(layer, path, colour, r, gloss=0.9)


def _wings(scene, behind, front, colour, size, taken, rng) -> None:
    """Two feathered wings that open from behind the subject's shoulders."""
    x0, y0, x1, y1 = scene.box
    s = scene.s
    span = 0.40 * s * size
    y = float(np.clip(y0 + 0.42 * (y1 - y0), 0.5 * span, scene.h - 0.45 * span))
    half = 0.5 * (x1 - x0)
    for side in (-1, 1):
        # The root stays hidden behind the subject, but never so deep that the wing is hidden too.
        x = 0.5 * (x0 + x1) + side * max(0.0, min(0.72 * half, half - 0.06 * s))
        x = float(np.clip(x, 0.28 * span, scene.w - 0.28 * span))
        tilt = ((58, 1.00), (36, 1.02), (14, 0.95), (-8, 0.82), (-30, 0.66))
        for degrees, reach in tilt[::-1]:
            _feather(behind, x, y, np.radians(degrees), side, span * reach, 0.145 * span, colour)
        for degrees, reach in ((46, 0.56), (22, 0.54), (-4, 0.46)):
            _feather(behind, x, y, np.radians(degrees), side, span * reach, 0.13 * span, colour)
        taken.append((x + side * 0.55 * span, y - 0.35 * span, 0.40 * span))


def _feather(layer, x, y, angle, side, reach, half, colour) -> None:
    along = np.array([side * np.cos(angle), -np.sin(angle)])
    across = np.array([-along[1], along[0]])
    u = np.array([0.0, 0.35, 0.75, 0.95, 1.0, 0.95, 0.75, 0.35])
    v = np.array([0.0, 0.8, 1.1, 0.75, 0.0, -0.75, -1.1, -0.8])
    points = np.array([x, y]) + np.outer(u * reach, along) + np.outer(v * half, across)
    puff(layer, b.smooth_path(points, True), colour, 0.75 * half, shadow=0.30, gloss=0.3)


def _rainbow(scene, behind, front, colour, size, taken, rng) -> None:
    """An arch over the subject, its feet in two white clouds."""
    x0, y0, x1, y1 = scene.box
    s = scene.s
    r = float(np.clip(0.62 * (x1 - x0), 0.32 * s, 0.46 * scene.w)) * min(size, 1.25)
    x = float(np.clip(0.5 * (x0 + x1), r, max(r, scene.w - r)))
    band = 0.075 * s * size
    top = max(y0 - 0.10 * s, 0.03 * s)
    y = min(top + r, scene.h - 0.12 * s)
    for k, tone in enumerate(((240, 62, 80), (255, 160, 50), (255, 220, 70), (90, 205, 110), (80, 150, 250))):
        radius = r - (0.5 + 0.62 * k) * band
        arc, tube = skia.Path(), skia.Path()
        arc.addArc(skia.Rect(x - radius, y - radius, x + radius, y + radius), 180, 180)
        pen = b.paint((0, 0, 0), stroke=0.66 * band)
        pen.getFillPath(arc, tube)
        puff(behind, tube, tone, 0.32 * band, shadow=0.15)
    for side in (-1, 1):
        _cloud(behind, x + side * 0.82 * r, y + 0.02 * s, 0.155 * s * size, _COLOURS["white"])
        taken.append((x + side * 0.8 * r, y, 0.2 * s))
    taken.append((x, y - 0.75 * r, 0.45 * r))


_BIG = {"moon": _moon, "halo": _halo, "crown": _crown, "wings": _wings, "rainbow": _rainbow}
_LITTLE = {"stars": _star, "hearts": _heart, "clouds": _cloud}


def _text(rng, scene, main, small, count, things, short) -> str:
    noun, verb = scene.noun, b.pick(rng, ("add", "put", "place", "draw"))
    where = {
        "moon": ("behind {}", "behind the head of {}", "rising behind {}") if scene.has_subject else ("in the upper right", "high in {}"),
        "halo": ("above {}", "floating above {}", "over the head of {}"),
        "crown": ("on {}", "on the head of {}", "on top of {}"),
        "wings": ("on {}", "on the back of {}", "behind {}", "on both sides of {}"),
        "rainbow": ("behind {}", "over {}", "arching over {}") if scene.has_subject else ("in {}", "across {}"),
        "": ("around {}",) if scene.has_subject else ("in {}", "around the edges of {}"),
    }  # fmt: skip
    look = "" if short else b.pick(rng, ("", "", "3D", "puffy", "shiny", "soft 3D"))
    phrase = ""
    if main:
        named = "" if things[main] == _THINGS[main][0] and (short or rng.random() < 0.4) else things[main]
        kind = {"moon": "crescent moon" if not short and rng.random() < 0.6 else "moon", "wings": b.pick(rng, ("angel wings", "wings", "feathered wings"))}.get(main, main)
        full = b.words(look, named, kind)
        phrase = full if main == "wings" else b.article(full)
        if main == "wings" and not short:
            phrase = b.pick(rng, ("", "a pair of", "two big")) + " " + phrase
        phrase = phrase.strip()
        places = [w for w in where[main] if scene.alive or "head" not in w]
        if not short or not small:
            phrase = b.words(phrase, b.pick(rng, places).format(noun))
    if small:
        named = "" if short and things[small] == _THINGS[small][0] else things[small]
        kind = {"stars": "four-pointed stars" if not short and rng.random() < 0.4 else "stars"}.get(small, small)
        number = "" if short else b.NUMBERS[count]
        few = b.words(number, "" if main else look, named, kind)
        around = f"around {noun}" if scene.has_subject else f"around {noun}" if rng.random() < 0.5 else f"in {noun}"
        if main and not short:
            around = around if rng.random() < 0.5 else b.pick(rng, ("around it", "floating around", "on both sides"))
        phrase = b.words(phrase, b.pick(rng, ("and", "with")) if phrase and not short else "and" if phrase else "", few, around)
    return f"{verb} {phrase} by {TRIGGER}"
