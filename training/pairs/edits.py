"""The edits' painters: each paints on a Layer; none knows about instructions."""

from __future__ import annotations

import cv2
import numpy as np

from .anchors import Scene, Spot
from .artwork import Artwork, Sprite
from .pair import Layer
from .palette import PALETTE


def paste(layer: Layer, picture: np.ndarray, x: float, y: float, angle: float = 0.0) -> None:
    """Paint a premultiplied picture (float32 [h, w, 4], colours 0..255, alpha 0..1) centred at (x, y), turned by angle degrees."""
    if angle:
        picture = _turned(picture, angle)
    height, width = layer.shape
    h, w = picture.shape[:2]
    left, top = round(x - w / 2), round(y - h / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + w), min(height, top + h)
    if x0 >= x1 or y0 >= y1:
        return
    part = picture[y0 - top : y1 - top, x0 - left : x1 - left]
    layer.over(part[..., :3], part[..., 3], x0, y0)


def _turned(picture: np.ndarray, angle: float) -> np.ndarray:
    h, w = picture.shape[:2]
    side = int(np.ceil(np.hypot(h, w)))
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1.0)
    matrix[:, 2] += (side - w) / 2, (side - h) / 2
    return cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)


def paint_things(
    scene: Scene, artwork: Artwork, sprite: Sprite, spots: list[Spot], colour: str | None, angles: list[float]
) -> Layer:
    """All spots filled with the same artwork; spots behind the subject are occluded by its matte."""
    behind, front = Layer(scene.height, scene.width), Layer(scene.height, scene.width)
    for spot, angle in zip(spots, angles, strict=True):
        picture = artwork.picture(sprite, spot.width, spot.height, colour, spot.mirrored)
        paste(behind if spot.behind else front, picture, spot.x, spot.y, angle)
    if not any(spot.behind for spot in spots):
        return front
    behind.occlude(scene.matte)
    if not all(spot.behind for spot in spots):
        behind.over(front.colour, front.alpha)
    return behind


OUTLINES = ("solid", "dashed", "dotted", "glow")


