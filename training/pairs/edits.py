"""The edits' painters: each paints on a Layer; none knows about instructions."""

from __future__ import annotations

import cv2
import numpy as np
import skia

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
    behind.occlude(scene.matte)
    behind.over(front.colour, front.alpha)
    return behind


def paint_outline(scene: Scene, colour: str, thickness: float, offset: float) -> Layer:
    """A smooth even line about the silhouette. thickness, offset: relative to sqrt(H * W)."""
    matte = cv2.GaussianBlur(scene.matte, (0, 0), scene.scale / 80)
    outside = (matte < 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    half = thickness * scene.scale / 2
    middle = offset * scene.scale + half
    alpha = np.clip(0.5 + half - np.abs(distance - middle), 0.0, 1.0)
    layer = Layer(scene.height, scene.width)
    layer.fill(PALETTE[colour], (alpha * outside).astype(np.float32))
    return layer


PATTERNS = ("stripes", "polka dots", "zigzags", "checks", "rays")


def paint_pattern(scene: Scene, pattern: str, colour: str, opacity: float) -> Layer:
    """A flat translucent pattern over the background. pattern: one of PATTERNS; opacity 0..1."""
    mask = _Mask(scene)
    canvas = mask.canvas
    s, w, h = scene.scale, scene.width, scene.height
    paint = skia.Paint(AntiAlias=True, Color=skia.ColorWHITE)
    if pattern == "stripes":
        _stroke(paint, s / 11)
        for k in range(-12, 24):
            canvas.drawLine(k * s / 5.2, -s, k * s / 5.2 + 2 * s, s * 2, paint)
    elif pattern == "polka dots":
        step = s / 4.2
        for row in range(int(h / step) + 2):
            for column in range(int(w / step) + 2):
                canvas.drawCircle((column + 0.5 * (row % 2)) * step, (row + 0.3) * step, step * 0.33, paint)
    elif pattern == "zigzags":
        _stroke(paint, s / 13)
        step = s / 5
        for row in range(int(h / step) + 2):
            points = [skia.Point(k * step / 2, row * step + (0 if k % 2 else step / 2)) for k in range(int(2 * w / step) + 3)]
            path = skia.Path()
            path.addPoly(points, False)
            canvas.drawPath(path, paint)
    elif pattern == "checks":
        step = s / 6
        for row in range(int(h / step) + 1):
            for column in range(row % 2, int(w / step) + 1, 2):
                canvas.drawRect(skia.Rect.MakeXYWH(column * step, row * step, step, step), paint)
    else:
        x, y = _focus(scene)
        reach = 2 * s
        for k in range(12):
            first, last = (2 * k) * np.pi / 12, (2 * k + 1) * np.pi / 12
            path = skia.Path().moveTo(x, y)
            path.lineTo(x + reach * np.cos(first), y + reach * np.sin(first))
            path.lineTo(x + reach * np.cos(last), y + reach * np.sin(last)).close()
            canvas.drawPath(path, paint)
    return _masked_fill(scene, mask.pixels, colour, opacity)


BANDS = ("wavy band", "swirl", "brush stroke", "ring")


def paint_band(scene: Scene, shape: str, colour: str) -> Layer:
    """One bold flowing shape behind the subject. shape: one of BANDS."""
    mask = _Mask(scene)
    canvas = mask.canvas
    s, w = scene.scale, scene.width
    x, y = _focus(scene)
    paint = skia.Paint(AntiAlias=True, Color=skia.ColorWHITE)
    _stroke(paint, s / 7)
    path = skia.Path()
    if shape == "wavy band":
        for k in range(81):
            px = -0.1 * w + 1.2 * w * k / 80
            py = y + 0.11 * s * np.sin(2 * np.pi * px / (0.62 * s))
            path.moveTo(px, py) if k == 0 else path.lineTo(px, py)
    elif shape == "swirl":
        _stroke(paint, s / 12)
        for k in range(121):
            turn = 2.6 * 2 * np.pi * k / 120
            radius = 0.05 * s + 0.43 * s * k / 120
            px, py = x + radius * np.cos(turn), y + radius * np.sin(turn)
            path.moveTo(px, py) if k == 0 else path.lineTo(px, py)
    elif shape == "brush stroke":
        _stroke(paint, s / 4.5)
        path.moveTo(x - 0.42 * s, y + 0.3 * s).quadTo(x, y - 0.1 * s, x + 0.42 * s, y - 0.34 * s)
    else:
        _stroke(paint, s / 11)
        path.addCircle(x, y, 0.36 * s)
    canvas.drawPath(path, paint)
    return _masked_fill(scene, mask.pixels, colour, 1.0)


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


class _Mask:
    """An 8-bit coverage picture [H, W] and the skia canvas that draws into it."""

    def __init__(self, scene: Scene) -> None:
        self.pixels = np.zeros((scene.height, scene.width), np.uint8)
        # The canvas draws into memory that the surface borrows, so both are kept alive here.
        self._surface = skia.Surface.MakeRasterDirect(skia.ImageInfo.MakeA8(scene.width, scene.height), self.pixels)
        self.canvas = self._surface.getCanvas()


def _stroke(paint: skia.Paint, width: float) -> None:
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeWidth(width)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.setStrokeJoin(skia.Paint.kRound_Join)


def _masked_fill(scene: Scene, pixels: np.ndarray, colour: str, opacity: float) -> Layer:
    layer = Layer(scene.height, scene.width)
    layer.fill(PALETTE[colour], pixels.astype(np.float32) * (opacity / 255.0))
    layer.occlude(scene.matte)
    return layer
