"""Things no emoji set has, drawn with skia while the atlas is built: variants 0, 1 and 3 for training, 2 for evaluation.

Only fetch_artwork.py and the tests import this: composing pairs needs no skia.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .artwork import Sprite, trim
from .drawn_face import FACE_DRAWERS
from .drawn_worn import WORN_DRAWERS
from .pen import Pen, Rgb, block, oval, polygon, star_path, svg_path



def _party_hat(pen: Pen, variant: int) -> None:
    body, stripe, pom = [((236, 64, 122), (255, 214, 64), (64, 196, 255)), ((226, 60, 110), (255, 236, 140), (255, 255, 255)), ((214, 50, 96), (250, 220, 90), (90, 200, 240)), ((228, 70, 140), (120, 220, 240), (255, 224, 90))][variant]
    cone = polygon([(50, 12), (80, 92), (20, 92)])
    pen.shape(cone, body)
    with pen.clipped(cone):
        if variant == 1:
            for x, y in ((42, 78), (62, 82), (50, 58), (36, 92), (54, 38), (74, 96)):
                pen.circle(x, y, 5.5, stripe)
        else:
            for y in (34, 58, 82):
                pen.line(svg_path(f"M 5 {y + 8} L 95 {y - 8}"), stripe, 8)
    pen.circle(50, 12, 9, pom)


def _cowboy_hat(pen: Pen, variant: int) -> None:
    felt, band = [((166, 100, 52), (92, 50, 26)), ((184, 118, 64), (120, 30, 30)), ((150, 90, 50), (70, 40, 20)), ((176, 112, 70), (70, 44, 34))][variant]
    lift = (0, 4, -3, 6)[variant]
    pen.shape(svg_path(f"M 2 {52 - lift} Q 14 78 50 78 Q 86 78 98 {52 - lift} Q 100 84 50 88 Q 0 84 2 {52 - lift} Z"), felt)
    pen.shape(svg_path("M 24 76 Q 24 30 36 26 Q 44 24 50 32 Q 56 24 64 26 Q 76 30 76 76 Q 50 84 24 76 Z"), felt)
    pen.shape(svg_path("M 24.5 68 Q 50 78 75.5 68 L 76 76 Q 50 84 24 76 Z"), band)


def _wizard_hat(pen: Pen, variant: int) -> None:
    cloth, mark = [((92, 60, 180), (255, 214, 64)), ((104, 66, 190), (255, 236, 150)), ((80, 56, 160), (250, 210, 80)), ((88, 72, 190), (255, 226, 110))][variant]
    tip = (62, 40, 56, 48)[variant]
    pen.shape(svg_path(f"M {tip} 4 Q 66 40 80 80 L 20 80 Q 36 44 {tip} 4 Z"), cloth)
    pen.shape(svg_path("M 2 84 Q 50 66 98 84 Q 50 100 2 84 Z"), cloth)
    for x, y, r in ((50, 62, 8), (38, 74, 5), (62, 44, 4.5)):
        pen.plain(star_path(x, y, r), mark)


def _bunny_ears(pen: Pen, variant: int) -> None:
    fur, inner = [((250, 250, 250), (255, 170, 196)), ((244, 240, 236), (250, 150, 180)), ((240, 240, 244), (250, 160, 190)), ((246, 246, 246), (255, 180, 206))][variant]
    spread = (16, 21, 12, 8)[variant]
    for side in (-1, 1):
        with pen.moved(50 + side * 19, 96, side * spread):
            pen.shape(svg_path("M -11 0 C -20 -40 -12 -90 0 -92 C 12 -90 20 -40 11 0 Z"), fur)
            pen.plain(svg_path("M -5 -6 C -11 -40 -7 -78 0 -80 C 7 -78 11 -40 5 -6 Z"), inner)


def _flower_crown(pen: Pen, variant: int) -> None:
    petals = [((255, 110, 160), (255, 214, 64), (160, 100, 230)), ((255, 140, 90), (255, 255, 255), (240, 80, 140)), ((240, 90, 90), (250, 220, 90), (120, 140, 240)), ((250, 130, 180), (255, 240, 200), (130, 170, 250))][variant]
    band = svg_path("M 6 66 Q 50 30 94 66")
    pen.line(band, (70, 150, 70), 6)
    for i, t in enumerate((0.0, 0.2, 0.4, 0.6, 0.8, 1.0)):
        x, y = 8 + 84 * t, 66 - 36 * (1 - (2 * t - 1) ** 2) * 0.5
        _petals(pen, x, y, 9.5, 5, petals[i % 3], (255, 200, 60) if i % 3 != 1 else (200, 120, 40))


def _petals(pen: Pen, x: float, y: float, r: float, count: int, petal: Rgb, heart: Rgb) -> None:
    for k in range(count):
        angle = 2 * math.pi * k / count - math.pi / 2
        pen.circle(x + r * 0.68 * math.cos(angle), y + r * 0.68 * math.sin(angle), r * 0.5, petal)
    pen.circle(x, y, r * 0.42, heart)


def _bow(pen: Pen, variant: int) -> None:
    cloth = [(238, 60, 120), (230, 50, 90), (220, 60, 130), (242, 80, 140)][variant]
    dark = tuple(int(c * 0.78) for c in cloth)
    if variant != 1:
        pen.shape(svg_path("M 46 54 L 28 92 L 40 88 L 46 96 L 54 56 Z"), dark)
        pen.shape(svg_path("M 54 54 L 72 92 L 60 88 L 54 96 L 46 56 Z"), dark)
    pen.shape(svg_path("M 50 50 C 30 20 4 18 4 50 C 4 82 30 78 50 50 Z"), cloth)
    pen.shape(svg_path("M 50 50 C 70 20 96 18 96 50 C 96 82 70 78 50 50 Z"), cloth)
    pen.shape(block(41, 38, 59, 62, 7), dark)


def _halo(pen: Pen, variant: int) -> None:
    gold, light = [((255, 200, 40), (255, 238, 150)), ((250, 210, 60), (255, 250, 200)), ((255, 190, 30), (255, 230, 130)), ((255, 206, 50), (255, 244, 180))][variant]
    flat = (17, 20, 14, 23)[variant]
    ring = oval(7, 50 - flat, 93, 50 + flat)
    pen.line(ring, gold, 12)
    pen.line(ring, light, 4.5)


def _wings(pen: Pen, variant: int) -> None:
    white, shade = [((250, 250, 252), (206, 218, 236)), ((252, 252, 252), (222, 214, 238)), ((244, 248, 252), (196, 210, 230)), ((250, 250, 252), (214, 224, 240))][variant]
    feathers = (7, 6, 8, 9)[variant]
    rim = tuple(int(c * 0.8) for c in shade)
    for side in (-1, 1):
        with pen.moved(50, 60, sx=side * 0.82, sy=0.82):
            # Feathers are rooted along an arm that rises from the shoulder; long ones first, the short covering row over them.
            for colour, length, spread in ((shade, 36, 1.0), (white, 22, 0.94)):
                for i in range(feathers):
                    t = 1 - i / (feathers - 1)
                    with pen.moved(3 + 25 * t * spread, 4 - 34 * math.sin(t * math.pi * 0.5) * spread, 78 - 98 * t):
                        reach = length * (0.62 + 0.42 * t)
                        feather = svg_path(f"M -2 -5 C {reach * 0.5} -8 {reach} -6 {reach} 2 C {reach * 0.9} 7 {reach * 0.4} 8 -2 5 Z")
                        pen.shape(feather, colour)
                        if pen.rendering != "rim":
                            pen.line(feather, rim, 1.2)
            arm = svg_path("M 2 8 C 4 -14 16 -32 30 -34 C 34 -30 32 -24 26 -20 C 18 -12 12 0 8 8 Z")
            pen.shape(arm, white)


def _daisy(pen: Pen, variant: int) -> None:
    count = (9, 8, 12, 10)[variant]
    for k in range(count):
        with pen.moved(50, 50, 360 * k / count):
            pen.shape(oval(-10.5, -48, 10.5, -10), (252, 252, 250))
    pen.circle(50, 50, 15, (255, 196, 30))


def _rainbow(pen: Pen, variant: int) -> None:
    bands = ((232, 60, 60), (250, 150, 40), (252, 220, 60), (70, 180, 90), (60, 130, 230), (140, 80, 200))
    width = (5.6, 6.4, 5.0, 5.9)[variant]
    for k, rgb in enumerate(bands):
        r = 47 - k * width
        pen.line(svg_path(f"M {50 - r} 60 C {50 - r} {60 - r * 1.32} {50 + r} {60 - r * 1.32} {50 + r} 60"), rgb, width + 0.3)


_DRAWERS: dict[str, Callable[[Pen, int], None]] = {
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
    **WORN_DRAWERS,
    **FACE_DRAWERS,
}
DRAWN = tuple(_DRAWERS)
"""Names of the things that are drawn."""

RENDERINGS = ("flat", "rim", "flat", "shaded")
"""Rendering of each variant; variant 2, whose shapes and colours are its own, is held out for the evaluation classifier."""


def draw(name: str, variant: int) -> np.ndarray:
    """Picture of a thing in DRAWN: uint8 [256, 256, 4], straight alpha. variant: index into RENDERINGS."""
    pen = Pen(RENDERINGS[variant])
    _DRAWERS[name](pen, variant)
    return pen.pixels()


def drawn_sprites(variants: tuple[int, ...] = (0, 1, 3)) -> list[Sprite]:
    """Sprites of all drawn things; needs no downloaded artwork."""
    return [Sprite(name, f"drawn-{variant}", trim(draw(name, variant))) for name in DRAWN for variant in variants]