def paint_outline(scene: Scene, colour: str, thickness: float, offset: float, look: str = "solid") -> Layer:
    """A smooth even line about the silhouette. thickness, offset: relative to sqrt(H * W); look: one of OUTLINES."""
    matte = cv2.GaussianBlur(scene.matte, (0, 0), scene.scale / 80)
    outside = (matte < 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    half = thickness * scene.scale / 2
    middle = offset * scene.scale + half
    if look == "glow":
        alpha = np.clip(1.25 - distance / (5.0 * half), 0.0, 1.0) ** 1.5
    elif look == "solid":
        alpha = np.clip(0.5 + half - np.abs(distance - middle), 0.0, 1.0)
    else:
        alpha = _beads(distance, middle, half, look == "dotted")
    layer = Layer(scene.height, scene.width)
    layer.fill(PALETTE[colour], (alpha * outside).astype(np.float32))
    # The smoothed silhouette cuts corners of the subject that the line must not run over.
    layer.occlude(scene.matte)
    return layer


def _beads(distance: np.ndarray, middle: float, half: float, dots: bool) -> np.ndarray:
    """Dots or dashes along the line at `middle` pixels from the silhouette: coverage float32 [H, W]."""
    canvas = _Canvas(*distance.shape)
    contours, _ = cv2.findContours((distance <= middle).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        points = contour[:, 0].astype(np.float64) + 0.5
        steps = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
        walked = np.concatenate(([0.0], np.cumsum(steps)))
        period = half * (5.0 if dots else 9.0)
        count = int(walked[-1] / period)
        if count < 3:
            continue
        for start in np.arange(count) * walked[-1] / count:
            if dots:
                canvas.disc(*points[np.searchsorted(walked[:-1], start) % len(points)], 1.5 * half)
            else:
                span = np.searchsorted(walked[:-1], (start, start + 4.5 * half))
                canvas.line(points[span[0] : span[1] + 1], 2 * half)
    return canvas.coverage()


PATTERNS = (
    "stripes", "polka dots", "zigzags", "checks", "rays", "waves", "vertical stripes", "grid", "bricks", "rings", "confetti", "bubbles",
)  # fmt: skip


def paint_pattern(scene: Scene, pattern: str, colour: str, opacity: float) -> Layer:
    """A flat translucent pattern over the background. pattern: one of PATTERNS; opacity 0..1."""
    canvas = _Canvas(scene.height, scene.width)
    _PATTERN_PAINTERS[pattern](canvas, scene)
    return _masked_fill(scene, canvas.coverage(), colour, opacity)


def _stripes(canvas: _Canvas, scene: Scene) -> None:
    s = scene.scale
    for k in range(-12, 24):
        canvas.line([(k * s / 5.2, -s), (k * s / 5.2 + 2 * s, s * 2)], s / 11)


def _vertical_stripes(canvas: _Canvas, scene: Scene) -> None:
    step = scene.scale / 6
    for x in np.arange(0.5 * step, scene.width + step, step):
        canvas.line([(x, -step), (x, scene.height + step)], 0.5 * step)


def _lattice_points(scene: Scene, step: float) -> list[tuple[float, float]]:
    """Points of a staggered lattice over the picture."""
    rows, columns = int(scene.height / step) + 2, int(scene.width / step) + 2
    return [((column + 0.5 * (row % 2)) * step, (row + 0.3) * step) for row in range(rows) for column in range(columns)]


def _polka_dots(canvas: _Canvas, scene: Scene) -> None:
    step = scene.scale / 4.2
    for x, y in _lattice_points(scene, step):
        canvas.disc(x, y, step * 0.33)


def _bubbles(canvas: _Canvas, scene: Scene) -> None:
    step = scene.scale / 3.9
    for k, (x, y) in enumerate(_lattice_points(scene, step)):
        r = step * (0.36, 0.24, 0.3)[k % 3]
        canvas.ring(x, y, r, step * 0.09)
        canvas.line([(x - 0.4 * r, y - 0.3 * r), (x - 0.25 * r, y - 0.42 * r)], step * 0.07)


def _confetti(canvas: _Canvas, scene: Scene) -> None:
    step = scene.scale / 5.2
    for k, (x, y) in enumerate(_lattice_points(scene, step)):
        angle = 2.4 * k
        dx, dy = 0.24 * step * np.cos(angle), 0.24 * step * np.sin(angle)
        canvas.line([(x - dx, y - dy), (x + dx, y + dy)], step * 0.26)


def _rings(canvas: _Canvas, scene: Scene) -> None:
    x, y = _focus(scene)
    for radius in np.arange(0.12, 1.6, 0.17) * scene.scale:
        canvas.ring(x, y, radius, scene.scale / 14)


def _zigzags(canvas: _Canvas, scene: Scene) -> None:
    step = scene.scale / 5
    for row in range(int(scene.height / step) + 2):
        ys = (row * step, row * step + step / 2)
        canvas.line([(k * step / 2, ys[k % 2 == 0]) for k in range(int(2 * scene.width / step) + 3)], scene.scale / 13)


def _waves(canvas: _Canvas, scene: Scene) -> None:
    step = scene.scale / 5
    xs = np.linspace(-step, scene.width + step, 120)
    for row in range(int(scene.height / step) + 2):
        canvas.line(np.stack([xs, (row + 0.3) * step + 0.22 * step * np.sin(2 * np.pi * xs / (1.5 * step))], axis=1), step * 0.36)


def _checks(canvas: _Canvas, scene: Scene) -> None:
    step = scene.scale / 6
    for row in range(int(scene.height / step) + 1):
        for column in range(row % 2, int(scene.width / step) + 1, 2):
            canvas.box(column * step, row * step, step, step)


def _grid(canvas: _Canvas, scene: Scene) -> None:
    step = scene.scale / 5.5
    for x in np.arange(0.5 * step, scene.width, step):
        canvas.line([(x, -step), (x, scene.height + step)], step / 4.5)
    for y in np.arange(0.5 * step, scene.height, step):
        canvas.line([(-step, y), (scene.width + step, y)], step / 4.5)


def _bricks(canvas: _Canvas, scene: Scene) -> None:
    tall, wide = scene.scale / 8, scene.scale / 4
    for row in range(int(scene.height / tall) + 1):
        for column in range(-1, int(scene.width / wide) + 1):
            canvas.box((column + 0.5 * (row % 2)) * wide, row * tall, wide * 0.92, tall * 0.84)


def _rays(canvas: _Canvas, scene: Scene) -> None:
    x, y = _focus(scene)
    for k in range(12):
        angles = (2 * k) * np.pi / 12, (2 * k + 1) * np.pi / 12
        canvas.polygon([(x, y), *((x + 2 * scene.scale * np.cos(a), y + 2 * scene.scale * np.sin(a)) for a in angles)])


BANDS = ("wavy band", "swirl", "brush stroke", "ring", "disc", "diamond", "big heart", "big star", "cross")


def paint_band(scene: Scene, shape: str, colour: str) -> Layer:
    """One bold flat shape behind the subject. shape: one of BANDS."""
    canvas = _Canvas(scene.height, scene.width)
    s, w = scene.scale, scene.width
    x, y = _focus(scene)
    if shape == "wavy band":
        xs = np.linspace(-0.1 * w, 1.1 * w, 81)
        canvas.line(np.stack([xs, y + 0.11 * s * np.sin(2 * np.pi * xs / (0.62 * s))], axis=1), s / 7)
    elif shape == "swirl":
        turn = np.linspace(0, 2.6 * 2 * np.pi, 121)
        radius = np.linspace(0.05, 0.48, 121) * s
        canvas.line(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1), s / 12)
    elif shape == "brush stroke":
        t = np.linspace(0, 1, 41)[:, None]
        ends = np.array([(x - 0.42 * s, y + 0.3 * s), (x, y - 0.1 * s), (x + 0.42 * s, y - 0.34 * s)])
        canvas.line((1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * ends[1] + t**2 * ends[2], s / 4.5)
    elif shape == "ring":
        canvas.ring(x, y, 0.36 * s, s / 11)
    elif shape == "disc":
        canvas.disc(x, y, 0.4 * s)
    elif shape == "diamond":
        canvas.polygon([(x, y - 0.52 * s), (x + 0.44 * s, y), (x, y + 0.52 * s), (x - 0.44 * s, y)])
    elif shape == "big heart":
        t = np.linspace(0, 2 * np.pi, 80)
        outline = np.stack([16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))], axis=1)
        canvas.polygon(outline * (0.48 * s / 16) + (x, y))
    elif shape == "big star":
        angles, radii = np.arange(10) * np.pi / 5 - np.pi / 2, np.where(np.arange(10) % 2, 0.26, 0.56) * s
        canvas.polygon(np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1))
    else:
        for side in (-1, 1):
            canvas.line([(x - 0.36 * s, y - side * 0.36 * s), (x + 0.36 * s, y + side * 0.36 * s)], s / 7)
    return _masked_fill(scene, canvas.coverage(), colour, 1.0)


