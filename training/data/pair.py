"""The training pair: a photo and the elements drawn on it, each a complete layer apart from the photo."""

from dataclasses import dataclass, field

import cv2
import numpy as np

ALPHA_FLOOR = 2.0 / 255.0  # Alpha below this is dropped to exactly 0, so that "outside the doodle" is an exact notion
KINDS = ("front", "behind", "both", "whole")  # How it lies to the subject; whole: spread over all of the photo

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in pixels of the photo; may reach beyond it


@dataclass
class Element:
    """One drawn thing, whole where the subject or the photo's edge hides it.

    layer: float32 [h, w, 5], 0..1: red, green, blue premultiplied, alpha, front times alpha. x, y: the layer's top left
    corner in pixels of the photo (may be negative). box: where the thing itself is; the photo's own for kind "whole".
    words: (start, end) of its noun phrase. kind: one of KINDS. thing, colour, anchor: what it is, its named colour,
    where."""

    layer: np.ndarray
    x: int
    y: int
    box: Box
    words: tuple[int, int]
    kind: str
    thing: str
    colour: str | None = None
    anchor: str = ""

    def crop(self, box: Box, width: int, height: int) -> np.ndarray:
        """The layer inside a box of the photo, resampled to float32 [height, width, 5]; zero where the layer ends."""
        x0, y0, x1, y1 = box
        return resample(self.layer, (x0 - self.x, y0 - self.y, x1 - self.x, y1 - self.y), width, height)


@dataclass
class Pair:
    """One sample. image: uint8 [H, W, 3], RGB. matte: float32 [H, W], 0..1, the share of the subject (zero where none
    is known). elements: in the order they are painted. text: the instruction. meta: json-able facts."""

    image: np.ndarray
    matte: np.ndarray
    elements: list[Element]
    text: str
    meta: dict = field(default_factory=dict)

    def words(self, element: Element) -> str:
        """An element's own noun phrase as the instruction has it."""
        return self.text[slice(*element.words)]


def resample(picture: np.ndarray, box: Box, width: int, height: int, beyond: int = cv2.BORDER_CONSTANT) -> np.ndarray:
    """A box of an array (float32 or uint8 [h, w] or [h, w, C]) at [height, width, C], averaged where it shrinks.
    beyond: what OpenCV takes to lie beyond its edges, else zero."""
    if picture.ndim == 3 and picture.shape[2] > 4:  # OpenCV takes four channels at most
        return np.dstack([resample(part, box, width, height, beyond) for part in np.split(picture, [4], axis=2)])
    picture, (x0, y0, x1, y1) = np.ascontiguousarray(picture), box
    shrink = min(1.0, 2.0 * width / (x1 - x0), 2.0 * height / (y1 - y0))
    if shrink < 1:  # bilinear sampling reaches two pixels only: what shrinks further is averaged first
        small = max(1, round(picture.shape[1] * shrink)), max(1, round(picture.shape[0] * shrink))
        fx, fy = small[0] / picture.shape[1], small[1] / picture.shape[0]
        picture = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        x0, x1, y0, y1 = x0 * fx, x1 * fx, y0 * fy, y1 * fy
    sx, sy = width / (x1 - x0), height / (y1 - y0)
    # Pixel centres are at halves here and at whole numbers in OpenCV.
    matrix = np.array([[sx, 0, (0.5 - x0) * sx - 0.5], [0, sy, (0.5 - y0) * sy - 0.5]])
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=beyond)


class Layer:
    """A canvas of the photo's size that a renderer paints one element on; its front plane says what lies before the
    subject. colour: float32 [h, w, 3], 0..255 times alpha; alpha, front: float32 [h, w], 0..1, front times alpha."""

    def __init__(self, height: int, width: int) -> None:
        self.shape = (height, width)
        self.colour = np.zeros((height, width, 3), np.float32)
        self.alpha = np.zeros((height, width), np.float32)
        self.front = np.zeros((height, width), np.float32)

    def over(self, colour: np.ndarray, alpha: np.ndarray, x: int = 0, y: int = 0, front: float = 1.0) -> None:
        """Paint premultiplied colour [h, w, 3] and alpha [h, w] over the layer at (x, y), a share `front` in front."""
        here = slice(y, y + alpha.shape[0]), slice(x, x + alpha.shape[1])
        keep = 1.0 - alpha
        self.colour[here] = self.colour[here] * keep[..., None] + colour
        self.alpha[here] = self.alpha[here] * keep + alpha
        self.front[here] = self.front[here] * keep + alpha * np.float32(front)

    def fill(self, rgb: tuple[int, int, int], alpha: np.ndarray, front: float = 1.0) -> None:
        """Paint one colour (0..255) through alpha [h, w] of the canvas over the layer."""
        self.over(alpha[..., None] * np.asarray(rgb, np.float32), alpha, front=front)

    @property
    def planes(self) -> np.ndarray:
        """float32 [h, w, 5], 0..1, as an element has them."""
        return np.dstack([self.colour / 255.0, self.alpha, self.front])

    def whole(self, thing: str, colour: str, anchor: str) -> Element:
        """The layer as an element of kind "whole", its words not yet known."""
        height, width = self.shape
        box = (0.0, 0.0, float(width), float(height))
        return Element(_floored(self.planes), 0, 0, box, (0, 0), "whole", thing, colour, anchor)


