"""Flowing colour blocks: saturated two-tone ribbons or smoke behind the subject, bold inked flowers at its feet."""

import functools

import numpy as np
import skia

from data.styles import brush as b
from data.styles.pieces import Piece
from data.styles.shapes import bezier, curve, discs, leaf, normals, petal, smooth_path, turn, vein
from data.wording import one_of

_FLOW = b.palette("painting")
_LEAF: b.RGB = (110, 196, 84)
_TONES = ("teal", "purple", "blue", "orange", "pink", "red", "green")
_PETALS = ("red", "pink", "orange", "blue", "purple", "yellow")
_STRIPE = {"orange": "pink", "red": "orange"}  # A ribbon's second colour where words name one; yellow beside all others


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """Ribbons, waves or smoke behind the subject, inked flowers in the lower corners or a bed of them, or both."""
    chance = rng.random()
    pieces = [_flow(scene, rng)] if chance < 0.72 else []
    if chance > 0.36:
        pieces.append(_flowers(scene, rng))
    return pieces


def motif(rng: np.random.Generator) -> b.Motif:
    """One of what this hand draws."""
    return (_flowing if rng.random() < 0.6 else _bouquet)(rng)


def _flowing(rng: np.random.Generator, flow: str | None = None) -> b.Motif:
    """A ribbon from top to bottom, a wave from side to side, or a pillar of smoke."""
    flow, tone = flow or one_of(rng, ("ribbons", "waves", "smoke")), one_of(rng, _TONES)
    if flow == "smoke" and rng.random() < 0.3:
        tone = "peach"
    stripe, both = _STRIPE.get(tone, "yellow"), tone
    if rng.random() < 0.6:
        stripe = one_of(rng, [c for c in (*_TONES, "yellow", "yellow") if c != tone])
        both = f"{tone} and {stripe}"
    what = b.say(rng, "painting", flow, both=both, tone=tone)
    return b.Motif(flow, what, tone, _flow_planes(flow, tone, stripe), "behind")


@functools.cache
def _flow_planes(flow: str, tone: str, stripe: str) -> np.ndarray:
    high, wide = {"ribbons": (420, 230), "waves": (200, 420), "smoke": (420, 240)}[flow]
    pen, t = b.Pen(high, wide), np.linspace(-0.04, 1.04, 40)
    if flow == "smoke":
        _smoke(pen.canvas, wide, high, _FLOW[tone])
    else:
        along = np.stack([t * wide, high / 2 + 38 * np.sin(2 * np.pi * (1.1 * t + 0.1))], 1)
        across = np.stack([wide / 2 + 58 * np.sin(2 * np.pi * (1.05 * t + 0.05)), t * high], 1)
        spine = along if flow == "waves" else across
        _ribbon(pen.canvas, spine, 84 if flow == "waves" else 90, _FLOW[tone], _FLOW[stripe], 3.4, 0.9)
    return b.stamped(pen, 0.0)


def _bouquet(rng: np.random.Generator, words: str | None = None, kind: str | None = None) -> b.Motif:
    """A big flower with leaves and a smaller one beside it."""
    petals = one_of(rng, _PETALS)
    words = words or one_of(rng, ("bed", "corners", "cluster"))
    if words == "bed":
        what = b.words(b.say(rng, "painting", "bed"), b.say(rng, "painting", "bold"), petals)
        what = b.words(what, b.say(rng, "painting", "blossoms"))
    elif words == "corners":
        what = b.words(b.say(rng, "painting", "outlined"), petals, "flowers")
    else:
        what = b.words(b.say(rng, "painting", "cluster"), b.say(rng, "painting", "bold"), petals)
        what = b.words(what, b.say(rng, "painting", "flowers"))
    kind = kind or ("behind" if rng.random() < 0.2 else "front")
    return b.Motif("flowers", what, petals, _bouquet_planes(petals, kind), kind)


