"""What the six hands share: the scene they draw on, a vector layer, colours.

Every length is in pixels of the view; the renderers scale by `Scene.s = sqrt(H * W)` and by the subject's box, so that
one drawing looks the same at 128 and at 1024 pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import skia

from data.artwork import fitted
from data.hands import Hand
from data.pair import Element, Layer, pictured, trimmed
from data.photos import Photo
from data.scene import Scene as View
from data.tables import table
from data.wording import COUNTS, one_of

RGB = tuple[int, int, int]


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
    """A vector canvas of [h, w] pixels: draw on `canvas`, then `onto(layer)`."""

    def __init__(self, h: int, w: int):
        self._pixels = np.zeros((h, w, 4), np.uint8)
        self._surface = skia.Surface(self._pixels)
        self.canvas = self._surface.getCanvas()

    def onto(self, layer: Layer, front: float = 1.0) -> None:
        """Paints the drawing over `layer`, a share `front` of it before the subject."""
        pixels = self.straight().astype(np.float32)
        alpha = pixels[..., 3] / 255
        layer.over(pixels[..., :3] * alpha[..., None], alpha, front=front)

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
    colour: the one named first; planes: uint8 [h, w, 5], premultiplied RGB, alpha, front times alpha; kind: of
    KINDS."""

    name: str
    what: str
    colour: str
    planes: np.ndarray
    kind: str


def stamped(pen: Pen, front: float, fore: Pen | None = None) -> np.ndarray:
    """What pens drew as a motif's planes, trimmed: `pen`'s a share `front` before the subject, `fore`'s all."""
    layer = Layer(*pen.straight().shape[:2])
    pen.onto(layer, front)
    if fore is not None:
        fore.onto(layer)
    return np.rint(trimmed(layer.planes)[0] * 255).astype(np.uint8)


class Scene:
    """A view with what a hand needs to know of it. h, w, s: pixels, s = sqrt(h * w); matte: float32 [h, w], 0..1, all
    zero when there is no subject to stand behind; box: x0, y0, x1, y1 in pixels; head: x, y of the subject's top and
    its width there; the: "the cat", "her", "the picture"; hand: the artist's things."""

    def __init__(self, view: Photo, known: View, the: str, hand: Hand) -> None:
        self.h, self.w, self.s = known.height, known.width, known.scale
        self.matte, self.has_subject, self.the, self.hand = known.matte, known.has_subject, the, hand
        # An unsure matte still tells where not to draw.
        self._sum = cv2.integral(view.matte)
        if known.has_subject:
            self.box, self.head = known.box, (known.top.x, known.top.top, known.top.width)
        else:
            self.box = (0.2 * self.w, 0.3 * self.h, 0.8 * self.w, 0.95 * self.h)
            self.head = (0.5 * self.w, 0.3 * self.h, 0.3 * self.w)

    def thing(
        self, name: str, colour: str | None, x: float, y: float, longest: float, anchor: str, front: float = 1.0
    ) -> Element:
        """The hand's picture of a thing with its middle at (x, y), its longer side so many pixels."""
        sprite = self.hand.pick(name)
        wide = longest * min(1.0, sprite.aspect)
        picture = self.hand.picture(sprite, wide, wide / sprite.aspect, colour)
        return pictured(picture, front, x, y, name, colour, anchor)

    def stamp(self, motif: Motif, x: float, y: float, wide: float, high: float, anchor: str) -> Element:
        """A motif with its middle at (x, y), so many pixels wide and high."""
        size = lambda part: fitted(np.ascontiguousarray(part, np.float32), wide, high)
        picture, front = size(motif.planes[..., :4]), size(motif.planes[..., 4]) / 255
        picture[..., 3] /= 255
        return pictured(picture, front, x, y, motif.name, motif.colour, anchor)

    def free(self, x: float, y: float, rx: float, ry: float | None = None) -> float:
        """Share (0..1) of the box of half sides rx, ry around (x, y) that lies in the frame and shows no subject.

        An unsure matte counts too: it is no good for standing behind, but it tells where not to draw."""
        ry = rx if ry is None else ry
        x0, x1 = (int(np.clip(round(v), 0, self.w)) for v in (x - rx, x + rx))
        y0, y1 = (int(np.clip(round(v), 0, self.h)) for v in (y - ry, y + ry))
        covered = self._sum[y1, x1] - self._sum[y0, x1] - self._sum[y1, x0] + self._sum[y0, x0]
        return float(((x1 - x0) * (y1 - y0) - covered) / max(1.0, 4 * rx * ry))

    def say(self, rng: np.random.Generator, *path: str, **more: str) -> str:
        """A phrase of tables/styles.toml, evenly; of a table's "alone", where it has it, in a scene without subject."""
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
