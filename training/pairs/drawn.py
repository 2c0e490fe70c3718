"""Things no emoji set has, drawn with skia: each in a few variants (0 and 1 for training, 2 for the evaluation classifier)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import skia

SIZE = 256
VARIANTS = 3

_Rgb = tuple[int, int, int]


class _Pen:
    """Filled and outlined shapes in a 100 x 100 box."""

    def __init__(self, outlined: bool) -> None:
        self.surface = skia.Surface(SIZE, SIZE)
        self.canvas = self.surface.getCanvas()
        self.canvas.clear(skia.ColorTRANSPARENT)
        self.canvas.scale(SIZE / 100, SIZE / 100)
        self.outlined = outlined

    def shape(self, path: skia.Path, rgb: _Rgb) -> None:
        """Fill path; with a darker rim when this variant has outlines."""
        self.canvas.drawPath(path, skia.Paint(AntiAlias=True, Color=skia.Color(*rgb)))
        if self.outlined:
            rim = tuple(int(c * 0.55) for c in rgb)
            self.line(path, rim, 1.6)

    def line(self, path: skia.Path, rgb: _Rgb, width: float) -> None:
        """Stroke path with round ends; width in hundredths of the box."""
        self.canvas.drawPath(
            path,
            skia.Paint(
                AntiAlias=True, Color=skia.Color(*rgb), Style=skia.Paint.kStroke_Style, StrokeWidth=width,
                StrokeCap=skia.Paint.kRound_Cap, StrokeJoin=skia.Paint.kRound_Join,
            ),
        )  # fmt: skip

    def circle(self, x: float, y: float, r: float, rgb: _Rgb) -> None:
        """A filled disc."""
        self.shape(skia.Path().addCircle(x, y, r), rgb)

    def pixels(self) -> np.ndarray:
        """uint8 [SIZE, SIZE, 4], straight alpha."""
        image = self.surface.makeImageSnapshot()
        return image.toarray(colorType=skia.kRGBA_8888_ColorType)


def polygon(points: list[tuple[float, float]], closed: bool = True) -> skia.Path:
    """A path through points."""
    path = skia.Path()
    path.addPoly([skia.Point(x, y) for x, y in points], closed)
    return path


def svg_path(data: str) -> skia.Path:
    """A path from SVG path data."""
    return skia.ParsePath.FromSVGString(data) if hasattr(skia, "ParsePath") else _parse(data)


def _parse(data: str) -> skia.Path:
    tokens = data.replace(",", " ").split()
    path, i = skia.Path(), 0
    arity = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
    while i < len(tokens):
        command = tokens[i]
        values = [float(t) for t in tokens[i + 1 : i + 1 + arity[command]]]
        {"M": path.moveTo, "L": path.lineTo, "Q": path.quadTo, "C": path.cubicTo, "Z": path.close}[command](*values)
        i += 1 + arity[command]
    return path


def _party_hat(pen: _Pen, variant: int) -> None:
    body, stripe, pom = [((236, 64, 122), (255, 214, 64), (64, 196, 255)), ((226, 60, 110), (255, 236, 140), (255, 255, 255)), ((214, 50, 96), (250, 220, 90), (90, 200, 240))][variant]
    cone = polygon([(50, 12), (80, 92), (20, 92)])
    pen.shape(cone, body)
    pen.canvas.save()
    pen.canvas.clipPath(cone, True)
    if variant == 1:
        for x, y in ((42, 78), (62, 82), (50, 58), (36, 92), (54, 38), (74, 96)):
            pen.circle(x, y, 5.5, stripe)
    else:
        for y in (34, 58, 82):
            pen.line(_parse(f"M 5 {y + 8} L 95 {y - 8}"), stripe, 8)
    pen.canvas.restore()
    pen.circle(50, 12, 9, pom)


def _cowboy_hat(pen: _Pen, variant: int) -> None:
    felt, band = [((166, 100, 52), (92, 50, 26)), ((184, 118, 64), (120, 30, 30)), ((150, 90, 50), (70, 40, 20))][variant]
    lift = (0, 4, -3)[variant]
    pen.shape(_parse(f"M 2 {52 - lift} Q 14 78 50 78 Q 86 78 98 {52 - lift} Q 100 84 50 88 Q 0 84 2 {52 - lift} Z"), felt)
    pen.shape(_parse("M 24 76 Q 24 30 36 26 Q 44 24 50 32 Q 56 24 64 26 Q 76 30 76 76 Q 50 84 24 76 Z"), felt)
    pen.shape(_parse("M 24.5 68 Q 50 78 75.5 68 L 76 76 Q 50 84 24 76 Z"), band)


def _wizard_hat(pen: _Pen, variant: int) -> None:
    cloth, mark = [((92, 60, 180), (255, 214, 64)), ((104, 66, 190), (255, 236, 150)), ((80, 56, 160), (250, 210, 80))][variant]
    tip = (62, 40, 56)[variant]
    pen.shape(_parse(f"M {tip} 4 Q 66 40 80 80 L 20 80 Q 36 44 {tip} 4 Z"), cloth)
    pen.shape(_parse("M 2 84 Q 50 66 98 84 Q 50 100 2 84 Z"), cloth)
    for x, y, r in ((50, 62, 8), (38, 74, 5), (62, 44, 4.5)):
        pen.canvas.drawPath(star_path(x, y, r), skia.Paint(AntiAlias=True, Color=skia.Color(*mark)))


def _bunny_ears(pen: _Pen, variant: int) -> None:
    fur, inner = [((250, 250, 250), (255, 170, 196)), ((244, 240, 236), (250, 150, 180)), ((240, 240, 244), (250, 160, 190))][variant]
    spread = (16, 21, 12)[variant]
    for side in (-1, 1):
        pen.canvas.save()
        pen.canvas.translate(50 + side * 19, 96)
        pen.canvas.rotate(side * spread)
        pen.shape(_parse("M -11 0 C -20 -40 -12 -90 0 -92 C 12 -90 20 -40 11 0 Z"), fur)
        pen.canvas.drawPath(_parse("M -5 -6 C -11 -40 -7 -78 0 -80 C 7 -78 11 -40 5 -6 Z"), skia.Paint(AntiAlias=True, Color=skia.Color(*inner)))
        pen.canvas.restore()


def _flower_crown(pen: _Pen, variant: int) -> None:
    petals = [((255, 110, 160), (255, 214, 64), (160, 100, 230)), ((255, 140, 90), (255, 255, 255), (240, 80, 140)), ((240, 90, 90), (250, 220, 90), (120, 140, 240))][variant]
    band = _parse("M 6 66 Q 50 30 94 66")
    pen.line(band, (70, 150, 70), 6)
    for i, t in enumerate((0.0, 0.2, 0.4, 0.6, 0.8, 1.0)):
        x, y = 8 + 84 * t, 66 - 36 * (1 - (2 * t - 1) ** 2) * 0.5
        _petals(pen, x, y, 9.5, 5, petals[i % 3], (255, 200, 60) if i % 3 != 1 else (200, 120, 40))


def _petals(pen: _Pen, x: float, y: float, r: float, count: int, petal: _Rgb, heart: _Rgb) -> None:
    for k in range(count):
        angle = 2 * math.pi * k / count - math.pi / 2
        pen.circle(x + r * 0.68 * math.cos(angle), y + r * 0.68 * math.sin(angle), r * 0.5, petal)
    pen.circle(x, y, r * 0.42, heart)


def _bow(pen: _Pen, variant: int) -> None:
    cloth = [(238, 60, 120), (230, 50, 90), (220, 60, 130)][variant]
    dark = tuple(int(c * 0.78) for c in cloth)
    if variant != 1:
        pen.shape(_parse("M 46 54 L 28 92 L 40 88 L 46 96 L 54 56 Z"), dark)
        pen.shape(_parse("M 54 54 L 72 92 L 60 88 L 54 96 L 46 56 Z"), dark)
    pen.shape(_parse("M 50 50 C 30 20 4 18 4 50 C 4 82 30 78 50 50 Z"), cloth)
    pen.shape(_parse("M 50 50 C 70 20 96 18 96 50 C 96 82 70 78 50 50 Z"), cloth)
    pen.shape(skia.Path().addRoundRect(skia.Rect.MakeLTRB(41, 38, 59, 62), 7, 7), dark)


def _halo(pen: _Pen, variant: int) -> None:
    gold, light = [((255, 200, 40), (255, 238, 150)), ((250, 210, 60), (255, 250, 200)), ((255, 190, 30), (255, 230, 130))][variant]
    flat = (17, 20, 14)[variant]
    ring = skia.Path().addOval(skia.Rect.MakeLTRB(7, 50 - flat, 93, 50 + flat))
    pen.line(ring, gold, 12)
    pen.line(ring, light, 4.5)


def _wings(pen: _Pen, variant: int) -> None:
    white, shade = [((250, 250, 252), (206, 218, 236)), ((252, 252, 252), (222, 214, 238)), ((244, 248, 252), (196, 210, 230))][variant]
    feathers = (7, 6, 8)[variant]
    rim = tuple(int(c * 0.8) for c in shade)
    for side in (-1, 1):
        pen.canvas.save()
        pen.canvas.translate(50, 60)
        pen.canvas.scale(side * 0.82, 0.82)
        # Feathers are rooted along an arm that rises from the shoulder; long ones first, the short covering row over them.
        for colour, length, spread in ((shade, 36, 1.0), (white, 22, 0.94)):
            for i in range(feathers):
                t = 1 - i / (feathers - 1)
                pen.canvas.save()
                pen.canvas.translate(3 + 25 * t * spread, 4 - 34 * math.sin(t * math.pi * 0.5) * spread)
                pen.canvas.rotate(78 - 98 * t)
                reach = length * (0.62 + 0.42 * t)
                feather = _parse(f"M -2 -5 C {reach * 0.5} -8 {reach} -6 {reach} 2 C {reach * 0.9} 7 {reach * 0.4} 8 -2 5 Z")
                pen.shape(feather, colour)
                if not pen.outlined:
                    pen.line(feather, rim, 1.2)
                pen.canvas.restore()
        arm = _parse("M 2 8 C 4 -14 16 -32 30 -34 C 34 -30 32 -24 26 -20 C 18 -12 12 0 8 8 Z")
        pen.shape(arm, white)
        pen.canvas.restore()


def _daisy(pen: _Pen, variant: int) -> None:
    count = (9, 8, 12)[variant]
    for k in range(count):
        pen.canvas.save()
        pen.canvas.translate(50, 50)
        pen.canvas.rotate(360 * k / count)
        pen.shape(skia.Path().addOval(skia.Rect.MakeLTRB(-10.5, -48, 10.5, -10)), (252, 252, 250))
        pen.canvas.restore()
    pen.circle(50, 50, 15, (255, 196, 30))


def _rainbow(pen: _Pen, variant: int) -> None:
    bands = ((232, 60, 60), (250, 150, 40), (252, 220, 60), (70, 180, 90), (60, 130, 230), (140, 80, 200))
    width = (5.6, 6.4, 5.0)[variant]
    for k, rgb in enumerate(bands):
        r = 47 - k * width
        pen.line(_parse(f"M {50 - r} 60 C {50 - r} {60 - r * 1.32} {50 + r} {60 - r * 1.32} {50 + r} 60"), rgb, width + 0.3)


def star_path(x: float, y: float, r: float, points: int = 5, inner: float = 0.45) -> skia.Path:
    """A star about (x, y) with outer radius r."""
    corners = []
    for k in range(2 * points):
        radius = r if k % 2 == 0 else r * inner
        angle = math.pi * k / points - math.pi / 2
        corners.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return polygon(corners)


_DRAWERS: dict[str, Callable[[_Pen, int], None]] = {
    "party hat": _party_hat,
    "cowboy hat": _cowboy_hat,
    "wizard hat": _wizard_hat,
    "bunny ears": _bunny_ears,
    "flower crown": _flower_crown,
    "bow": _bow,
    "halo": _halo,
    "wings": _wings,
    "daisy": _daisy,
    "rainbow": _rainbow,
}
DRAWN = tuple(_DRAWERS)
"""Names of the things this module draws."""


def draw(name: str, variant: int) -> np.ndarray:
    """Picture of a thing in DRAWN: uint8 [256, 256, 4], straight alpha. variant 0 is flat, 1 has a dark rim, 2 is held out."""
    pen = _Pen(outlined=variant == 1)
    _DRAWERS[name](pen, variant)
    return pen.pixels()
