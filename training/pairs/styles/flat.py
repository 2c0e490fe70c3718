"""Flat vector illustration: leaves, flowers and shapes without outline or shading frame the subject."""

from __future__ import annotations

import numpy as np
import skia

from pairs.styles import _brush as b
from pairs.styles import _flora
from pairs.styles._parts import Piece

_LEAVES: dict[str, tuple[b.RGB, b.RGB]] = {
    "green": ((34, 124, 84), (120, 190, 104)), "teal": ((10, 110, 122), (84, 190, 180)), "blue": ((40, 74, 160), (120, 164, 236)),
    "orange": ((214, 96, 36), (250, 170, 80)), "pink": ((212, 76, 122), (250, 160, 184)),
}  # fmt: skip
_PETALS: dict[str, b.RGB] = {
    "red": (226, 62, 58),
    "pink": (244, 128, 160),
    "yellow": (250, 198, 50),
    "white": (250, 246, 236),
    "purple": (136, 98, 204),
    "orange": (244, 134, 52),
}
_CREAM: b.RGB = (250, 240, 220)


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """Leaves or shapes that frame the subject, a row of flowers along the bottom, hanging twigs, a sun or butterflies."""
    kind = b.pick(rng, ("leaves", "shapes", "tulips", "daisies"))
    pieces = [_framing(scene, kind, rng) if kind in ("leaves", "shapes") else _row(scene, kind, rng)]
    extra = b.pick(rng, ("", "sun", "butterflies") if kind in ("leaves", "shapes") else ("", "sun", "butterflies", "twigs"))
    if extra:
        pieces.append({"sun": _sun, "butterflies": _butterflies, "twigs": _twigs}[extra](scene, rng))
    return pieces if rng.random() < 0.8 else pieces[-1:]


def _whole(scene: b.Scene, back: b.Pen | None, fore: b.Pen | None, thing: str, colour: str, anchor: str):
    layer = scene.layer(0)
    for pen, front in ((back, 0.0), (fore, 1.0)):
        if pen is not None:
            pen.onto(layer, front=front)
    return layer.element((0, 0), thing, colour, anchor, whole=True)


def _framing(scene: b.Scene, kind: str, rng: np.random.Generator) -> Piece:
    leaf = b.pick(rng, list(_LEAVES))
    petal = b.pick(rng, [p for p in _PETALS if p != leaf])
    back, fore = scene.pen(0), scene.pen(0)
    (_leaf_corners if kind == "leaves" else _shapes)(
        back.canvas, fore.canvas, scene, _LEAVES[leaf], _PETALS[petal], float(rng.uniform(0.75, 1.2))
    )
    look = b.pick(rng, ("", "flat", "simple flat", "big", "large"))
    if kind == "leaves":
        what = b.words(look, b.pick(rng, ("tropical", "")), leaf, "leaves", b.pick(rng, ("", f"with {petal} dots")))
    else:
        what = b.words(look, leaf, "and", petal, b.pick(rng, ("shapes", "round shapes", "geometric shapes")))
    place = b.pick(rng, ("in the corners", "framing {}", "around {}", "in all four corners")).format(scene.the)
    return Piece([_whole(scene, back, fore, kind, leaf, "edges")], what, place, plural=True)


def _row(scene: b.Scene, kind: str, rng: np.random.Generator) -> Piece:
    petal, pen = b.pick(rng, list(_PETALS)), scene.pen(0)
    _flower_border(pen.canvas, scene, kind, _PETALS[petal], float(rng.uniform(0.8, 1.15)))
    what = b.words(b.pick(rng, ("row of", "bed of", "border of")), b.pick(rng, ("", "flat", "tall")), petal, kind)
    place = b.pick(
        rng,
        ("along the bottom", "at the bottom", "in front of {}", "at the feet of {}")
        if scene.has_subject
        else ("along the bottom", "at the bottom"),
    )
    return Piece([_whole(scene, None, pen, f"row of {kind}", petal, "edges")], what, place.format(scene.the))


def _twigs(scene: b.Scene, rng: np.random.Generator) -> Piece:
    leaf, pen = b.pick(rng, list(_LEAVES)), scene.pen(0)
    _sprigs(pen.canvas, scene, _LEAVES[leaf], float(rng.uniform(0.9, 1.3)))
    what = b.words(b.pick(rng, ("hanging", "flat", "")), leaf, b.pick(rng, ("twigs", "branches")))
    return Piece(
        [_whole(scene, pen, None, "twigs", leaf, "edges")],
        what,
        b.pick(rng, ("above", "in the top corners", "at the top")),
        plural=True,
    )


