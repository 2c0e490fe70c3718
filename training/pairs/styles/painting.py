"""Flowing colour blocks: saturated two-tone ribbons or smoke behind the subject, bold inked flowers at its feet."""

from __future__ import annotations

import numpy as np
import skia

from pairs.styles import _brush as b
from pairs.styles import _flora
from pairs.styles._parts import Piece

_FLOW: dict[str, b.RGB] = {
    "teal": (0, 168, 142), "purple": (130, 62, 200), "blue": (40, 92, 228), "orange": (250, 116, 40), "pink": (246, 92, 160),
    "yellow": (255, 204, 20), "red": (232, 48, 48), "peach": (250, 196, 148),
}  # fmt: skip
_STRIPES = ("yellow", "pink", "orange")
_PETALS = ("red", "pink", "orange", "blue", "purple", "yellow")
_LEAF: b.RGB = (110, 196, 84)


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """Ribbons, waves or smoke behind the subject, inked flowers in the lower corners or a bed of them along the edge, or both."""
    tone = b.pick(rng, ("teal", "purple", "blue", "orange", "pink", "red", "green"))
    petal = b.pick(rng, [c for c in _PETALS if c != tone])
    chance = rng.random()
    pieces = [_flow(scene, tone, rng)] if chance < 0.72 else []
    if chance > 0.36:
        pieces.append(_flowers(scene, petal, tone, rng))
    return pieces


def _flow(scene: b.Scene, tone: str, rng: np.random.Generator) -> Piece:
    """The colour that flows across the whole photo."""
    flow = b.pick(rng, ("ribbons", "ribbons", "waves", "smoke"))
    if flow == "smoke" and rng.random() < 0.3:
        tone = "peach"
    stripe = b.pick(rng, [c for c in _STRIPES if c != tone])
    pen = scene.pen()
    size = float(rng.uniform(0.8, 1.25))
    {"ribbons": _ribbons, "waves": _waves, "smoke": _smoke}[flow](pen.canvas, scene, _FLOW[tone], _FLOW[stripe], 0.0085 * scene.s, size, rng)
    layer = scene.layer()
    pen.onto(layer, front=0.0)
    both = f"{tone} and {stripe}" if rng.random() < 0.6 else tone
    what = {
        "ribbons": (f"flowing {both} ribbons", f"{both} wavy ribbons", f"bold {both} ribbons", f"curvy {both} ribbons", f"wavy {both} shapes"),
        "waves": (f"wide {both} waves", f"wavy {both} bands", f"big rolling {both} waves", f"{both} waves"),
        "smoke": (f"curling {tone} smoke", f"billowing {tone} smoke", f"{tone} cloud of swirling smoke", f"{tone} smoke"),
    }[flow]  # fmt: skip
    place = ("behind {}", "around {}", "flowing behind {}", "swirling around {}", "in the background") if scene.has_subject else ("across {}", "flowing through {}", "over {}")
    chosen = b.pick(rng, what)
    element = layer.element((0, 0), flow, tone, "behind", whole=True)
    return Piece([element], chosen, b.pick(rng, place).format(scene.the), plural="cloud of" not in chosen)


def _flowers(scene: b.Scene, petal: str, tone: str, rng: np.random.Generator) -> Piece:
    """Bouquets in corners, each a thing of its own, or a bed along the lower edge, which is one."""
    ink, size = 0.0085 * scene.s, float(rng.uniform(0.85, 1.25))
    if rng.random() < 0.3:
        pen = scene.pen()
        for u in np.arange(0.04, 1.0, 0.19 * scene.s / scene.w):
            r = float(rng.uniform(0.09, 0.14)) * scene.s
            _bouquet(pen.canvas, u * scene.w, scene.h - float(rng.uniform(0.4, 0.9)) * r, r, int(rng.integers(2)) * 2 - 1, _FLOW[petal], _FLOW[tone], ink, rng)
        layer = scene.layer()
        pen.onto(layer)
        what = b.words(b.pick(rng, ("bed of", "row of", "border of")), b.pick(rng, ("big", "bold", "")), petal, b.pick(rng, ("flowers", "blossoms")))
        return Piece([layer.element((0, 0), "flower bed", petal, "edges", whole=True)], what, b.pick(rng, ("along the bottom", "at the bottom", "along the lower edge")))
    corners = {"left": 0.14, "right": 0.86}
    sides = list(corners) if rng.random() < 0.55 else [b.pick(rng, list(corners))]
    high = rng.random() < 0.25
    elements = []
    for side in sides:
        r = float(rng.uniform(0.14, 0.19)) * scene.s * size
        pen, y = scene.pen(), (0.75 * r if high else scene.h - 0.75 * r)
        _bouquet(pen.canvas, corners[side] * scene.w, y, r, -1 if side == "left" else 1, _FLOW[petal], _FLOW[tone], ink, rng)
        elements.append(scene.drawn(pen, "flowers", petal, "corner", front=not high))
    row = "top" if high else "bottom"
    if len(sides) == 2:
        what, place = b.words(b.pick(rng, ("big", "bold", "bold outlined", "")), petal, "flowers"), b.pick(rng, (f"in the {row} corners", f"in both {row} corners", f"at the {row} left and right"))
    else:
        what = b.words(b.pick(rng, ("cluster of", "bunch of", "bouquet of")), b.pick(rng, ("big", "bold", "")), petal, b.pick(rng, ("flowers", "daisies", "blossoms")))
        place = b.pick(rng, (f"in the {row} {sides[0]} corner", f"at the {row} {sides[0]}", f"on the {sides[0]}") if not high else (f"in the {row} {sides[0]} corner",))
    return Piece(elements, what, place, plural=len(sides) == 2)


