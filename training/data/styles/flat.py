"""Flat vector illustration: leaves, flowers and shapes without outline or shading frame the subject."""

import functools

import numpy as np
import skia

from data.styles import brush as b
from data.styles.pieces import Piece
from data.styles.shapes import bezier, curve, leaf, petal, polygon, smooth_path, svg, turn
from data.tables import table
from data.wording import one_of

_GREENS = table("styles.toml")["leaves"]
_LEAVES: dict[str, tuple[b.RGB, b.RGB]] = {name: tuple(map(tuple, two)) for name, two in _GREENS.items()}
_PETALS = b.palette("petals")
_CREAM: b.RGB = (250, 240, 220)


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """Leaves or shapes that frame the subject, a row of flowers, hanging twigs, a sun or butterflies."""
    kind = one_of(rng, ("leaves", "shapes", "tulips", "daisies"))
    framing = kind in ("leaves", "shapes")
    pieces = [(_framing if framing else _row)(scene, kind, rng)]
    extra = one_of(rng, ("", "sun", "butterflies") if framing else ("", "sun", "butterflies", "twigs"))
    if extra:
        pieces.append({"sun": _sun, "butterflies": _butterflies, "twigs": _hanging}[extra](scene, rng))
    return pieces if rng.random() < 0.8 else pieces[-1:]


def motif(rng: np.random.Generator) -> b.Motif:
    """One of what this hand draws."""
    return one_of(rng, (_leaves, _shapes, _flower, _flower, _twig))(rng)


def _leaves(rng: np.random.Generator, kind: str | None = None) -> b.Motif:
    """A fan of big leaves with a dot, upright before the subject or hanging behind it."""
    kind, green = kind or one_of(rng, ("front", "behind")), one_of(rng, list(_LEAVES))
    petal_name = one_of(rng, [p for p in _PETALS if p != green])
    dots = b.say(rng, "flat", "dots", petal=petal_name)
    own = b.words(b.say(rng, "flat", "framing"), b.say(rng, "flat", "tropical"), green, "leaves", dots)
    planes = _leaf_planes(green, petal_name if dots else "yellow", kind)
    return b.Motif("leaves", own, green, planes, kind)


@functools.cache
def _leaf_planes(green: str, petal_name: str, kind: str) -> np.ndarray:
    pen, greens = b.Pen(400, 400), _LEAVES[green]
    for i, (turned, reach) in enumerate(((-0.95, 0.66), (0.95, 0.66), (-0.48, 0.8), (0.48, 0.8), (0.0, 0.88))):
        tones = greens if i % 2 else (greens[1], greens[0])
        _half_leaf(pen.canvas, 200, 385, -np.pi / 2 + turned, reach * 400, 0.42, tones)
    pen.canvas.drawCircle(200, 340, 34, b.paint(_PETALS[petal_name]))
    planes = b.stamped(pen, float(kind == "front"))
    return planes if kind == "front" else np.ascontiguousarray(planes[::-1])


def _shapes(rng: np.random.Generator, kind: str | None = None) -> b.Motif:
    """Discs in one another, a dot beside them."""
    kind, green = kind or one_of(rng, ("front", "behind")), one_of(rng, list(_LEAVES))
    petal_name = one_of(rng, [p for p in _PETALS if p != green])
    own = b.words(b.say(rng, "flat", "framing"), green, "and", petal_name, b.say(rng, "flat", "shapes"))
    return b.Motif("shapes", own, green, _shape_planes(green, petal_name, kind), kind)


@functools.cache
def _shape_planes(green: str, petal_name: str, kind: str) -> np.ndarray:
    pen, tones = b.Pen(400, 400), _LEAVES[green]
    for share, tone in ((1.0, tones[0]), (0.74, _CREAM), (0.5, tones[1]), (0.26, _PETALS[petal_name])):
        pen.canvas.drawCircle(200, 200, 190 * share, b.paint(tone))
    for k in range(4):
        x, y = curve(200, 200, 160, np.array([np.pi / 4 + k * np.pi / 2]))[0]
        pen.canvas.drawCircle(x, y, 30, b.paint(_PETALS[petal_name]))
    return b.stamped(pen, float(kind == "front"))