def _sun(scene: b.Scene, rng: np.random.Generator) -> Piece:
    """A sun with flat rays, half beyond the upper edge or whole in a corner, behind the subject."""
    half = rng.random() < 0.5
    r = float(rng.uniform(0.11, 0.17)) * scene.s
    side = b.pick(rng, ("left", "right"))
    x, y = (0.5 * scene.w, 0.0) if half else (1.9 * r if side == "left" else scene.w - 1.9 * r, 1.9 * r)
    pen = scene.pen()
    for k in range(14):
        ray = np.array([[1.15, -0.13], [1.75, 0.0], [1.15, 0.13]])
        pen.canvas.drawPath(b.polygon(_flora.turn(ray, 2 * np.pi * (k + 0.5) / 14, x, y, r)), b.paint(_PETALS["orange"]))
    pen.canvas.drawCircle(x, y, r, b.paint(_PETALS["yellow"]))
    what = b.words(b.pick(rng, ("", "flat", "yellow", "flat yellow")), "half sun" if half and rng.random() < 0.4 else "sun")
    place = ("at the top", "above {}", "at the upper edge") if half else (f"in the top {side} corner", f"in the upper {side}")
    return Piece(
        [scene.drawn(pen, "sun", None, "above" if half else f"top_{side}", front=False)],
        what,
        b.pick(rng, place).format(scene.the),
    )


def _butterflies(scene: b.Scene, rng: np.random.Generator) -> Piece:
    """One butterfly at each side, at the height of the subject's head."""
    s, colour = scene.s, b.pick(rng, ("orange", "pink", "purple", "red"))
    y = float(np.clip(scene.head[1] + 0.10 * s, 0.2 * scene.h, 0.55 * scene.h))
    r, elements = float(rng.uniform(0.09, 0.13)) * s, []
    for x, tilt in ((0.14 * scene.w, 0.35), (0.86 * scene.w, -0.35)):
        pen = scene.pen()
        _butterfly(pen.canvas, x, y + b.jitter(rng, 0.06) * s, r, tilt, _PETALS[colour])
        elements.append(scene.drawn(pen, "butterfly", colour, "both"))
    what = b.words(b.pick(rng, ("two", "two little", "two flat")), colour, "butterflies")
    return Piece(
        elements,
        what,
        b.pick(
            rng,
            ("on both sides of {}", "left and right of {}", "at the sides")
            if scene.has_subject
            else ("at the sides", "left and right"),
        ).format(scene.the),
        plural=True,
    )


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
    for x, y, first, canvas, k in (
        (0, 0, 0.0, back, 0.92),
        (w, 0, np.pi / 2, back, 0.92),
        (0, h, -np.pi / 2, fore, 1.0),
        (w, h, np.pi, fore, 1.0),
    ):
        for i, (step, reach) in enumerate(((0.06, 0.40), (0.36, 0.46), (0.64, 0.46), (0.94, 0.40))):
            tones = greens if i % 2 else (greens[1], greens[0])
            _half_leaf(canvas, x, y, first + step * np.pi / 2, reach * s * size * k, 0.42, tones)
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
            _fill(
                canvas,
                _flora.turn(_flora.leaf(0.34, 0, 0.12 * side), -np.pi / 2 + 0.55 * side, x, h + 0.02 * s, 0.72 * (h - y)),
                _LEAVES["green"][side > 0],
            )
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
        twig = b.bezier(
            (x, 0.02 * s),
            (x + side * 0.10 * s, 0.10 * s),
            (x + side * 0.16 * s, 0.12 * s),
            (x + side * 0.33 * s * size, 0.14 * s * size),
            9,
        )
        canvas.drawPath(b.smooth_path(twig, False), b.paint(greens[0], stroke=0.014 * s))
        for k in range(1, 9, 2):
            for lean in (-1, 1):
                _fill(
                    canvas,
                    _flora.turn(_flora.leaf(0.56), (0 if side > 0 else np.pi) + lean * 0.95, *twig[k], 0.145 * s * size),
                    greens[lean > 0],
                )


def _butterfly(canvas, x: float, y: float, r: float, tilt: float, colour: b.RGB) -> None:
    for side in (-1, 1):
        lean = 0 if side > 0 else np.pi
        _fill(canvas, _flora.turn(_flora.petal(0.95, 0.8), lean - 0.6 * side + tilt, x, y, r), colour)
        _fill(
            canvas,
            _flora.turn(_flora.petal(0.95, 0.7), lean + 0.62 * side + tilt, x, y, 0.72 * r),
            b.mix(colour, (255, 244, 210), 0.5),
        )
    _fill(canvas, _flora.turn(np.array([[-0.6, 0], [0, 0.16], [0.6, 0], [0, -0.16]]), np.pi / 2 + tilt, x, y, r), b.INK)
