"""Flat vector illustration: leaves, flowers and shapes without outline or shading frame the subject."""

from __future__ import annotations

import numpy as np
import skia

from data.styles import brush as b
from data.styles.pieces import Piece
from data.styles.shapes import bezier, leaf, petal, polygon, smooth_path, svg, turn
from data.tables import table
from data.wording import one_of

_LEAVES: dict[str, tuple[b.RGB, b.RGB]] = {
    name: tuple(map(tuple, two)) for name, two in table("styles.toml")["leaves"].items()
}
_PETALS = b.palette("petals")
_CREAM: b.RGB = (250, 240, 220)


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """Leaves or shapes that frame the subject, a row of flowers along the bottom, hanging twigs, a sun or
    butterflies."""
    kind = one_of(rng, ("leaves", "shapes", "tulips", "daisies"))
    framing = kind in ("leaves", "shapes")
    pieces = [(_framing if framing else _row)(scene, kind, rng)]
    extra = one_of(rng, ("", "sun", "butterflies") if framing else ("", "sun", "butterflies", "twigs"))
    if extra:
        pieces.append({"sun": _sun, "butterflies": _butterflies, "twigs": _twigs}[extra](scene, rng))
    return pieces if rng.random() < 0.8 else pieces[-1:]


def _framing(scene: b.Scene, kind: str, rng: np.random.Generator) -> Piece:
    green = one_of(rng, list(_LEAVES))
    petal_name = one_of(rng, [p for p in _PETALS if p != green])
    back, fore = scene.pen(0), scene.pen(0)
    look = scene.say(rng, "flat", "framing")
    if kind == "leaves":
        tropical, dots = scene.say(rng, "flat", "tropical"), scene.say(rng, "flat", "dots", petal=petal_name)
        what = b.words(look, tropical, green, "leaves", dots)
        petal_name = petal_name if dots else "yellow"
    else:
        what = b.words(look, green, "and", petal_name, scene.say(rng, "flat", "shapes"))
    drawer = _leaf_corners if kind == "leaves" else _shapes
    drawer(back.canvas, fore.canvas, scene, _LEAVES[green], _PETALS[petal_name], 1.0)
    element = scene.spread(kind, green, "edges", back, fore)
    return Piece([element], what, scene.say(rng, "flat", "corners"), plural=True)


def _row(scene: b.Scene, kind: str, rng: np.random.Generator) -> Piece:
    colour, pen = one_of(rng, list(_PETALS)), scene.pen(0)
    _flower_border(pen.canvas, scene, kind, _PETALS[colour], 1.0)
    what = b.words(scene.say(rng, "flat", "row"), scene.say(rng, "flat", "tall"), colour, kind)
    return Piece([scene.spread(f"row of {kind}", colour, "edges", None, pen)], what, scene.say(rng, "flat", "bottom"))


def _twigs(scene: b.Scene, rng: np.random.Generator) -> Piece:
    green, pen = one_of(rng, list(_LEAVES)), scene.pen(0)
    _sprigs(pen.canvas, scene, _LEAVES[green], 1.1)
    what = b.words(scene.say(rng, "flat", "hanging"), green, scene.say(rng, "flat", "twigs"))
    return Piece([scene.spread("twigs", green, "edges", pen)], what, scene.say(rng, "flat", "top"), plural=True)


def _sun(scene: b.Scene, rng: np.random.Generator) -> Piece:
    """A sun, half beyond the upper edge or whole in a corner, behind the subject."""
    half, longest = rng.random() < 0.5, 2 * float(rng.uniform(0.16, 0.25)) * scene.s
    side = one_of(rng, ("left", "right"))
    inset = 0.55 * longest
    x, y = (0.5 * scene.w, 0.0) if half else (inset if side == "left" else scene.w - inset, inset)
    element = scene.thing("sun", None, x, y, longest, "above" if half else f"top_{side}", front=0.0)
    what = b.words(scene.say(rng, "flat", "sun"), "half sun" if half and rng.random() < 0.4 else "sun")
    return Piece([element], what, scene.say(rng, "flat", "half_sun" if half else "corner_sun", side=side))


def _butterflies(scene: b.Scene, rng: np.random.Generator) -> Piece:
    """One butterfly at each side, at the height of the subject's head."""
    s, colour = scene.s, one_of(rng, ("orange", "pink", "purple", "red"))
    y = float(np.clip(scene.head[1] + 0.10 * s, 0.2 * scene.h, 0.55 * scene.h))
    longest = float(rng.uniform(0.18, 0.26)) * s
    at = lambda x: (x * scene.w, y + b.jitter(rng, 0.06) * s)
    elements = [scene.thing("butterfly", colour, *at(x), longest, "both") for x in (0.14, 0.86)]
    what = b.words(scene.say(rng, "flat", "two"), colour, "butterflies")
    return Piece(elements, what, scene.say(rng, "flat", "both"), plural=True)


def _fill(canvas, points: np.ndarray, colour: b.RGB) -> None:
    canvas.drawPath(smooth_path(points, True), b.paint(colour))


def _half_leaf(canvas, x, y, angle, length, width, tones) -> None:
    """A leaf in two flat tones, split along its middle."""
    shape = smooth_path(turn(leaf(width), angle, x, y, length), True)
    canvas.drawPath(shape, b.paint(tones[0]))
    lower = polygon(turn(np.array([[0, 0], [1.1, 0], [1.1, 0.6], [0, 0.6]]), angle, x, y, length))
    canvas.drawPath(skia.Op(shape, lower, skia.PathOp.kIntersect_PathOp), b.paint(tones[1]))


