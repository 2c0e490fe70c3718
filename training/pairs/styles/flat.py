"""Flat vector illustration: leaves, flowers and shapes without outline or shading frame the subject."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import skia

from pairs.pair import Layer, Pair
from pairs.photos import Photo
from pairs.styles import _brush as b
from pairs.styles import _flora

TRIGGER = "sksflatillustration"

_LEAVES: dict[str, tuple[b.RGB, b.RGB]] = {
    "green": ((34, 124, 84), (120, 190, 104)), "teal": ((10, 110, 122), (84, 190, 180)), "blue": ((40, 74, 160), (120, 164, 236)),
    "orange": ((214, 96, 36), (250, 170, 80)), "pink": ((212, 76, 122), (250, 160, 184)),
}  # fmt: skip
_PETALS: dict[str, b.RGB] = {
    "red": (226, 62, 58), "pink": (244, 128, 160), "yellow": (250, 198, 50), "white": (250, 246, 236), "purple": (136, 98, 204), "orange": (244, 134, 52),
}
_CREAM: b.RGB = (250, 240, 220)
_EXTRAS = ("", "", "sun", "butterflies")


def draw_pair(rng: np.random.Generator, view: Photo) -> Pair:
    """Leaves, flowers or shapes at the corners and along the bottom, sometimes with a sun or two butterflies."""
    scene = b.read_scene(view)
    short = rng.random() < 0.15
    kind = b.pick(rng, ("leaves", "tulips", "daisies", "shapes"))
    leaf, petal, extra = "green", {"tulips": "red", "daisies": "white", "shapes": "yellow"}.get(kind, "yellow"), ""
    if not short:
        leaf = b.pick(rng, list(_LEAVES)) if kind in ("leaves", "shapes") else "green"
        petal = b.pick(rng, [p for p in _PETALS if p != leaf])
        extra = b.pick(rng, _EXTRAS)
    drawn = b.fit_coverage(scene, lambda size: _draw(scene, kind, leaf, petal, extra, size, deepcopy(rng)))
    text = _text(rng, scene, kind, leaf, petal, extra, short)
    return b.to_pair("flat", scene, drawn, text, things=[kind] + [extra] * bool(extra), colour=[leaf, petal], anchor="corners")


def _draw(scene, kind, leaf, petal, extra, size, rng) -> tuple[Layer, Layer]:
    behind, front = Layer(scene.h, scene.w), Layer(scene.h, scene.w)
    back, fore = b.Pen(scene.h, scene.w), b.Pen(scene.h, scene.w)
    greens, colour = _LEAVES[leaf], _PETALS[petal]
    size *= 1 + b.jitter(rng, 0.05)
    if extra == "sun":
        _sun(back.canvas, scene, size)
    if kind == "leaves":
        _leaf_corners(back.canvas, fore.canvas, scene, greens, colour, size)
    elif kind == "shapes":
        _shapes(back.canvas, fore.canvas, scene, greens, colour, size)
    else:
        _flower_border(fore.canvas, scene, kind, colour, size)
        _sprigs(back.canvas, scene, greens, size)
    if extra == "butterflies":
        _butterflies(fore.canvas, scene, colour if kind == "leaves" else _PETALS["orange"], size)
    back.onto(behind)
    fore.onto(front)
    return behind, front


def _fill(canvas, points: np.ndarray, colour: b.RGB) -> None:
    canvas.drawPath(b.smooth_path(points, True), b.paint(colour))


def _half_leaf(canvas, x, y, angle, length, width, tones) -> None:
    """A leaf in two flat tones, split along its middle."""
    shape = b.smooth_path(_flora.turn(_flora.leaf(width), angle, x, y, length), True)
    canvas.drawPath(shape, b.paint(tones[0]))
    lower = b.polygon(_flora.turn(np.array([[0, 0], [1.1, 0], [1.1, 0.6], [0, 0.6]]), angle, x, y, length))
    canvas.drawPath(skia.Op(shape, lower, skia.PathOp.kIntersect_PathOp), b.paint(tones[1]))


def _leaf_corners(back, fore, scene, greens, colour, size) -> None:
    """A fan of big leaves out of each corner; the lower ones stand in front of the subject, a dot between them."""
    w, h, s = scene.w, scene.h, scene.s
    for x, y, first, canvas, k in ((0, 0, 0.0, back, 0.92), (w, 0, np.pi / 2, back, 0.92), (0, h, -np.pi / 2, fore, 1.0), (w, h, np.pi, fore, 1.0)):
        for i, (step, reach) in enumerate(((0.06, 0.40), (0.36, 0.46), (0.64, 0.46), (0.94, 0.40))):
            tones = greens if i % 2 else (greens[1], greens[0])
            _half_leaf(canvas, x, y, first + step * np.pi / 2, reach * s * size * k, 0.33, tones)
        a = first + 0.5 * np.pi / 2
        canvas.drawCircle(x + 0.40 * s * size * np.cos(a), y + 0.40 * s * size * np.sin(a), 0.052 * s * size, b.paint(colour))


def _shapes(back, fore, scene, tones, colour, size) -> None:
    """Quarter discs, arches and dots in a limited palette at the four corners."""
    w, h, s = scene.w, scene.h, scene.s
    r = 0.30 * s * size
    back.drawCircle(0, 0, r, b.paint(tones[0]))
    back.drawCircle(0, 0, 0.58 * r, b.paint(colour))
    for k, tone in enumerate((tones[1], _CREAM, tones[0])):
        back.drawCircle(w, 0.02 * h, r * (1 - 0.28 * k), b.paint(tone))
    blob = np.array([[0, -0.9], [0.55, -0.75], [0.95, -0.35], [1.25, 0.1], [1.2, 0.6], [0, 0.6]])
    _fill(fore, _flora.turn(blob, 0, -0.05 * w, h - 0.02 * h, 1.05 * r), colour)
    fore.drawCircle(0.10 * w, h - 0.12 * s, 0.09 * s * size, b.paint(tones[0]))
    for k, tone in enumerate((tones[0], colour, tones[1])):
        fore.drawCircle(w - 0.10 * w, h + 0.03 * h, r * (1.05 - 0.3 * k), b.paint(tone))
    for u, v, tone in ((0.07, 0.44, tones[1]), (0.94, 0.42, colour), (0.05, 0.60, colour), (0.95, 0.56, tones[0])):
        back.drawCircle(u * w, v * h, 0.048 * s * size, b.paint(tone))


def _flower_border(canvas, scene, kind, colour, size) -> None:
    """A row of tulips or daisies along the bottom edge, tall at the sides and low in front of the subject."""
    w, h, s = scene.w, scene.h, scene.s
    for u, tall in ((0.09, 0.40), (0.27, 0.25), (0.73, 0.25), (0.91, 0.40), (0.5, 0.13)):
        x, r = u * w, (0.088 if kind == "tulips" else 0.098) * s * size
        y = h - tall * s * size
        stem = b.paint(_LEAVES["green"][0], stroke=0.022 * s * size)
        canvas.drawLine(x, y, x, h, stem)
        for side in (-1, 1):
            _fill(canvas, _flora.turn(_flora.leaf(0.34, 0, 0.12 * side), -np.pi / 2 + 0.55 * side, x, h + 0.02 * s, 0.72 * (h - y)), _LEAVES["green"][side > 0])
        _tulip(canvas, x, y, r, colour) if kind == "tulips" else _daisy(canvas, x, y, r, colour)


def _tulip(canvas, x, y, r, colour) -> None:
    """A cup with three points, the middle petal darker."""
    cup = skia.Path()
    cup.moveTo(x - 0.92 * r, y - 0.80 * r)
    cup.quadTo(x - 0.50 * r, y - 0.72 * r, x - 0.42 * r, y - 0.30 * r)
    cup.lineTo(x + 0.42 * r, y - 0.30 * r)
    cup.quadTo(x + 0.50 * r, y - 0.72 * r, x + 0.92 * r, y - 0.80 * r)
    cup.cubicTo(x + 1.15 * r, y + 0.35 * r, x + 0.75 * r, y + 0.95 * r, x, y + 0.95 * r)
    cup.cubicTo(x - 0.75 * r, y + 0.95 * r, x - 1.15 * r, y + 0.35 * r, x - 0.92 * r, y - 0.80 * r)
    cup.close()
    canvas.drawPath(cup, b.paint(colour))
    petal = skia.Path()
    petal.moveTo(x, y - 1.0 * r)
    petal.cubicTo(x + 0.75 * r, y - 0.35 * r, x + 0.60 * r, y + 0.60 * r, x, y + 0.95 * r)
    petal.cubicTo(x - 0.60 * r, y + 0.60 * r, x - 0.75 * r, y - 0.35 * r, x, y - 1.0 * r)
    petal.close()
    canvas.drawPath(petal, b.paint(b.mix(colour, (90, 20, 60), 0.22)))


def _daisy(canvas, x, y, r, colour) -> None:
    for k in range(8):
        _fill(canvas, _flora.turn(_flora.petal(0.46), k * np.pi / 4, x, y, 1.12 * r), colour)
    canvas.drawCircle(x, y, 0.36 * r, b.paint(_PETALS["yellow"] if colour != _PETALS["yellow"] else _PETALS["orange"]))


def _sprigs(canvas, scene, greens, size) -> None:
    """A twig of round leaves hangs from each upper corner."""
    s = scene.s
    for side, x in ((1, 0.0), (-1, float(scene.w))):
        twig = b.bezier((x, 0.02 * s), (x + side * 0.10 * s, 0.10 * s), (x + side * 0.16 * s, 0.12 * s), (x + side * 0.33 * s * size, 0.14 * s * size), 9)
        canvas.drawPath(b.smooth_path(twig, False), b.paint(greens[0], stroke=0.014 * s))
        for k in range(1, 9, 2):
            for lean in (-1, 1):
                _fill(canvas, _flora.turn(_flora.leaf(0.56), (0 if side > 0 else np.pi) + lean * 0.95, *twig[k], 0.145 * s * size), greens[lean > 0])


def _sun(canvas, scene, size) -> None:
    """A half sun with flat rays, high behind the subject."""
    s = scene.s
    x, y, r = 0.5 * scene.w, 0.0, 0.16 * s * size
    for k in range(7):
        a = np.pi * (k + 0.5) / 7
        ray = np.array([[1.15, -0.13], [1.75, 0.0], [1.15, 0.13]])
        canvas.drawPath(b.polygon(_flora.turn(ray, a, x, y, r)), b.paint(_PETALS["orange"]))
    canvas.drawCircle(x, y, r, b.paint(_PETALS["yellow"]))


def _butterflies(canvas, scene, colour, size) -> None:
    """One butterfly at each side, at the height of the subject's head."""
    s, r = scene.s, 0.12 * scene.s * size
    y = float(np.clip(scene.head[1] + 0.10 * s, 0.36 * scene.h, 0.55 * scene.h))
    for x, tilt in ((0.13 * scene.w, 0.35), (0.87 * scene.w, -0.35)):
        for side in (-1, 1):
            lean = 0 if side > 0 else np.pi
            _fill(canvas, _flora.turn(_flora.petal(0.95, 0.8), lean - 0.6 * side + tilt, x, y, r), colour)
            _fill(canvas, _flora.turn(_flora.petal(0.95, 0.7), lean + 0.62 * side + tilt, x, y, 0.72 * r), b.mix(colour, (255, 244, 210), 0.5))
        _fill(canvas, _flora.turn(np.array([[-0.6, 0], [0, 0.16], [0.6, 0], [0, -0.16]]), np.pi / 2 + tilt, x, y, r), b.INK)