def _inked(canvas, path: skia.Path, colour: b.RGB, pen: float) -> None:
    canvas.drawPath(path, b.paint(b.INK, stroke=2 * pen))
    canvas.drawPath(path, b.paint(colour))


def _band(canvas, spine: np.ndarray, half: np.ndarray, colour: b.RGB, pen: float) -> None:
    """A ribbon along `spine` [n, 2], half its width at each point in `half` [n]."""
    normal = b.normals(spine) * half[:, None]
    _inked(canvas, b.smooth_path(np.concatenate([spine + normal, (spine - normal)[::-1]]), True), colour, pen)


def _ribbon(canvas, spine: np.ndarray, width: float, colour: b.RGB, stripe: b.RGB, pen: float, phase: float) -> None:
    """A two-tone ribbon: the main band, a stripe that swings from side to side in it, and an ink line."""
    u = np.linspace(0, 1, len(spine))
    swell = 0.5 * width * (1 + 0.22 * np.sin(3.1 * np.pi * u + phase))
    _band(canvas, spine, swell, colour, pen)
    normal = b.normals(spine)
    middle = spine + normal * (0.42 * swell * np.sin(2.4 * np.pi * u + phase))[:, None]
    _band(canvas, middle, swell * 0.40, stripe, 0.7 * pen)
    line = spine - normal * (0.62 * swell * np.cos(1.2 * np.pi * u + phase))[:, None]
    canvas.drawPath(b.smooth_path(line[4:-4], False), b.paint(b.INK, stroke=0.8 * pen))


def _ribbons(canvas, scene, tone, stripe, pen, size, rng) -> None:
    """Two S-shaped ribbons, from the upper corners behind the subject down to the other side."""
    w, h, s = scene.w, scene.h, scene.s
    width = 0.20 * s * size
    x0, _, x1, _ = scene.box
    out = 0.10 * w if scene.has_subject else 0
    for side in (1, -1):
        def at(u: float, v: float, side: int = side) -> tuple[float, float]:
            return (w * (u if side > 0 else 1 - u), h * v)

        lift = b.jitter(rng, 0.03)
        if side > 0:
            spine = b.bezier(at(1.05, -0.02), at(0.62, 0.30 + lift), at(1.22, 0.42), at(0.86, 0.70 + lift), 30)
        else:
            spine = b.bezier(at(0.70, -0.06), at(0.66, 0.34 + lift), at(1.12, 0.30), at(1.02, 0.78 + lift), 30)
        # The subject's half width pushes the ribbons outwards, so that enough of them is seen.
        clear = min(out, max(0.0, 0.5 * (x1 - x0) - 0.25 * w))
        _ribbon(canvas, spine + [side * clear * 0.5, 0], width * (1.0 if side > 0 else 0.9), tone, stripe, pen, 0.4 if side > 0 else 1.9)


def _waves(canvas, scene, tone, stripe, pen, size, rng) -> None:
    """Broad waves that roll across the whole width behind the subject."""
    w, h, s = scene.w, scene.h, scene.s
    _, y0, _, y1 = scene.box
    for k, level in enumerate((0.22, 0.52)):
        y = h * level + b.jitter(rng, 0.02) * h
        u = np.linspace(-0.08, 1.08, 40)
        spine = np.stack([u * w, y + 0.075 * s * np.sin(2 * np.pi * (1.15 * u + 0.35 * k))], 1)
        _ribbon(canvas, spine, (0.21 - 0.03 * k) * s * size, tone, stripe, pen, 0.5 + 1.6 * k)


