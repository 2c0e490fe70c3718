"""Flowing colour blocks: saturated two-tone ribbons or smoke behind the subject, bold inked flowers at its feet."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import skia

from pairs.pair import Layer, Pair
from pairs.photos import Photo
from pairs.styles import _brush as b
from pairs.styles import _flora

TRIGGER = "skspaintingeffects"

_FLOW: dict[str, b.RGB] = {
    "teal": (0, 168, 142), "purple": (130, 62, 200), "blue": (40, 92, 228), "orange": (250, 116, 40), "pink": (246, 92, 160),
    "yellow": (255, 204, 20), "red": (232, 48, 48), "peach": (250, 196, 148),
}  # fmt: skip
_STRIPES = ("yellow", "pink", "orange")
_PETALS = ("red", "pink", "orange", "blue", "purple", "yellow")
_LEAF: b.RGB = (110, 196, 84)


def draw_pair(rng: np.random.Generator, view: Photo) -> Pair:
    """Ribbons or smoke behind the subject with inked flowers at the bottom corners (and sometimes a top corner)."""
    scene = b.read_scene(view)
    short = rng.random() < 0.15
    flow = b.pick(rng, ("ribbons", "ribbons", "waves", "smoke"))
    tone = {"ribbons": "teal", "waves": "purple", "smoke": "peach"}[flow]
    stripe, petal = "yellow", "red"
    if not short:
        tone = b.pick(rng, ("teal", "purple", "blue", "orange", "pink") + (("peach", "peach") if flow == "smoke" else ()))
        stripe = b.pick(rng, [c for c in _STRIPES if c != tone])
        petal = b.pick(rng, _PETALS)
    corner = "" if short or rng.random() < 0.6 else b.pick(rng, ("left", "right"))
    drawn = b.fit_coverage(scene, lambda size: _draw(scene, flow, tone, stripe, petal, corner, size, deepcopy(rng)))
    text = _text(rng, scene, flow, tone, stripe, petal, corner, short)
    return b.to_pair("painting", scene, drawn, text, things=[flow, "flowers"], colour=[tone, stripe, petal], anchor="behind")


def _draw(scene, flow, tone, stripe, petal, corner, size, rng) -> tuple[Layer, Layer]:
    behind, front = Layer(scene.h, scene.w), Layer(scene.h, scene.w)
    back, fore = b.Pen(scene.h, scene.w), b.Pen(scene.h, scene.w)
    pen = 0.0125 * scene.s
    {"ribbons": _ribbons, "waves": _waves, "smoke": _smoke}[flow](back.canvas, scene, _FLOW[tone], _FLOW[stripe], pen, size, rng)
    _bouquets(fore.canvas, scene, _FLOW[petal], _FLOW[tone], pen, size, rng)
    if corner:
        x = scene.w * (0.13 if corner == "left" else 0.87)
        _leaf(back.canvas, x, 0.08 * scene.h, 1.3 if corner == "left" else 1.9, 0.36 * scene.s * size, pen)
        _leaf(back.canvas, x, 0.08 * scene.h, 0.35 if corner == "left" else 2.8, 0.36 * scene.s * size, pen)
        flower(back.canvas, x, 0.11 * scene.h, 0.20 * scene.s * size, _FLOW[petal], pen, 0.4)
    back.onto(behind)
    fore.onto(front)
    return behind, front


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


def _bouquets(canvas, scene, petal, tone, pen, size, rng) -> None:
    """A big flower with leaves in each bottom corner, the right one larger; they stand in front of the subject."""
    w, h, s = scene.w, scene.h, scene.s
    for side, r, inset in ((-1, 0.155, 0.13), (1, 0.185, 0.15)):
        r *= s * size * (1 + b.jitter(rng, 0.05))
        x = w * (inset if side < 0 else 1 - inset)
        y = h - 0.62 * r
        up = -np.pi / 2
        for lean, far in ((-0.95, 1.75), (0.15, 2.0), (1.0, 1.7)):
            _leaf(canvas, x, y, up + side * lean * -1 * 0.8, far * r, pen)
        puff = skia.Path()
        puff.setFillType(skia.PathFillType.kWinding)
        for dx, dy, k in ((-0.9, 0.55, 0.42), (-0.45, 0.85, 0.5), (0.45, 0.9, 0.5), (0.95, 0.5, 0.4)):
            puff.addCircle(x + dx * r, y + dy * r, k * r)
        _inked(canvas, puff, tone, pen)
        flower(canvas, x, y, r, petal, pen, 0.5 + 0.3 * side)
        flower(canvas, x - side * 1.35 * r, h - 0.28 * r, 0.44 * r, petal, 0.8 * pen, 0.2)


def _text(rng, scene, flow, tone, stripe, petal, corner, short) -> str:
    noun, verb = scene.noun, b.pick(rng, ("add", "paint", "draw"))
    if short:
        return f"{verb} flowing {flow} and flowers around {noun} by {TRIGGER}"
    where = b.pick(rng, ("behind {}", "around {}", "flowing behind {}", "swirling around {}") if scene.has_subject else ("across {}", "flowing through {}", "over {}"))
    kind = {
        "ribbons": ("flowing ribbons", "wavy ribbons", "bold ribbons", "curvy ribbons"),
        "waves": ("wide waves", "wavy bands", "big rolling waves"),
        "smoke": ("curling smoke", "billowing smoke", "a cloud of swirling smoke"),
    }[flow]  # fmt: skip
    phrase = b.pick(rng, kind)
    if flow == "smoke":
        phrase = phrase.replace("a cloud", b.article(f"{tone} cloud")) if phrase.startswith("a ") else f"{tone} {phrase}"
    else:
        phrase = f"{tone} and {stripe} {phrase}"
    flowers = b.words(b.pick(rng, ("big", "bold", "large", "bold outlined", "")), petal, "flowers")
    below = b.pick(rng, ("in the bottom corners", "at the bottom", "in the lower corners", "in both bottom corners"))
    if rng.random() < 0.4:
        flowers = flowers + " and green leaves"
    extra = f", and one flower in the top {corner} corner" if corner else ""
    return b.words(verb, phrase, where.format(noun), b.pick(rng, ("and", "with")), flowers, below, extra, f"by {TRIGGER}")
