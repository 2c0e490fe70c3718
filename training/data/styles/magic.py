"""Soft 3D stickers: moon, stars, clouds, hearts and a rainbow, floating around and behind the subject.

Soft 3D comes from flat shapes: a mask is inflated to a cushion, lit from the upper left, and laid over a contact
shadow."""

from __future__ import annotations

import cv2
import numpy as np
import skia

from data.pair import Layer
from data.styles import brush as b
from data.styles.pieces import Piece
from data.styles.redraw import lit_from_left, normals_of
from data.styles.shapes import discs, smooth_path
from data.whole import heart
from data.wording import one_of

_COLOURS = b.palette("magic")
_SMALL = {
    "stars": (("golden", "golden", "pink", "blue", "white", "silver"), 0.12),
    "hearts": (("red", "pink", "purple"), 0.105),
    "clouds": (("purple", "pink", "white", "blue"), 0.15),
}
"""Colours and radius of small stickers."""

# The order in which places around the frame are filled, as shares of the frame.
_PLACES = (
    (0.15, 0.17), (0.85, 0.17), (0.13, 0.52), (0.87, 0.52), (0.15, 0.85), (0.85, 0.85), (0.5, 0.14), (0.33, 0.15),
    (0.67, 0.15),
)  # fmt: skip

Taken = list[tuple[float, float, float]]


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """A moon or a rainbow behind the subject, one to five small stickers around it, or both."""
    taken: Taken = []
    main = one_of(rng, ("moon", "moon", "rainbow", "", ""))
    pieces = [{"moon": _moon, "rainbow": _rainbow}[main](scene, taken, rng)] if main else []
    if not main or rng.random() < 0.8:
        pieces.append(_stickers(scene, taken, rng))
    return pieces


def _stickers(scene: b.Scene, taken: Taken, rng: np.random.Generator) -> Piece:
    kind = one_of(rng, ("stars", "stars", "hearts", "clouds"))
    colours, size = _SMALL[kind]
    colour, count = one_of(rng, colours), int(rng.integers(1, 6 if kind != "clouds" else 4))
    radius = size * scene.s * float(rng.uniform(0.7, 1.2))
    elements = []

    def late(x: float, y: float) -> int:
        """What the subject or the main sticker hides comes last."""
        room = min([1.0] + [np.hypot(x - tx, y - ty) - tr - 0.8 * radius for tx, ty, tr in taken])
        return 20 * (scene.free(x, y, radius) < 0.6) + 10 * (room < 0)

    for k, (x, y) in enumerate(b.places(scene, _PLACES, count, radius, 1.05, 1.8, late)):
        r = radius * (1.0, 0.86, 0.92, 0.8, 0.9)[k] * (1 + b.jitter(rng, 0.06))
        x, y = x + b.jitter(rng, 0.02) * scene.s, y + b.jitter(rng, 0.02) * scene.s
        side = round(3 * r)
        layer = Layer(side, side)
        # Where the subject leaves no room the sticker goes on it, else it would hardly be seen.
        front = 0.0 if scene.free(x, y, r) > 0.45 else 1.0
        _little(layer, kind, side / 2, side / 2, r, _COLOURS[colour], front)
        elements.append(
            b.moved(layer.element((0, 0), kind, colour, "around"), round(x - side / 2), round(y - side / 2))
        )
    many = len(elements) > 1
    name = kind if kind != "stars" or rng.random() < 0.6 else scene.say(rng, "magic", "stars")
    number = b.counted(rng, len(elements), 0.7) if many else ""
    what = b.words(number, scene.say(rng, "magic", "look"), colour, name if many else name.removesuffix("s"))
    place = "many" if many else "one"
    if not scene.has_subject:
        place = "hearts_alone" if kind == "hearts" else "others_alone"
    return Piece(elements, what, scene.say(rng, "magic", place), plural=many)


