"""What the six hands share: the scene they draw on, a vector layer, colours.

Every length is in pixels of the view; the renderers scale by `Scene.s = sqrt(H * W)` and by the subject's box, so that
one drawing looks the same at 128 and at 1024 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import skia

from pairs.hands import Hand
from pairs.pair import Element, Layer
from pairs.photos import Photo
from pairs.scene import Scene as View

RGB = tuple[int, int, int]

MARGIN = 0.6
"""Canvas beyond each side of the photo, relative to sqrt(H * W): elements are complete where the photo's edge cuts them."""

COLOURS: dict[str, RGB] = {
    "pink": (247, 104, 152),
    "red": (229, 46, 50),
    "orange": (251, 136, 38),
    "yellow": (255, 208, 40),
    "green": (70, 182, 76),
    "teal": (0, 165, 142),
    "blue": (54, 104, 240),
    "purple": (146, 76, 212),
    "white": (255, 255, 255),
    "black": (24, 20, 30),
    "gold": (246, 190, 40),
}
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


def smooth_path(points: np.ndarray, closed: bool) -> skia.Path:
    """A path through the midpoints of `points` ([n, 2], n >= 3), each point the control of a quadratic curve."""
    path = skia.Path()
    p = np.asarray(points, np.float64)
    if closed:
        mid = (p + np.roll(p, -1, 0)) / 2
        path.moveTo(*mid[-1])
        for control, end in zip(p, mid):
            path.quadTo(*control, *end)
        path.close()
        return path
    path.moveTo(*p[0])
    for i in range(1, len(p) - 1):
        end = p[i + 1] if i == len(p) - 2 else (p[i] + p[i + 1]) / 2
        path.quadTo(*p[i], *end)
    return path


def polygon(points: np.ndarray) -> skia.Path:
    """A closed path with straight edges."""
    path = skia.Path()
    path.addPoly([skia.Point(*map(float, q)) for q in points], True)
    return path


def bezier(a, b, c, d, n: int = 24) -> np.ndarray:
    """[n, 2] points of the cubic with end points a, d and controls b, c."""
    t = np.linspace(0, 1, n)[:, None]
    a, b, c, d = (np.asarray(q, np.float64) for q in (a, b, c, d))
    return (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d


def normals(points: np.ndarray) -> np.ndarray:
    """[n, 2] unit normals (to the right of travel, y down) of a polyline."""
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    return np.stack([-tangent[:, 1], tangent[:, 0]], 1)


class Pen:
    """A vector canvas of a layer's size, margins included: draw on `canvas` in pixels of the photo, then `onto(layer)` paints it."""

    def __init__(self, h: int, w: int, margin: int = 0):
        self._pixels = np.zeros((h + 2 * margin, w + 2 * margin, 4), np.uint8)
        self._surface = skia.Surface(self._pixels)
        self.canvas = self._surface.getCanvas()
        self.canvas.translate(margin, margin)
        self._margin = margin

    def onto(self, layer: Layer, texture: np.ndarray | None = None, front: float = 1.0) -> None:
        """Paints the drawing over `layer`, its alpha times `texture` (float32 of the layer's shape, 0..1) when given."""
        self._surface.flushAndSubmit()
        drawn = self._pixels[..., 3] > 0
        rows, cols = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
        if not len(rows):
            return
        # Most drawings are small: only their box is mixed.
        box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
        pixels = self._pixels[box].astype(np.float32)
        alpha = pixels[..., 3] / 255
        if texture is not None:
            alpha = alpha * texture[box]
        layer.over(
            pixels[..., :3] * alpha[..., None], alpha, int(cols[0]) - self._margin, int(rows[0]) - self._margin, front=front
        )

    def alpha(self) -> np.ndarray:
        """float32 [h, w], 0..1."""
        self._surface.flushAndSubmit()
        return self._pixels[..., 3].astype(np.float32) / 255

    def straight(self) -> np.ndarray:
        """uint8 [h, w, 4], straight alpha."""
        self._surface.flushAndSubmit()
        return self._pixels.copy()


def noise(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """float32 [H, W] smooth value noise, about -1..1, whose blobs are `cell` pixels wide."""
    h, w = shape
    gh, gw = max(2, int(np.ceil(h / cell)) + 1), max(2, int(np.ceil(w / cell)) + 1)
    grid = rng.uniform(-1, 1, (gh, gw)).astype(np.float32)
    return cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)


@dataclass
class Scene:
    """A view with what a hand needs to know of it. Lengths in pixels, boxes as x0, y0, x1, y1."""

    image: np.ndarray  # uint8 [H, W, 3]
    matte: np.ndarray  # float32 [H, W], 0..1; all zero when there is no subject to stand behind
    has_subject: bool
    box: tuple[float, float, float, float]
    head: tuple[float, float, float]  # x, y of the top of the subject and its width there
    the: str  # "the cat", "her", "the picture"
    hand: Hand  # the artist's things
    _sum: np.ndarray = field(repr=False)  # float64 [H + 1, W + 1], integral of the matte, sure or not

    @property
    def h(self) -> int:
        return self.image.shape[0]

    @property
    def w(self) -> int:
        return self.image.shape[1]

    @property
    def s(self) -> float:
        return float(np.sqrt(self.h * self.w))

    def layer(self, margin: float = MARGIN) -> Layer:
        """An empty canvas of the photo with a margin; without one for what is spread over the photo."""
        return Layer(self.h, self.w, round(margin * self.s))

    def pen(self, margin: float = MARGIN) -> Pen:
        """A vector canvas for `layer`."""
        return Pen(self.h, self.w, round(margin * self.s))

    def drawn(self, pen: Pen, thing: str, colour: str | None, anchor: str, front: bool = True) -> Element:
        """What a pen of this scene drew, as an element before (or behind) the subject."""
        layer = self.layer()
        pen.onto(layer, front=float(front))
        return layer.element((0, 0), thing, colour, anchor)

    def free(self, x: float, y: float, rx: float, ry: float | None = None) -> float:
        """Share (0..1) of the box of half sides rx, ry around (x, y) that lies in the frame and shows no subject.

        An unsure matte counts too: it is no good for standing behind, but it tells where not to draw.
        """
        ry = rx if ry is None else ry
        x0, x1 = (int(np.clip(round(v), 0, self.w)) for v in (x - rx, x + rx))
        y0, y1 = (int(np.clip(round(v), 0, self.h)) for v in (y - ry, y + ry))
        covered = self._sum[y1, x1] - self._sum[y0, x1] - self._sum[y1, x0] + self._sum[y0, x0]
        return float(((x1 - x0) * (y1 - y0) - covered) / max(1.0, 4 * rx * ry))


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


def pick(rng: np.random.Generator, options):
    """One of `options`, each as likely; keeps its type."""
    return options[int(rng.integers(len(options)))]


def some(rng: np.random.Generator, options, n: int) -> list:
    """n different ones of `options`, in random order."""
    return [options[i] for i in rng.permutation(len(options))[:n]]


def jitter(rng: np.random.Generator, amount: float) -> float:
    """Uniform in -amount..amount."""
    return float(rng.uniform(-amount, amount))


def words(*parts: str) -> str:
    """Parts joined by single blanks, empty ones left out."""
    return " ".join(part for part in parts if part)


NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
