"""Hand-drawn outline: a fat wobbly crayon line in two colours around the silhouette, and small doodles beside it."""

import cv2
import numpy as np

from data.pair import Layer
from data.styles import brush as b
from data.styles.pieces import Piece
from data.wording import one_of

_LINE = b.palette("edge")
_DOODLES = {"flowers": "flower", "stars": "star", "hearts": "heart", "sparks": "sparkles", "flames": "flame"}

# Where doodles go first: beside the head, then lower, as shares of the frame.
_PLACES = ((0.14, 0.20), (0.86, 0.30), (0.84, 0.72), (0.15, 0.62), (0.84, 0.12), (0.16, 0.84), (0.5, 0.12), (0.5, 0.88))


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """A doubled crayon line around the subject (a frame where there is none), doodles beside it, or both."""
    outer, inner = ("blue", "pink") if rng.random() < 0.25 else b.some(rng, list(_LINE), 2)
    doodle, count, chance = one_of(rng, tuple(_DOODLES)), int(rng.integers(1, 5)), rng.random()
    pieces = [_outline(scene, outer, inner, rng)] if chance < 0.8 else []
    if chance > 0.3:
        pieces.append(_small(scene, outer, doodle, count, rng))
    return pieces


def _outline(scene: b.Scene, outer: str, inner: str, rng: np.random.Generator) -> Piece:
    s = scene.s
    layer = Layer(scene.h, scene.w)
    gap, wide = 0.004 * s, 0.036 * s
    away, front = _distance(scene), 0.0 if scene.has_subject else 1.0
    # A slow wobble moves the whole line in and out, a fast one frays its rims as crayon on paper does.
    same = b.steady()
    wobble = 0.010 * s * b.noise(away.shape, 0.11 * s, same)
    swell = 0.007 * s * b.noise(away.shape, 0.16 * s, same)
    fray = 0.0045 * s * b.noise(away.shape, max(1.0, 0.008 * s), same)
    d = away + wobble + fray
    one = rng.random() < 0.25
    start = gap - (2.0 * s if scene.has_subject else 0)
    _band(layer, d, start, gap + wide + swell, _LINE[outer if one else inner], front)
    _band(layer, d, gap + wide + swell, gap + (1.3 if one else 1.95) * wide + 1.4 * swell, _LINE[outer], front)
    colours = outer if one else f"{outer} and {inner}"
    kind = scene.say(rng, "edge", "kind")
    if not scene.has_subject:
        kind = scene.say(rng, "edge", "frame")
    what = b.words(scene.say(rng, "edge", "look", doubled="bold" if one else "doubled"), colours, kind)
    element = layer.whole("outline" if scene.has_subject else "frame", outer, "around")
    return Piece([element], what, scene.say(rng, "edge", "place"))


def _small(scene: b.Scene, outer: str, doodle: str, count: int, rng: np.random.Generator) -> Piece:
    radius, elements = 0.098 * scene.s * float(rng.uniform(0.75, 1.3)), []
    away, clear = _distance(scene), 0.09 * scene.s

    def late(x: float, y: float) -> int:
        room = away[int(y), int(x)] if scene.has_subject else clear + radius
        return 10 * (room < 0.8 * radius) + 5 * (room < clear + 0.7 * radius)

    for k, (x, y) in enumerate(b.places(scene, _PLACES, count, radius, 1.2, 2.1, late)):
        r = radius * (1 + b.jitter(rng, 0.06)) * (1.0, 0.9, 0.96, 0.86)[k]
        x, y = x + b.jitter(rng, 0.012) * scene.s, y + b.jitter(rng, 0.012) * scene.s
        elements.append(scene.thing(_DOODLES[doodle], outer, x, y, 2.6 * r, "around"))
    look = scene.say(rng, "edge", "small")
    if len(elements) == 1:
        what = b.words(look, outer, doodle.removesuffix("s"))
        return Piece(elements, what, f"next to {scene.the}" if scene.has_subject else f"in {scene.the}")
    what = b.words(b.counted(rng, len(elements), 0.7), look, outer, doodle)
    return Piece(elements, what, scene.say(rng, "edge", "several"), plural=True)


def _distance(scene: b.Scene) -> np.ndarray:
    """float32 [H, W]: pixels from the smoothed silhouette, negative inside; from a frame where there is no subject."""
    h, w, s = scene.h, scene.w, scene.s
    if not scene.has_subject:
        margin, radius = 0.105 * s, 0.14 * s
        ys, xs = np.abs(np.arange(h) - h / 2)[:, None], np.abs(np.arange(w) - w / 2)[None, :]
        dx, dy = xs - (w / 2 - margin - radius), ys - (h / 2 - margin - radius)
        far = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
        return (far - radius).astype(np.float32)
    # Beyond the photo the silhouette goes on: the line must not turn along the photo's edge.
    pad = round(0.15 * s)
    matte = cv2.copyMakeBorder(scene.matte, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    solid = (cv2.GaussianBlur(matte, (0, 0), 0.012 * s) > 0.5).astype(np.uint8)
    # Crumbs of the matte would each get a line of their own.
    n, label, stats, _ = cv2.connectedComponentsWithStats(solid)
    for k in range(1, n):
        if stats[k, cv2.CC_STAT_AREA] < 0.08 * solid.sum():
            solid[label == k] = 0
    far = -cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    if not solid.all():
        far += cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
    return far[pad : pad + h, pad : pad + w]


def _band(layer: Layer, d: np.ndarray, low, high, colour: b.RGB, front: float) -> None:
    """Fills low <= d < high (pixels), its rims antialiased over one pixel."""
    layer.fill(colour, (np.clip(d - low + 0.5, 0, 1) * np.clip(high - d + 0.5, 0, 1)).astype(np.float32), front)