def _flower(rng: np.random.Generator, kind: str | None = None) -> b.Motif:
    """A tall tulip or daisy."""
    kind, colour = kind or one_of(rng, ("tulips", "daisies")), one_of(rng, list(_PETALS))
    what = b.words(b.say(rng, "flat", "row"), b.say(rng, "flat", "tall"), colour, kind)
    return b.Motif(f"row of {kind}", what, colour, _flower_planes(kind, colour), "front")


@functools.cache
def _flower_planes(kind: str, colour: str) -> np.ndarray:
    pen, x, y, bottom = b.Pen(440, 260), 130, 90, 430
    pen.canvas.drawLine(x, y, x, bottom, b.paint(_LEAVES["green"][0], stroke=22))
    for side in (-1, 1):
        points = turn(leaf(0.34, 0, 0.12 * side), -np.pi / 2 + 0.5 * side, x, bottom, 230)
        _fill(pen.canvas, points, _LEAVES["green"][side > 0])
    (_tulip if kind == "tulips" else _daisy)(pen.canvas, x, y, 78, _PETALS[colour])
    return b.stamped(pen, 1.0)


def _twig(rng: np.random.Generator) -> b.Motif:
    """A hanging twig of round leaves."""
    green = one_of(rng, list(_LEAVES))
    what = b.words(b.say(rng, "flat", "hanging"), green, b.say(rng, "flat", "twigs"))
    return b.Motif("twigs", what, green, _twig_planes(green), "behind")


@functools.cache
def _twig_planes(green: str) -> np.ndarray:
    pen, tones = b.Pen(420, 300), _LEAVES[green]
    twig = bezier((150, 4), (120, 130), (190, 240), (150, 360), 9)
    pen.canvas.drawPath(smooth_path(twig, False), b.paint(tones[0], stroke=11))
    for k in range(1, 9, 2):
        for lean in (-1, 1):
            _fill(pen.canvas, turn(leaf(0.56), np.pi / 2 + lean * 0.95, *twig[k], 120), tones[lean > 0])
    return b.stamped(pen, 0.0)


def _framing(scene: b.Scene, kind: str, rng: np.random.Generator) -> Piece:
    """One in each corner: the upper ones hang behind the subject, the lower ones stand before it."""
    make, side = (_leaves, 0.42 * scene.s) if kind == "leaves" else (_shapes, 0.4 * scene.s)
    state = rng.bit_generator.state
    elements = []
    for front in (False, True):
        rng.bit_generator.state = state  # the same words and colours
        made = make(rng, "front" if front else "behind")
        y = scene.h - 0.4 * side if front else 0.4 * side
        elements += [scene.stamp(made, x, y, side, side, "edges") for x in (0.36 * side, scene.w - 0.36 * side)]
    return Piece(elements, made.what, scene.say(rng, "flat", "corners"), plural=True)


def _row(scene: b.Scene, kind: str, rng: np.random.Generator) -> Piece:
    """Flowers along the bottom edge, tall at the sides and low in front of the subject."""
    made, elements = _flower(rng, kind), []
    aspect = made.planes.shape[1] / made.planes.shape[0]
    for u, tall in ((0.09, 0.5), (0.29, 0.36), (0.5, 0.24), (0.71, 0.36), (0.91, 0.5)):
        high = tall * scene.s
        elements.append(scene.stamp(made, u * scene.w, scene.h - 0.47 * high, aspect * high, high, "edges"))
    return Piece(elements, made.what, scene.say(rng, "flat", "bottom"))


def _hanging(scene: b.Scene, rng: np.random.Generator) -> Piece:
    """A twig from each upper corner."""
    made, high = _twig(rng), 0.46 * scene.s
    wide = high * made.planes.shape[1] / made.planes.shape[0]
    elements = [scene.stamp(made, x, 0.47 * high, wide, high, "edges") for x in (0.45 * wide, scene.w - 0.45 * wide)]
    return Piece(elements, made.what, scene.say(rng, "flat", "top"), plural=True)


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