FRAMES = ("plain frame", "rounded frame", "dotted frame", "scalloped frame")


def paint_frame(scene: Scene, look: str, colour: str) -> Layer:
    """A border along the picture's edges, in front of everything. look: one of FRAMES."""
    s, w, h = scene.scale, scene.width, scene.height
    canvas, hole = _Canvas(h, w), _Canvas(h, w)
    canvas.box(0, 0, w, h)
    inset = 0.065 * s
    if look == "plain frame":
        hole.box(inset, inset, w - 2 * inset, h - 2 * inset)
    elif look == "rounded frame":
        radius = 0.14 * s
        x0, y0, x1, y1 = inset + radius, inset + radius, w - inset - radius, h - inset - radius
        hole.box(x0, inset, x1 - x0, h - 2 * inset)
        hole.box(inset, y0, w - 2 * inset, y1 - y0)
        for x in (x0, x1):
            for y in (y0, y1):
                hole.disc(x, y, radius)
    else:
        radius = 0.052 * s if look == "dotted frame" else 0.062 * s
        canvas = _Canvas(h, w)
        across, down = max(4, round(w / (2.3 * radius))), max(4, round(h / (2.3 * radius)))
        near = 1.15 * radius if look == "dotted frame" else 0.5 * radius
        for t in np.linspace(0, 1, across):
            for y in (near, h - near):
                canvas.disc(near + t * (w - 2 * near), y, radius)
        for t in np.linspace(0, 1, down):
            for x in (near, w - near):
                canvas.disc(x, near + t * (h - 2 * near), radius)
        if look == "scalloped frame":
            for line in ([(0, 0), (w, 0)], [(0, h), (w, h)], [(0, 0), (0, h)], [(w, 0), (w, h)]):
                canvas.line(line, 1.6 * radius)
    layer = Layer(h, w)
    layer.fill(PALETTE[colour], np.clip(canvas.coverage() - hole.coverage(), 0.0, 1.0))
    return layer


