"""A skia pen for drawn artwork: paths in a 100 x 100 box, in one of three plain renderings. Used while the atlas is built."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator

import numpy as np
import skia

BORDER = 10
"""Hundredths of the box about it: strokes and tips that reach beyond are not cut."""

SIZE = 304
"""Pixels of the canvas: a box of 100 is 253 px wide."""

Rgb = tuple[int, int, int]

_ARITY = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}


class Pen:
    """Filled and stroked shapes. rendering: "flat", "rim" (darker outlines) or "shaded" (lighter above, darker below)."""

    def __init__(self, rendering: str = "flat") -> None:
        self._surface = skia.Surface(SIZE, SIZE)
        self._canvas = self._surface.getCanvas()
        self._canvas.clear(skia.ColorTRANSPARENT)
        self._canvas.scale(SIZE / (100 + 2 * BORDER), SIZE / (100 + 2 * BORDER))
        self._canvas.translate(BORDER, BORDER)
        self.rendering = rendering

    def shape(self, path: skia.Path, rgb: Rgb) -> None:
        """Fill path in the pen's rendering."""
        paint = skia.Paint(AntiAlias=True, Color=skia.Color(*rgb))
        if self.rendering == "shaded":
            box = path.getBounds()
            light = tuple(int(c + (255 - c) * 0.28) for c in rgb)
            dark = tuple(int(c * (0.8 if min(rgb) < 200 else 0.91)) for c in rgb)
            points = [skia.Point(0, box.top()), skia.Point(0, box.bottom())]
            paint.setShader(skia.GradientShader.MakeLinear(points, [skia.Color(*light), skia.Color(*dark)]))
        self._canvas.drawPath(path, paint)
        if self.rendering == "rim":
            self.line(path, tuple(int(c * 0.55) for c in rgb), 1.6)

    def plain(self, path: skia.Path, rgb: Rgb, opacity: float = 1.0) -> None:
        """Fill path with the bare colour. opacity 0..1."""
        self._canvas.drawPath(path, skia.Paint(AntiAlias=True, Color=skia.Color(*rgb, round(255 * opacity))))

    def line(self, path: skia.Path, rgb: Rgb, width: float) -> None:
        """Stroke path with round ends; width in hundredths of the box."""
        self._canvas.drawPath(
            path,
            skia.Paint(
                AntiAlias=True, Color=skia.Color(*rgb), Style=skia.Paint.kStroke_Style, StrokeWidth=width,
                StrokeCap=skia.Paint.kRound_Cap, StrokeJoin=skia.Paint.kRound_Join,
            ),
        )  # fmt: skip

    def circle(self, x: float, y: float, r: float, rgb: Rgb) -> None:
        """A filled disc."""
        self.shape(skia.Path().addCircle(x, y, r), rgb)

    @contextlib.contextmanager
    def moved(self, x: float, y: float, degrees: float = 0.0, sx: float = 1.0, sy: float = 1.0) -> Iterator[None]:
        """Draw with the origin at (x, y), turned, then scaled."""
        self._canvas.save()
        self._canvas.translate(x, y)
        self._canvas.rotate(degrees)
        self._canvas.scale(sx, sy)
        yield
        self._canvas.restore()

    @contextlib.contextmanager
    def clipped(self, path: skia.Path, inside: bool = True) -> Iterator[None]:
        """Draw only inside (or outside) path."""
        self._canvas.save()
        self._canvas.clipPath(path, skia.ClipOp.kIntersect if inside else skia.ClipOp.kDifference, True)
        yield
        self._canvas.restore()

    def pixels(self) -> np.ndarray:
        """uint8 [SIZE, SIZE, 4], straight alpha."""
        return self._surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)


def svg_path(data: str) -> skia.Path:
    """A path from absolute SVG path data with the commands M, L, Q, C and Z."""
    tokens = re.findall(r"[MLQCZ]|-?\d+\.?\d*(?:e-?\d+)?|-?\.\d+", data)
    path, i, command = skia.Path(), 0, ""
    while i < len(tokens):
        if tokens[i] in _ARITY:
            command, i = tokens[i], i + 1
        values = [float(token) for token in tokens[i : i + _ARITY[command]]]
        {"M": path.moveTo, "L": path.lineTo, "Q": path.quadTo, "C": path.cubicTo, "Z": path.close}[command](*values)
        i += _ARITY[command]
    return path


def polygon(points: list[tuple[float, float]], closed: bool = True) -> skia.Path:
    """A path through points."""
    path = skia.Path()
    path.addPoly([skia.Point(x, y) for x, y in points], closed)
    return path


def oval(x0: float, y0: float, x1: float, y1: float) -> skia.Path:
    """The ellipse in a box."""
    return skia.Path().addOval(skia.Rect.MakeLTRB(x0, y0, x1, y1))


def block(x0: float, y0: float, x1: float, y1: float, radius: float = 0.0) -> skia.Path:
    """A box with rounded corners."""
    return skia.Path().addRoundRect(skia.Rect.MakeLTRB(x0, y0, x1, y1), radius, radius)


def star_path(x: float, y: float, r: float, points: int = 5, inner: float = 0.45) -> skia.Path:
    """A star about (x, y) with outer radius r."""
    corners = []
    for k in range(2 * points):
        radius = r if k % 2 == 0 else r * inner
        angle = math.pi * k / points - math.pi / 2
        corners.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return polygon(corners)


def heart_path(x: float, y: float, r: float) -> skia.Path:
    """A heart about (x, y), 2 r wide."""
    return svg_path(
        f"M {x} {y + 0.95 * r} C {x - 1.5 * r} {y - 0.05 * r} {x - 0.95 * r} {y - 1.15 * r} {x} {y - 0.4 * r} "
        f"C {x + 0.95 * r} {y - 1.15 * r} {x + 1.5 * r} {y - 0.05 * r} {x} {y + 0.95 * r} Z"
    )
