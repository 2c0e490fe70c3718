"""Flowing colour blocks: saturated two-tone ribbons or smoke behind the subject, bold inked flowers at its feet."""

from __future__ import annotations

import numpy as np
import skia

from data.styles import brush as b
from data.styles.pieces import Piece
from data.styles.shapes import bezier, curve, discs, leaf, normals, petal, smooth_path, turn, vein
from data.wording import one_of

_FLOW = b.palette("painting")
_LEAF: b.RGB = (110, 196, 84)
_STRIPE = {"orange": "pink", "red": "orange"}
"""A ribbon's second colour where words name one; yellow beside all others."""


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """Ribbons, waves or smoke behind the subject, inked flowers in the lower corners or a bed of them, or both."""
    tone = one_of(rng, ("teal", "purple", "blue", "orange", "pink", "red", "green"))
    petals = one_of(rng, [c for c in ("red", "pink", "orange", "blue", "purple", "yellow") if c != tone])
    chance = rng.random()
    pieces = [_flow(scene, tone, rng)] if chance < 0.72 else []
    if chance > 0.36:
        pieces.append(_flowers(scene, petals, rng))
    return pieces


def _flow(scene: b.Scene, tone: str, rng: np.random.Generator) -> Piece:
    """The colour that flows across the whole photo."""
    flow = one_of(rng, ("ribbons", "ribbons", "waves", "smoke"))
    if flow == "smoke" and rng.random() < 0.3:
        tone = "peach"
    stripe, both = _STRIPE.get(tone, "yellow"), tone
    if rng.random() < 0.6:
        stripe = one_of(rng, [c for c in ("yellow", "pink", "orange") if c != tone])
        both = f"{tone} and {stripe}"
    pen = scene.pen(0)
    drawer = {"ribbons": _ribbons, "waves": _waves, "smoke": _smoke}[flow]
    drawer(pen.canvas, scene, _FLOW[tone], _FLOW[stripe], 0.0085 * scene.s, b.steady())
    what, place = scene.say(rng, "painting", flow, both=both, tone=tone), scene.say(rng, "painting", "place")
    return Piece([scene.spread(flow, tone, "behind", pen)], what, place, plural="cloud of" not in what)


def _flowers(scene: b.Scene, petals: str, rng: np.random.Generator) -> Piece:
    """Bouquets in corners, each a thing of its own, or a bed along the lower edge, which is one."""
    ink, colours = 0.0085 * scene.s, (_FLOW[petals], _FLOW["green" if petals == "blue" else "teal"])
    same = b.steady()
    if rng.random() < 0.3:
        pen = scene.pen(0)
        for u in np.arange(0.04, 1.0, 0.19 * scene.s / scene.w):
            r = float(same.uniform(0.09, 0.14)) * scene.s
            y, side = scene.h - float(same.uniform(0.4, 0.9)) * r, int(same.integers(2)) * 2 - 1
            _bouquet(pen.canvas, u * scene.w, y, r, side, *colours, ink, same)
        bed, bold = scene.say(rng, "painting", "bed"), scene.say(rng, "painting", "bold")
        what = b.words(bed, bold, petals, scene.say(rng, "painting", "blossoms"))
        element = scene.spread("flower bed", petals, "edges", None, pen)
        return Piece([element], what, scene.say(rng, "painting", "bottom"))
    corners = {"left": 0.14, "right": 0.86}
    sides = list(corners) if rng.random() < 0.55 else [one_of(rng, list(corners))]
    high, elements = rng.random() < 0.25, []
    for side in sides:
        r = float(rng.uniform(0.14, 0.21)) * scene.s
        pen, y = scene.pen(), (0.75 * r if high else scene.h - 0.75 * r)
        _bouquet(pen.canvas, corners[side] * scene.w, y, r, 1, *colours, ink, b.steady())
        elements.append(scene.drawn(pen, "flowers", petals, "corner", front=not high))
    row = "top" if high else "bottom"
    if len(sides) == 2:
        what = b.words(scene.say(rng, "painting", "outlined"), petals, "flowers")
        return Piece(elements, what, scene.say(rng, "painting", "corners", row=row), plural=True)
    cluster, bold = scene.say(rng, "painting", "cluster"), scene.say(rng, "painting", "bold")
    what = b.words(cluster, bold, petals, scene.say(rng, "painting", "flowers"))
    return Piece(elements, what, scene.say(rng, "painting", f"corner_{row}", row=row, side=sides[0]))


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