def element_at(planes: np.ndarray, x: int, y: int, thing: str, colour: str | None, anchor: str) -> Element:
    """What is painted of float32 [h, w, 5], 0..1, at (x, y) of the photo; no words yet. Raises ValueError for
    nothing."""
    planes, dx, dy = trimmed(planes)
    x, y = x + dx, y + dy
    box = float(x), float(y), float(x + planes.shape[1]), float(y + planes.shape[0])
    front = float(planes[..., 4].sum()) / max(float(planes[..., 3].sum()), 1e-6)
    kind = "front" if front > 0.98 else "behind" if front < 0.02 else "both"
    return Element(planes, x, y, box, (0, 0), kind, thing, colour, anchor)


def pictured(
    picture: np.ndarray, front: float | np.ndarray, x: float, y: float, thing: str, colour: str | None, anchor: str
) -> Element:
    """A premultiplied picture, float32 [h, w, 4], colours 0..255, alpha 0..1, with its middle at (x, y) of the photo.
    front: its share before the subject, or float32 [h, w], already times alpha."""
    height, width = picture.shape[:2]
    alpha = picture[..., 3]
    before = front if isinstance(front, np.ndarray) else alpha * np.float32(front)
    planes = np.dstack([picture[..., :3] / 255.0, alpha, before])
    return element_at(planes, round(x - width / 2), round(y - height / 2), thing, colour, anchor)


def _floored(planes: np.ndarray) -> np.ndarray:
    planes = np.clip(planes, 0.0, 1.0)
    planes[planes[..., 3] < ALPHA_FLOOR] = 0.0
    return planes


def trimmed(planes: np.ndarray) -> tuple[np.ndarray, int, int]:
    """(what is painted of float32 [h, w, 5], its left, its top). Raises ValueError when nothing is."""
    planes = _floored(planes)
    rows, cols = np.flatnonzero(planes[..., 3].any(axis=1)), np.flatnonzero(planes[..., 3].any(axis=0))
    if not len(rows):
        raise ValueError("the layer is empty: paint something on it before it becomes an element")
    part = planes[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    return np.ascontiguousarray(part), int(cols[0]), int(rows[0])


def shown(pair: Pair, elements: list[Element] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """What is seen of the elements (all without): colour float32 [H, W, 3], 0..1, premultiplied, and alpha float32 [H,
    W]. Shown alpha = alpha (front + (1 - front) (1 - matte)), the colour likewise."""
    height, width = pair.matte.shape
    colour, alpha = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    for element in pair.elements if elements is None else elements:
        h, w = element.layer.shape[:2]
        x0, y0, x1, y1 = max(0, element.x), max(0, element.y), min(width, element.x + w), min(height, element.y + h)
        if x0 >= x1 or y0 >= y1:
            continue
        here = slice(y0, y1), slice(x0, x1)
        planes = element.layer[y0 - element.y : y1 - element.y, x0 - element.x : x1 - element.x]
        # front is times alpha already, so the shown share of alpha is front + (alpha - front) (1 - matte).
        own = planes[..., 4] + (planes[..., 3] - planes[..., 4]) * (1.0 - pair.matte[here])
        share = own / np.maximum(planes[..., 3], 1e-6)
        keep = 1.0 - own
        colour[here] = colour[here] * keep[..., None] + planes[..., :3] * share[..., None]
        alpha[here] = alpha[here] * keep + own
    return colour, alpha


def composite(pair: Pair, elements: list[Element] | None = None) -> np.ndarray:
    """The visible picture, uint8 [H, W, 3]; equal to the photo where nothing is drawn."""
    colour, alpha = shown(pair, elements)
    drawn = alpha >= ALPHA_FLOOR
    picture = pair.image.copy()
    mixed = pair.image[drawn] * (1.0 - alpha[drawn][:, None]) + colour[drawn] * 255.0
    picture[drawn] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return picture