def _smoke(canvas, scene, tone, stripe, pen, size, rng) -> None:
    """A billowing column that rises behind the subject on its emptier side and spreads along the top."""
    w, h, s = scene.w, scene.h, scene.s
    left = scene.free(0.2 * w, 0.35 * h, 0.2 * w, 0.3 * h)
    right = scene.free(0.8 * w, 0.35 * h, 0.2 * w, 0.3 * h)
    side = -1 if left >= right else 1

    def at(u: float, v: float) -> tuple[float, float]:
        return (w * (0.5 + side * u), h * v)

    # The column rises, leans out, and curls in on itself under the top edge.
    rise = b.bezier(at(0.22, 1.0), at(0.50, 0.68), at(0.18, 0.52), at(0.345, 0.24), 40)
    turn = np.linspace(0.15, 4.9, 26)
    coil = 0.155 * s * (1 - 0.125 * turn)
    centre = rise[-1] + np.array([-side * 0.155 * s, 0])
    hook = centre + np.stack([side * coil * np.cos(turn), -coil * np.sin(turn)], 1)
    spine = np.concatenate([rise, hook])
    u = np.linspace(0, 1, len(spine))
    half = s * size * np.interp(u, [0, 0.35, 0.62, 0.8, 1], [0.06, 0.12, 0.12, 0.065, 0.03])
    normal = b.normals(spine)
    rims = []
    for way, phase in ((1, 0.0), (-1, 0.9)):
        # Lobes with sharp dents between them make it billow; they die out along the curl.
        lobes = np.abs(np.sin(5.2 * np.pi * u + phase)) * np.clip(1.35 - 1.2 * u, 0, 1)
        rims.append(spine + way * normal * (half * (0.55 + 0.85 * lobes))[:, None])
    _inked(canvas, b.smooth_path(np.concatenate([rims[0], rims[1][::-1]]), True), tone, pen)
    for start, way in ((6, 1), (15, -1), (25, 1)):
        line = spine[start : start + 11] + way * normal[start : start + 11] * half[start : start + 11, None] * np.linspace(-0.1, 0.52, 11)[:, None]
        canvas.drawPath(b.smooth_path(line, False), b.paint(b.INK, stroke=pen))
        a = np.linspace(0, 4.2, 12)
        curl = line[-1] + 0.026 * s * size * (1 - 0.14 * a)[:, None] * np.stack([np.sin(a) * -side * way, np.cos(a) - 1], 1)
        canvas.drawPath(b.smooth_path(curl, False), b.paint(b.INK, stroke=pen))


def flower(canvas, x: float, y: float, r: float, colour: b.RGB, pen: float, angle: float) -> None:
    """A flat flower of six blunt petals with dark outlines, a light rim to each petal and a two-tone heart."""
    rim = b.mix(colour, (255, 226, 190), 0.72)
    for k in range(6):
        at = angle + k * np.pi / 3
        _inked(canvas, b.smooth_path(_flora.turn(_flora.petal(0.92), at, x, y, r), True), rim, pen)
        canvas.drawPath(b.smooth_path(_flora.turn(_flora.petal(0.66), at, x, y, 0.90 * r), True), b.paint(colour))
        vein = _flora.turn(np.array([[0.34, 0], [0.5, 0.02], [0.66, 0.0]]), at, x, y, r)
        canvas.drawPath(b.smooth_path(vein, False), b.paint(b.INK, stroke=0.8 * pen))
    heart = skia.Path()
    heart.addCircle(x, y, 0.24 * r)
    _inked(canvas, heart, (255, 206, 30) if colour != _FLOW["yellow"] else (236, 60, 60), pen)
    canvas.drawCircle(x, y, 0.09 * r, b.paint(b.INK))


def _leaf(canvas, x: float, y: float, angle: float, length: float, pen: float, colour: b.RGB = _LEAF) -> None:
    _inked(canvas, b.smooth_path(_flora.turn(_flora.leaf(0.44, 4, 0.12), angle, x, y, length), True), colour, pen)
    canvas.drawPath(b.smooth_path(_flora.turn(_flora.vein(0.12), angle, x, y, length), False), b.paint(b.INK, stroke=0.8 * pen))
    for u in (0.35, 0.55, 0.72):
        for side in (-1, 1):
            rib = np.array([[u, 0.12 * np.sin(np.pi * u)], [u + 0.06, 0.05 * side + 0.1], [u + 0.1, 0.13 * side + 0.12 * np.sin(np.pi * u)]])
            canvas.drawPath(b.smooth_path(_flora.turn(rib, angle, x, y, length), False), b.paint(b.INK, stroke=0.6 * pen))


def _bouquet(canvas, x: float, y: float, r: float, side: int, petal: b.RGB, tone: b.RGB, pen: float, rng: np.random.Generator) -> None:
    """A big flower with three leaves, a smaller flower and a scalloped cloud of colour beneath them. side: -1 left, 1 right."""
    for lean, far in ((-0.95, 1.75), (0.15, 1.95), (1.0, 1.7)):
        _leaf(canvas, x, y, -np.pi / 2 - 0.8 * side * lean + b.jitter(rng, 0.12), far * r, pen)
    puff = skia.Path()
    puff.setFillType(skia.PathFillType.kWinding)
    for dx, dy, k in ((-0.9, 0.55, 0.42), (-0.45, 0.85, 0.5), (0.45, 0.9, 0.5), (0.95, 0.5, 0.4)):
        puff.addCircle(x + dx * r, y + dy * r, k * r)
    _inked(canvas, puff, tone, pen)
    flower(canvas, x, y, r, petal, pen, 0.5 + 0.3 * side)
    flower(canvas, x - side * 1.2 * r, y + 0.55 * r, 0.44 * r, petal, 0.8 * pen, 0.2)