@functools.cache
def _bouquet_planes(petals: str, kind: str) -> np.ndarray:
    pen, ink = b.Pen(480, 480), 5.0
    x, y, r = 240.0, 260.0, 105.0
    for lean, far in ((-0.95, 1.75), (0.15, 1.95), (1.0, 1.7)):
        _leaf(pen.canvas, x, y, -np.pi / 2 - 0.8 * lean, far * r, ink)
    cloud = discs(x, y, r, (-0.9, 0.55, 0.42), (-0.45, 0.85, 0.5), (0.45, 0.9, 0.5), (0.95, 0.5, 0.4))
    _inked(pen.canvas, cloud, _FLOW["green" if petals == "blue" else "teal"], ink)
    flower(pen.canvas, x, y, r, _FLOW[petals], ink, 0.8)
    flower(pen.canvas, x - 1.2 * r, y + 0.55 * r, 0.44 * r, _FLOW[petals], 0.8 * ink, 0.2)
    return b.stamped(pen, float(kind == "front"))


def _flow(scene: b.Scene, rng: np.random.Generator) -> Piece:
    """A ribbon on each side, two waves one above the other, or smoke on the right."""
    made, w, h, s = _flowing(rng, one_of(rng, ("ribbons", "ribbons", "waves", "smoke"))), scene.w, scene.h, scene.s
    if made.name == "waves":
        spots = [(0.5 * w, 0.24 * h, 1.04 * w, 0.3 * s), (0.5 * w, 0.62 * h, 1.04 * w, 0.3 * s)]
    elif made.name == "ribbons":
        wide = 0.42 * s
        spots = [(0.4 * wide, 0.5 * h, wide, 1.04 * h), (w - 0.4 * wide, 0.5 * h, wide, 1.04 * h)]
    else:
        spots = [(w - 0.27 * s, 0.5 * h, 0.46 * s, 1.02 * h)]
    elements = [scene.stamp(made, *spot, "behind") for spot in spots]
    return Piece(elements, made.what, scene.say(rng, "painting", "place"), plural="cloud of" not in made.what)


def _flowers(scene: b.Scene, rng: np.random.Generator) -> Piece:
    """Bouquets in corners or a bed of them along the lower edge."""
    w, h, s = scene.w, scene.h, scene.s
    if rng.random() < 0.3:
        made, count = _bouquet(rng, "bed", "front"), max(3, round(w / (0.24 * s)))
        side = 1.18 * w / count
        spots = [((k + 0.5) * w / count, h - (0.36 if k % 2 else 0.46) * side, side, side) for k in range(count)]
        elements = [scene.stamp(made, *spot, "edges") for spot in spots]
        return Piece(elements, made.what, scene.say(rng, "painting", "bottom"))
    high, both = rng.random() < 0.25, rng.random() < 0.55
    made = _bouquet(rng, "corners" if both else "cluster", "behind" if high else "front")
    side, row = 0.46 * s, "top" if high else "bottom"
    sides = ["left", "right"] if both else [one_of(rng, ("left", "right"))]
    at = lambda name: (0.4 * side if name == "left" else w - 0.4 * side, 0.42 * side if high else h - 0.42 * side)
    elements = [scene.stamp(made, *at(name), side, side, "corner") for name in sides]
    if both:
        return Piece(elements, made.what, scene.say(rng, "painting", "corners", row=row), plural=True)
    return Piece(elements, made.what, scene.say(rng, "painting", f"corner_{row}", row=row, side=sides[0]))


def _inked(canvas, path: skia.Path, colour: b.RGB, pen: float) -> None:
    canvas.drawPath(path, b.paint(b.INK, stroke=2 * pen))
    canvas.drawPath(path, b.paint(colour))


def _stroke(canvas, points: np.ndarray, pen: float) -> None:
    canvas.drawPath(smooth_path(points, False), b.paint(b.INK, stroke=pen))


def _band(canvas, spine: np.ndarray, half: np.ndarray, colour: b.RGB, pen: float) -> None:
    """A ribbon along `spine` [n, 2], half its width at each point in `half` [n]."""
    normal = normals(spine) * half[:, None]
    _inked(canvas, smooth_path(np.concatenate([spine + normal, (spine - normal)[::-1]]), True), colour, pen)