def _ribbons(canvas, scene, tone, stripe, pen, rng) -> None:
    """An S-shaped ribbon on each side, from above the picture behind the subject to below."""
    w, h, s = scene.w, scene.h, scene.s
    x0, _, x1, _ = scene.box
    for k, side in enumerate((-1, 1)):
        at = lambda u, v: (w * (u if side > 0 else 1 - u), h * v)
        lift, deep = b.jitter(rng, 0.05), float(rng.uniform(0.56, 0.68))
        middle = np.array(at(0.88, 0.62 + lift))
        upper = bezier(at(float(rng.uniform(0.7, 1.05)), -0.1), at(deep, 0.26 + lift), at(1.24, 0.38), middle, 24)
        bends = 2 * middle - np.array(at(1.12, 0.47)), at(1.1, 0.86)
        lower = bezier(middle, *bends, at(float(rng.uniform(0.62, 0.9)), 1.12), 18)
        # The subject's half width pushes the ribbons outwards, so that enough of them is seen.
        clear = min(0.10 * w if scene.has_subject else 0, max(0.0, 0.5 * (x1 - x0) - 0.25 * w))
        spine = np.concatenate([upper, lower[1:]]) + [side * clear * 0.5, 0]
        _ribbon(canvas, spine, 0.19 * s * (1 - 0.08 * k), tone, stripe, pen, float(rng.uniform(0.2, 2.2)))


def _waves(canvas, scene, tone, stripe, pen, rng) -> None:
    """Broad waves that roll across the whole width behind the subject."""
    w, h, s = scene.w, scene.h, scene.s
    for k, level in enumerate((0.22, 0.52)):
        y = h * level
        u = np.linspace(-0.08, 1.08, 40)
        spine = np.stack([u * w, y + 0.075 * s * np.sin(2 * np.pi * (1.15 * u + 0.35 * k))], 1)
        _ribbon(canvas, spine, (0.21 - 0.03 * k) * s, tone, stripe, pen, 0.5 + 1.6 * k)


def _smoke(canvas, scene, tone, stripe, pen, rng) -> None:
    """Billowing smoke that rises on the right and spreads along the top, with curls of ink in it."""
    s, side = scene.s, 1
    at = lambda u, v: (scene.w * (0.5 + side * u), scene.h * v)
    spine = bezier(at(0.36, 1.05), at(0.46, 0.66), at(0.22, 0.50), at(float(rng.uniform(0.0, 0.26)), 0.10), 13)
    puffs = []
    for k, (x, y) in enumerate(spine):
        u = k / (len(spine) - 1)
        reach = s * (0.03 + 0.085 * u) * float(rng.uniform(0.85, 1.15))
        for way in (-1, 1):
            dx = way * reach * (0.4 + 0.4 * u) + b.jitter(rng, 0.01) * s
            puffs.append((x + dx, y + b.jitter(rng, 0.012) * s, reach))
    cloud = skia.Path()
    for x, y, reach in puffs:
        cloud = skia.Op(cloud, discs(x, y, reach, (0, 0, 1)), skia.PathOp.kUnion_PathOp)
    _inked(canvas, cloud, tone, pen)
    canvas.save()
    canvas.clipPath(cloud, doAntiAlias=True)
    for x, y, reach in puffs[3::3]:
        # An open curl: the arc of a puff, turning in on itself.
        angles = np.linspace(float(rng.uniform(-2.6, -1.8)), float(rng.uniform(1.6, 2.6)), 16)
        curl = curve(0, 0, 0.62 * reach * np.linspace(1.0, 0.45, 16), angles)
        _stroke(canvas, curl * [side, 1] + [x, y], pen)
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


def _bouquet(canvas, x: float, y: float, r: float, side: int, petals: b.RGB, tone: b.RGB, pen: float, rng) -> None:
    """A big flower with three leaves, a smaller one and a scalloped cloud of colour beneath. side: -1 left, 1 right."""
    for lean, far in ((-0.95, 1.75), (0.15, 1.95), (1.0, 1.7)):
        _leaf(canvas, x, y, -np.pi / 2 - 0.8 * side * lean + b.jitter(rng, 0.12), far * r, pen)
    cloud = discs(x, y, r, (-0.9, 0.55, 0.42), (-0.45, 0.85, 0.5), (0.45, 0.9, 0.5), (0.95, 0.5, 0.4))
    _inked(canvas, cloud, tone, pen)
    flower(canvas, x, y, r, petals, pen, 0.5 + 0.3 * side)
    flower(canvas, x - side * 1.2 * r, y + 0.55 * r, 0.44 * r, petals, 0.8 * pen, 0.2)