def star_path(x: float, y: float, r: float) -> skia.Path:
    """A four-pointed star with hollow sides and rounded tips; the tall axis is a little longer, as in a twinkle."""
    angle = np.arange(8) * np.pi / 4
    tips = np.stack([np.sin(angle), -np.cos(angle)], 1)  # tips at the even places
    path, at = skia.Path(), lambda point: (x + point[0], y + point[1])
    side = lambda k: np.array([-tips[k][1], tips[k][0]]) * 0.075 * r
    reach = lambda k: r * (1.12 if k % 4 == 0 else 0.9)
    path.moveTo(*at(tips[0] * reach(0) - side(0)))
    for k in range(0, 8, 2):
        if k:
            path.quadTo(*at(tips[k - 1] * 0.22 * r), *at(tips[k] * reach(k) - side(k)))
        path.quadTo(*at(tips[k] * reach(k) * 1.06), *at(tips[k] * reach(k) + side(k)))
    path.quadTo(*at(tips[7] * 0.22 * r), *at(tips[0] * reach(0) - side(0)))
    path.close()
    return path


_PUFFS = (
    (-0.72, 0.12, 0.40), (-0.28, -0.22, 0.50), (0.30, -0.12, 0.52), (0.76, 0.14, 0.38), (0.05, 0.22, 0.46),
    (-0.4, 0.25, 0.4), (0.45, 0.27, 0.38),
)  # fmt: skip


def _little(layer: Layer, kind: str, x: float, y: float, r: float, colour: b.RGB, front: float) -> None:
    """A small sticker on a layer."""
    if kind == "stars":
        puff(layer, star_path(x, y, r), colour, 0.26 * r, front=front)
    elif kind == "hearts":
        puff(layer, smooth_path(heart(40) / 17 * r + [x, y], True), colour, 0.5 * r, front=front)
    else:
        puff(layer, discs(x, y, r, *_PUFFS), colour, 0.34 * r, gloss=0.25, front=front)


def _moon(scene: b.Scene, taken: Taken, rng: np.random.Generator) -> Piece:
    """A tilted crescent behind the head, or high in the emptier upper corner of a scene."""
    r, colour = 0.30 * scene.s * float(rng.uniform(0.75, 1.25)), one_of(rng, ("golden", "golden", "silver"))
    x, y = 0.68 * scene.w, 0.32 * scene.h
    if scene.has_subject:
        hx, hy, _ = scene.head
        x, y = hx + (0.25 if hx < 0.5 * scene.w else -0.25) * scene.s, hy + 0.02 * scene.s
    x, y = float(np.clip(x, 0.7 * r, scene.w - 0.7 * r)), float(np.clip(y, 0.8 * r, scene.h - r))
    lean = 1 if x > 0.5 * scene.w else -1
    disc, bite = discs(x, y, r, (0, 0, 1)), discs(x, y, r, (-lean * 0.42, -0.34, 0.80))
    layer = scene.layer()
    crescent = skia.Op(disc, bite, skia.PathOp.kDifference_PathOp)
    puff(layer, crescent, _COLOURS[colour], 0.30 * r, front=0.0)
    taken.append((x, y, r))
    what = b.words(scene.say(rng, "magic", "moon_look"), colour, scene.say(rng, "magic", "moon"))
    return Piece([layer.element((0, 0), "moon", colour, "behind")], what, scene.say(rng, "magic", "moon_place"))


