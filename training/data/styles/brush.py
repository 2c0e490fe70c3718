"""What the six hands share: the scene they draw on, a vector layer, colours.

Every length is in pixels of the view; the renderers scale by `Scene.s = sqrt(H * W)` and by the subject's box, so that
one drawing looks the same at 128 and at 1024 pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import skia

from data.artwork import fitted
from data.hands import Hand
from data.pair import Element, Layer, trimmed
from data.photos import Photo
from data.scene import Scene as View
from data.tables import table
from data.wording import COUNTS, one_of

RGB = tuple[int, int, int]

MARGIN = 0.6
"""Canvas beyond each side of the photo, relative to sqrt(H * W): elements are complete where its edge cuts them."""


def palette(name: str) -> dict[str, RGB]:
    """Colours of tables/styles.toml by name, RGB 0..255, in the order hands choose among them."""
    return {colour: tuple(rgb) for colour, rgb in table("styles.toml")[name].items()}


COLOURS = palette("brush")
INK: RGB = (26, 20, 38)


def mix(a: RGB, b: RGB, t: float) -> RGB:
    """The colour a share t of the way from a to b."""
    return tuple(int(round(x + (y - x) * t)) for x, y in zip(a, b))


def paint(colour: RGB, alpha: float = 1.0, stroke: float = 0.0) -> skia.Paint:
    """An antialiased fill, or with stroke > 0 (pixels) a round pen."""
    pen = skia.Paint(AntiAlias=True, Color=skia.ColorSetARGB(int(round(alpha * 255)), *colour))
    if stroke > 0:
        pen.setStyle(skia.Paint.kStroke_Style)
        pen.setStrokeWidth(stroke)
        pen.setStrokeCap(skia.Paint.kRound_Cap)
        pen.setStrokeJoin(skia.Paint.kRound_Join)
    return pen


class Pen:
    """A vector canvas of a layer's size, margins included: draw on `canvas` in pixels of the photo, then
    `onto(layer)`."""

    def __init__(self, h: int, w: int, margin: int = 0):
        self._pixels = np.zeros((h + 2 * margin, w + 2 * margin, 4), np.uint8)
        self._surface = skia.Surface(self._pixels)
        self.canvas = self._surface.getCanvas()
        self.canvas.translate(margin, margin)
        self._margin = margin

    def onto(self, layer: Layer, texture: np.ndarray | None = None, front: float = 1.0) -> None:
        """Paints the drawing over `layer`, its alpha times `texture` (float32 of the layer's shape, 0..1) when
        given."""
        drawn = self.straight()[..., 3] > 0
        rows, cols = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
        if not len(rows):
            return
        # Most drawings are small: only their box is mixed.
        box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
        pixels = self._pixels[box].astype(np.float32)
        alpha = pixels[..., 3] / 255
        if texture is not None:
            alpha = alpha * texture[box]
        left, top = int(cols[0]) - self._margin, int(rows[0]) - self._margin
        layer.over(pixels[..., :3] * alpha[..., None], alpha, left, top, front=front)

    def alpha(self) -> np.ndarray:
        """float32 [h, w], 0..1."""
        return self.straight()[..., 3].astype(np.float32) / 255

    def straight(self) -> np.ndarray:
        """uint8 [h, w, 4], straight alpha."""
        self._surface.flushAndSubmit()
        return self._pixels


def noise(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """float32 [H, W] smooth value noise, about -1..1, whose blobs are `cell` pixels wide."""
    h, w = shape
    gh, gw = max(2, int(np.ceil(h / cell)) + 1), max(2, int(np.ceil(w / cell)) + 1)
    grid = rng.uniform(-1, 1, (gh, gw)).astype(np.float32)
    return cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)


@dataclass(frozen=True)
class Motif:
    """A set piece that looks the same wherever it goes and however large. name: what it is; what: its own words;
    colour: the one named first; planes: uint8 [h, w, 5], premultiplied RGB, alpha, front times alpha; kind: before or
    behind the subject, or partly ("both")."""

    name: str
    what: str
    colour: str
    planes: np.ndarray
    kind: str


def stamped(pen: Pen, front: float, fore: Pen | None = None) -> np.ndarray:
    """What pens drew as a motif's planes, trimmed: `pen`'s a share `front` before the subject, `fore`'s over it, before
    the subject."""
    layer = Layer(*pen.straight().shape[:2])
    pen.onto(layer, front=front)
    if fore is not None:
        fore.onto(layer)
    planes = np.dstack([layer.colour / 255, layer.alpha, layer.front])
    return np.rint(trimmed(planes)[0] * 255).astype(np.uint8)


@dataclass
class Scene:
    """A view with what a hand needs to know of it. image: uint8 [H, W, 3]; matte: float32 [H, W], 0..1, all zero when
    there is no subject to stand behind; box: x0, y0, x1, y1 in pixels; head: x, y of the subject's top and its width
    there; the: "the cat", "her", "the picture"; hand: the artist's things."""

    image: np.ndarray
    matte: np.ndarray
    has_subject: bool
    box: tuple[float, float, float, float]
    head: tuple[float, float, float]
    the: str
    hand: Hand
    _sum: np.ndarray = field(repr=False)  # float64 [H + 1, W + 1], integral of the matte, sure or not

    @property
    def h(self) -> int:
        """Pixels."""
        return self.image.shape[0]

    @property
    def w(self) -> int:
        """Pixels."""
        return self.image.shape[1]

    @property
    def s(self) -> float:
        """sqrt(h * w)."""
        return float(np.sqrt(self.h * self.w))

    def layer(self, margin: float = MARGIN) -> Layer:
        """An empty canvas of the photo with a margin; without one for what is spread over the photo."""
        return Layer(self.h, self.w, round(margin * self.s))

    def pen(self, margin: float = MARGIN) -> Pen:
        """A vector canvas for `layer`."""
        return Pen(self.h, self.w, round(margin * self.s))

    def thing(
        self, name: str, colour: str | None, x: float, y: float, longest: float, anchor: str, front: float = 1.0
    ) -> Element:
        """The hand's picture of a thing with its middle at (x, y), its longer side so many pixels."""
        sprite = self.hand.pick(name)
        wide = longest * min(1.0, sprite.aspect)
        picture = self.hand.picture(sprite, wide, wide / sprite.aspect, colour)
        layer = Layer(*picture.shape[:2])
        layer.over(picture[..., :3], picture[..., 3], 0, 0, front)
        left, top = round(x - picture.shape[1] / 2), round(y - picture.shape[0] / 2)
        return moved(layer.element((0, 0), name, colour, anchor), left, top)

    def stamp(self, motif: Motif, x: float, y: float, wide: float, high: float, anchor: str) -> Element:
        """A motif with its middle at (x, y), so many pixels wide and high."""
        size = lambda part: fitted(np.ascontiguousarray(part, np.float32), wide, high)
        picture, front = size(motif.planes[..., :4]), size(motif.planes[..., 4]) / 255
        layer = Layer(*front.shape)
        layer.over(picture[..., :3], picture[..., 3] / 255, 0, 0, front)
        left, top = round(x - front.shape[1] / 2), round(y - front.shape[0] / 2)
        return moved(layer.element((0, 0), motif.name, motif.colour, anchor), left, top)

    def free(self, x: float, y: float, rx: float, ry: float | None = None) -> float:
        """Share (0..1) of the box of half sides rx, ry around (x, y) that lies in the frame and shows no subject.

        An unsure matte counts too: it is no good for standing behind, but it tells where not to draw.
        """
        ry = rx if ry is None else ry
        x0, x1 = (int(np.clip(round(v), 0, self.w)) for v in (x - rx, x + rx))
        y0, y1 = (int(np.clip(round(v), 0, self.h)) for v in (y - ry, y + ry))
        covered = self._sum[y1, x1] - self._sum[y0, x1] - self._sum[y1, x0] + self._sum[y0, x0]
        return float(((x1 - x0) * (y1 - y0) - covered) / max(1.0, 4 * rx * ry))

    def say(self, rng: np.random.Generator, *path: str, **more: str) -> str:
        """A phrase of tables/styles.toml, evenly; where a table has one of its own "alone", for a scene without
        subject."""
        found = table("styles.toml")["words"]
        for key in path:
            found = found[key]
        if isinstance(found, dict):
            found = found["subject" if self.has_subject else "alone"]
        return one_of(rng, found).format(the=self.the, **more)


def say(rng: np.random.Generator, style: str, kind: str, **more: str) -> str:
    """A phrase of tables/styles.toml that names no subject, evenly."""
    return one_of(rng, table("styles.toml")["words"][style][kind]).format(**more)


def places(
    scene: Scene, spots: Sequence, count: int, r: float, room: float, apart: float, late
) -> list[tuple[float, float]]:
    """`count` of the spots (shares of the frame) in their order, at least room * r inside and apart * r from each
    other; late(x, y): how far to the end one is moved, because the subject or something else is there."""
    ranked = []
    for order, (u, v) in enumerate(spots):
        x = float(np.clip(u * scene.w, room * r, scene.w - room * r))
        y = float(np.clip(v * scene.h, room * r, scene.h - room * r))
        ranked.append((order + late(x, y), x, y))
    chosen: list[tuple[float, float]] = []
    for _, x, y in sorted(ranked):
        if len(chosen) < count and all(np.hypot(x - cx, y - cy) > apart * r for cx, cy in chosen):
            chosen.append((x, y))
    return chosen


def read_scene(view: Photo, known: View, the: str, hand: Hand) -> Scene:
    """The view as the hands draw on it. known: its geometry; the: what instructions call its subject."""
    h, w = view.image.shape[:2]
    if known.has_subject:
        box, top = known.box, known.top
        head = (top.x, top.top, top.width)
    else:
        box, head = (0.2 * w, 0.3 * h, 0.8 * w, 0.95 * h), (0.5 * w, 0.3 * h, 0.3 * w)
    # An unsure matte still tells where not to draw.
    return Scene(view.image, known.matte, known.has_subject, box, head, the, hand, cv2.integral(view.matte))


def moved(element: Element, x: int, y: int) -> Element:
    """The element so many pixels to the right and below."""
    x0, y0, x1, y1 = element.box
    return replace(element, x=element.x + x, y=element.y + y, box=(x0 + x, y0 + y, x1 + x, y1 + y))


def some(rng: np.random.Generator, options, n: int) -> list:
    """n different ones of `options`, in random order."""
    return [options[i] for i in rng.permutation(len(options))[:n]]


def steady() -> np.random.Generator:
    """The same numbers for every drawing. What words do not say is always alike: a network's first answer is the mean
    of all that may be meant, and the mean of many ribbons is a haze."""
    return np.random.default_rng(11)


def jitter(rng: np.random.Generator, amount: float) -> float:
    """Uniform in -amount..amount."""
    return float(rng.uniform(-amount, amount))


def words(*parts: str) -> str:
    """Parts joined by single blanks, empty ones left out."""
    return " ".join(part for part in parts if part)


def counted(rng: np.random.Generator, count: int, share: float) -> str:
    """How many there are in words, or, beside a share of the time, ""."""
    return COUNTS[count] if rng.random() < share else ""