def paint_backdrop(scene: Scene, colour: str) -> Layer:
    """The whole background in one colour, the subject left as it is."""
    return _masked_fill(scene, np.ones((scene.height, scene.width), np.float32), colour, 1.0)


def paint_tint(scene: Scene, colour: str) -> Layer:
    """The subject in one flat colour; shade_tint then gives it the photo's own light and shade."""
    layer = Layer(scene.height, scene.width)
    layer.fill(PALETTE[colour], scene.matte.astype(np.float32))
    return layer


def shade_tint(layer: Layer, photo: np.ndarray) -> None:
    """Give a tint layer the photo's light and shade; photo uint8 [H, W, 3]."""
    grey = photo.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    inside = grey[layer.alpha > 0.5]
    if inside.size == 0:
        return
    # Black coats must not stay black nor white fur white: the subject's own range is spread over shades of the colour.
    dark, bright = np.percentile(inside, (4, 96))
    tone = np.clip((grey - dark) / max(bright - dark, 48.0), 0.0, 1.0)[..., None]
    colour = layer.colour / np.maximum(layer.alpha, 1e-4)[..., None]
    shaded = colour * (0.4 + 0.75 * np.minimum(tone, 0.8))
    layer.colour = (shaded + (255.0 - shaded) * 1.6 * np.maximum(tone - 0.8, 0.0)) * layer.alpha[..., None]


def _focus(scene: Scene) -> tuple[float, float]:
    """The point that bands and rays are centred at: the subject's upper middle, or the picture's middle."""
    if scene.box is None:
        return scene.width / 2, scene.height / 2
    x0, y0, x1, y1 = scene.box
    return (x0 + x1) / 2, y0 + 0.42 * (y1 - y0)


class _Canvas:
    """A coverage picture of [H, W] pixels that shapes are drawn into, at twice the size for smooth edges. Lengths: pixels."""

    _SHIFT = 4
    """Bits of sub-pixel position that OpenCV takes."""

    def __init__(self, height: int, width: int) -> None:
        self._pixels = np.zeros((2 * height, 2 * width), np.uint8)

    def _fixed(self, points) -> np.ndarray:
        # Pixel centres are at whole numbers in OpenCV, edges at whole numbers here.
        return np.rint((2 * np.asarray(points, np.float64) - 0.5) * (1 << self._SHIFT)).astype(np.int32)

    def line(self, points, width: float) -> None:
        """A stroke with round ends through points [n, 2]."""
        fixed = self._fixed(points)
        cv2.polylines(self._pixels, [fixed.reshape(-1, 1, 2)], False, 255, max(1, round(2 * width)), cv2.LINE_AA, self._SHIFT)

    def disc(self, x: float, y: float, radius: float) -> None:
        """A filled circle."""
        centre = tuple(map(int, self._fixed((x, y))))
        cv2.circle(self._pixels, centre, round(2 * radius * (1 << self._SHIFT)), 255, -1, cv2.LINE_AA, self._SHIFT)

    def ring(self, x: float, y: float, radius: float, width: float) -> None:
        """A circle's line."""
        centre = tuple(map(int, self._fixed((x, y))))
        size = max(1, round(2 * width))
        cv2.circle(self._pixels, centre, round(2 * radius * (1 << self._SHIFT)), 255, size, cv2.LINE_AA, self._SHIFT)

    def polygon(self, points) -> None:
        """A filled polygon."""
        cv2.fillPoly(self._pixels, [self._fixed(points).reshape(-1, 1, 2)], 255, cv2.LINE_AA, self._SHIFT)

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A filled upright box."""
        self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])

    def coverage(self) -> np.ndarray:
        """float32 [H, W], 0..1."""
        height, width = self._pixels.shape
        return cv2.resize(self._pixels, (width // 2, height // 2), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0


_PATTERN_PAINTERS = dict(
    zip(
        PATTERNS,
        (_stripes, _polka_dots, _zigzags, _checks, _rays, _waves, _vertical_stripes, _grid, _bricks, _rings, _confetti, _bubbles),
        strict=True,
    )
)


def _masked_fill(scene: Scene, coverage: np.ndarray, colour: str, opacity: float) -> Layer:
    layer = Layer(scene.height, scene.width)
    layer.fill(PALETTE[colour], coverage * np.float32(opacity))
    layer.occlude(scene.matte)
    return layer