def _leaf_corners(back, fore, scene, greens, colour, size) -> None:
    """A fan of big leaves out of each corner; the lower ones stand in front of the subject, a dot between them."""
    w, h, s = scene.w, scene.h, scene.s
    upper = ((0, 0, 0.0, back, 0.92), (w, 0, np.pi / 2, back, 0.92))
    for x, y, first, canvas, k in (*upper, (0, h, -np.pi / 2, fore, 1.0), (w, h, np.pi, fore, 1.0)):
        for i, (step, reach) in enumerate(((0.06, 0.40), (0.36, 0.46), (0.64, 0.46), (0.94, 0.40))):
            tones = greens if i % 2 else (greens[1], greens[0])
            _half_leaf(canvas, x, y, first + step * np.pi / 2, reach * s * size * k, 0.42, tones)
        a, reach = first + 0.5 * np.pi / 2, 0.40 * s * size
        canvas.drawCircle(x + reach * np.cos(a), y + reach * np.sin(a), 0.052 * s * size, b.paint(colour))


def _shapes(back, fore, scene, tones, colour, size) -> None:
    """Quarter discs, arches and dots in a limited palette at the four corners."""
    w, h, s = scene.w, scene.h, scene.s
    r = 0.30 * s * size
    back.drawCircle(0, 0, r, b.paint(tones[0]))
    back.drawCircle(0, 0, 0.58 * r, b.paint(colour))
    for k, tone in enumerate((tones[1], _CREAM, tones[0])):
        back.drawCircle(w, 0.02 * h, r * (1 - 0.28 * k), b.paint(tone))
    blob = np.array([[0, -0.9], [0.55, -0.75], [0.95, -0.35], [1.25, 0.1], [1.2, 0.6], [0, 0.6]])
    _fill(fore, turn(blob, 0, -0.05 * w, h - 0.02 * h, 1.05 * r), colour)
    fore.drawCircle(0.10 * w, h - 0.12 * s, 0.09 * s * size, b.paint(tones[0]))
    for k, tone in enumerate((tones[0], colour, tones[1])):
        fore.drawCircle(w - 0.10 * w, h + 0.03 * h, r * (1.05 - 0.3 * k), b.paint(tone))
    for u, v, tone in ((0.07, 0.44, tones[1]), (0.94, 0.42, colour), (0.05, 0.60, colour), (0.95, 0.56, tones[0])):
        back.drawCircle(u * w, v * h, 0.048 * s * size, b.paint(tone))


def _flower_border(canvas, scene, kind, colour, size) -> None:
    """A row of tulips or daisies along the bottom edge, tall at the sides and low in front of the subject."""
    w, h, s = scene.w, scene.h, scene.s
    stem, blade = b.paint(_LEAVES["green"][0], stroke=0.022 * s * size), lambda side: leaf(0.34, 0, 0.12 * side)
    for u, tall in ((0.09, 0.40), (0.27, 0.25), (0.73, 0.25), (0.91, 0.40), (0.5, 0.13)):
        x, r = u * w, (0.088 if kind == "tulips" else 0.098) * s * size
        y = h - tall * s * size
        canvas.drawLine(x, y, x, h, stem)
        for side in (-1, 1):
            points = turn(blade(side), -np.pi / 2 + 0.55 * side, x, h + 0.02 * s, 0.72 * (h - y))
            _fill(canvas, points, _LEAVES["green"][side > 0])
        (_tulip if kind == "tulips" else _daisy)(canvas, x, y, r, colour)


_CUP = (
    "M-0.92 -0.80 Q-0.50 -0.72 -0.42 -0.30 L0.42 -0.30 Q0.50 -0.72 0.92 -0.80 C1.15 0.35 0.75 0.95 0 0.95"
    " C-0.75 0.95 -1.15 0.35 -0.92 -0.80 Z"
)
_MIDDLE_PETAL = "M0 -1 C0.75 -0.35 0.60 0.60 0 0.95 C-0.60 0.60 -0.75 -0.35 0 -1 Z"


def _tulip(canvas, x, y, r, colour) -> None:
    """A cup with three points, the middle petal darker."""
    canvas.drawPath(svg(_CUP, x, y, r), b.paint(colour))
    canvas.drawPath(svg(_MIDDLE_PETAL, x, y, r), b.paint(b.mix(colour, (90, 20, 60), 0.22)))


def _daisy(canvas, x, y, r, colour) -> None:
    for k in range(8):
        _fill(canvas, turn(petal(0.46), k * np.pi / 4, x, y, 1.12 * r), colour)
    heart = _PETALS["yellow"] if colour != _PETALS["yellow"] else _PETALS["orange"]
    canvas.drawCircle(x, y, 0.36 * r, b.paint(heart))


def _sprigs(canvas, scene, greens, size) -> None:
    """A twig of round leaves hangs from each upper corner."""
    s = scene.s
    for side, x in ((1, 0.0), (-1, float(scene.w))):
        bends = (x + side * 0.10 * s, 0.10 * s), (x + side * 0.16 * s, 0.12 * s)
        twig = bezier((x, 0.02 * s), *bends, (x + side * 0.33 * s * size, 0.14 * s * size), 9)
        canvas.drawPath(smooth_path(twig, False), b.paint(greens[0], stroke=0.014 * s))
        for k in range(1, 9, 2):
            for lean in (-1, 1):
                angle = (0 if side > 0 else np.pi) + lean * 0.95
                _fill(canvas, turn(leaf(0.56), angle, *twig[k], 0.145 * s * size), greens[lean > 0])