def _ribbon(canvas, spine: np.ndarray, width: float, colour: b.RGB, stripe: b.RGB, pen: float, phase: float) -> None:
    """A two-tone ribbon: the main band, a stripe that swings from side to side in it, and an ink line."""
    u = np.linspace(0, 1, len(spine))
    swell = 0.5 * width * (1 + 0.22 * np.sin(3.1 * np.pi * u + phase))
    _band(canvas, spine, swell, colour, pen)
    normal = normals(spine)
    middle = spine + normal * (0.42 * swell * np.sin(2.4 * np.pi * u + phase))[:, None]
    _band(canvas, middle, swell * 0.40, stripe, 0.7 * pen)
    line = spine - normal * (0.62 * swell * np.cos(1.2 * np.pi * u + phase))[:, None]
    _stroke(canvas, line[4:-4], 0.8 * pen)


def _smoke(canvas, wide: int, high: int, tone: b.RGB) -> None:
    """Smoke that billows up, wider and wider, with curls of ink in it."""
    rng, pen = b.steady(), 3.4
    bends = (0.42, 0.97), (0.62, 0.7), (0.34, 0.5), (0.5, 0.2)
    spine = bezier(*((u * wide, v * high) for u, v in bends), 11)
    puffs = []
    for k, (x, y) in enumerate(spine):
        u = k / (len(spine) - 1)
        reach = wide * (0.07 + 0.2 * u) * float(rng.uniform(0.9, 1.1))
        puffs += [(x + way * reach * (0.4 + 0.4 * u), y + b.jitter(rng, 5), reach) for way in (-1, 1)]
    cloud = skia.Path()
    for x, y, reach in puffs:
        cloud = skia.Op(cloud, discs(x, y, reach, (0, 0, 1)), skia.PathOp.kUnion_PathOp)
    _inked(canvas, cloud, tone, pen)
    canvas.save()
    canvas.clipPath(cloud, doAntiAlias=True)
    for x, y, reach in puffs[3::3]:
        # An open curl: the arc of a puff, turning in on itself.
        curl = curve(0, 0, 0.62 * reach * np.linspace(1.0, 0.45, 16), np.linspace(-2.2, 2.0, 16))
        _stroke(canvas, curl + [x, y], pen)
    canvas.restore()


def flower(canvas, x: float, y: float, r: float, colour: b.RGB, pen: float, angle: float) -> None:
    """A flat flower of six blunt petals with dark outlines, a light rim to each petal and a two-tone heart."""
    rim = b.mix(colour, (255, 226, 190), 0.72)
    for k in range(6):
        at = angle + k * np.pi / 3
        _inked(canvas, smooth_path(turn(petal(0.92), at, x, y, r), True), rim, pen)
        canvas.drawPath(smooth_path(turn(petal(0.66), at, x, y, 0.90 * r), True), b.paint(colour))
        _stroke(canvas, turn(np.array([[0.34, 0], [0.5, 0.02], [0.66, 0.0]]), at, x, y, r), 0.8 * pen)
    heart = (255, 206, 30) if colour != _FLOW["yellow"] else (236, 60, 60)
    _inked(canvas, discs(x, y, r, (0, 0, 0.24)), heart, pen)
    canvas.drawCircle(x, y, 0.09 * r, b.paint(b.INK))


def _leaf(canvas, x: float, y: float, angle: float, length: float, pen: float, colour: b.RGB = _LEAF) -> None:
    _inked(canvas, smooth_path(turn(leaf(0.44, 4, 0.12), angle, x, y, length), True), colour, pen)
    _stroke(canvas, turn(vein(0.12, np.linspace(0, 0.86, 8)), angle, x, y, length), 0.8 * pen)
    for u in (0.35, 0.55, 0.72):
        bow = 0.12 * np.sin(np.pi * u)
        for side in (-1, 1):
            rib = np.array([[u, bow], [u + 0.06, 0.05 * side + 0.1], [u + 0.1, 0.13 * side + bow]])
            _stroke(canvas, turn(rib, angle, x, y, length), 0.6 * pen)