def _text(rng, scene, kind, leaf, petal, extra, short) -> str:
    noun, verb = scene.noun, b.pick(rng, ("add", "draw", "put"))
    if short:
        return f"{verb} {kind} around {noun} by {TRIGGER}"
    flat = b.pick(rng, ("", "flat", "simple flat", "flat vector"))
    if kind == "leaves":
        what = b.words(b.pick(rng, ("big", "large", "tropical", "")), flat, leaf, "leaves", f"with {petal} dots")
        where = b.pick(rng, ("in the corners", "framing {}", "around {}", "in all four corners around {}"))
    elif kind == "shapes":
        what = b.words(flat, leaf, "and", petal, b.pick(rng, ("shapes", "round shapes", "geometric shapes")))
        where = b.pick(rng, ("in the corners", "framing {}", "around {}", "at the borders around {}"))
    else:
        what = b.words(b.pick(rng, ("a row of", "", "tall")), flat, petal, kind)
        where = b.pick(rng, ("along the bottom", "at the bottom", "in front of {}", "at the feet of {}", "growing around {}"))
        if rng.random() < 0.4:
            where += " and green twigs above"
    tail = {"sun": b.pick(rng, ("and a sun at the top", "with a yellow sun above", "and a half sun at the top")),
            "butterflies": b.pick(rng, ("and two butterflies", "with two butterflies at the sides", "and a butterfly on each side")), "": ""}[extra]  # fmt: skip
    return b.words(verb, what, where.format(noun), tail, f"by {TRIGGER}")