def _rainbow(scene: b.Scene, taken: Taken, rng: np.random.Generator) -> Piece:
    """An arch over the subject, its feet in two white clouds."""
    x0, y0, x1, _ = scene.box
    s, size = scene.s, float(rng.uniform(0.85, 1.15))
    r = float(np.clip(0.62 * (x1 - x0), 0.32 * s, 0.46 * scene.w)) * size
    x = float(np.clip(0.5 * (x0 + x1), r, max(r, scene.w - r)))
    band = 0.075 * s * size
    y = min(max(y0 - 0.10 * s, 0.03 * s) + r, scene.h - 0.12 * s)
    layer, pen = scene.layer(), b.paint((0, 0, 0), stroke=0.66 * band)
    for k, tone in enumerate(((240, 62, 80), (255, 160, 50), (255, 220, 70), (90, 205, 110), (80, 150, 250))):
        radius = r - (0.5 + 0.62 * k) * band
        arc, tube = skia.Path(), skia.Path()
        arc.addArc(skia.Rect(x - radius, y - radius, x + radius, y + radius), 180, 180)
        pen.getFillPath(arc, tube)
        puff(layer, tube, tone, 0.32 * band, shadow=0.15, front=0.0)
    for side in (-1, 1):
        _little(layer, "clouds", x + side * 0.82 * r, y + 0.02 * s, 0.155 * s * size, _COLOURS["white"], 0.0)
        taken.append((x + side * 0.8 * r, y, 0.2 * s))
    taken.append((x, y - 0.75 * r, 0.45 * r))
    look = scene.say(rng, "magic", "rainbow_look")
    what = b.words(look, "rainbow", scene.say(rng, "magic", "rainbow_with"))
    return Piece([layer.element((0, 0), "rainbow", None, "behind")], what, scene.say(rng, "magic", "rainbow_place"))


def puff(
    layer: Layer,
    path: skia.Path,
    colour: b.RGB,
    bevel: float,
    shadow: float = 0.35,
    gloss: float = 0.55,
    front: float = 1.0,
) -> None:
    """Paints `path` (pixels of the layer) over it as an inflated shape.

    bevel: width in pixels over which the edge rises; shadow: darkness (0..1) of the contact shadow, which falls to the
    lower right; gloss: strength (0..1) of the highlight.
    """
    m, (h, w), bounds = layer.margin, layer.shape, path.getBounds()
    pad = int(np.ceil(0.6 * bevel)) + 3
    x0, y0 = max(-m, int(np.floor(bounds.left())) - pad), max(-m, int(np.floor(bounds.top())) - pad)
    x1, y1 = min(w - m, int(bounds.right()) + pad + 1), min(h - m, int(bounds.bottom()) + pad + 1)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return  # quite outside the canvas
    pen = b.Pen(y1 - y0, x1 - x0)
    pen.canvas.translate(-x0, -y0)
    pen.canvas.drawPath(path, b.paint((255, 255, 255)))
    alpha = pen.alpha()
    fall = int(round(0.30 * bevel)) + 1
    rolled = np.roll(alpha, (fall, int(0.6 * fall)), (0, 1))
    cast = cv2.GaussianBlur(rolled, (0, 0), max(0.8, 0.35 * bevel)) * shadow
    cast[cast < 0.03] = 0
    layer.over(cast[..., None] * np.array([30, 18, 60], np.float32), cast, x0, y0, front)
    layer.over(_shade(alpha, colour, bevel, gloss) * alpha[..., None], alpha, x0, y0, front)


def _shade(alpha: np.ndarray, colour: b.RGB, bevel: float, gloss: float) -> np.ndarray:
    depth = cv2.distanceTransform((np.pad(alpha, 2) > 0.5).astype(np.uint8), cv2.DIST_L2, 5)[2:-2, 2:-2]
    rise = np.clip(depth / bevel, 0, 1)
    height = cv2.GaussianBlur(bevel * np.sqrt(1 - (1 - rise) ** 2), (0, 0), max(0.7, 0.16 * bevel))
    lit, shine = lit_from_left(normals_of(height), 28)
    base = np.array(colour, np.float32)
    deep = 0.50 * base + 0.06 * np.array([70, 20, 110], np.float32)
    bright = base + 0.42 * (255 - base)
    body = np.where(lit < 0.62, deep + (base - deep) * lit / 0.62, base + (bright - base) * (lit - 0.62) / 0.38)
    return np.clip(body + gloss * shine * (255 - body), 0, 255)
