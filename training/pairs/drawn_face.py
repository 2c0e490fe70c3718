"""Drawn artwork for eyes, mouths, necks and backs, and a few toys. Each drawer takes a pen and a variant 0..3 (see pairs.drawn)."""

from __future__ import annotations

import math
from collections.abc import Callable

from .pen import Pen, Rgb, block, heart_path, oval, polygon, star_path, svg_path

_WHITE: Rgb = (250, 250, 250)


def _darker(rgb: Rgb, share: float = 0.75) -> Rgb:
    return tuple(int(c * share) for c in rgb)


def _bridge(pen: Pen, rgb: Rgb, y: float = 50) -> None:
    pen.line(svg_path(f"M 42 {y} Q 50 {y - 6} 58 {y}"), rgb, 4)


def _heart_glasses(pen: Pen, variant: int) -> None:
    frame, lens = [((232, 40, 90), (255, 150, 180)), ((200, 30, 60), (120, 20, 50)), ((240, 90, 60), (255, 190, 160)), ((240, 70, 150), (110, 50, 120))][variant]
    _bridge(pen, frame, 46)
    for x in (26, 74):
        pen.shape(heart_path(x, 51, (22, 23, 21, 22.5)[variant]), frame)
        pen.plain(heart_path(x, 51, 16.5), lens)
        pen.plain(oval(x - 12, 40, x - 5, 46), _WHITE, 0.7)


def _star_glasses(pen: Pen, variant: int) -> None:
    frame, lens = [((250, 200, 40), (90, 60, 120)), ((70, 120, 230), (200, 230, 255)), ((250, 150, 40), (120, 70, 40)), ((150, 80, 220), (250, 190, 240))][variant]
    _bridge(pen, frame)
    for x in (26, 74):
        pen.shape(star_path(x, 51, 25, inner=(0.52, 0.58, 0.48, 0.55)[variant]), frame)
        pen.plain(star_path(x, 51, 17, inner=0.55), lens)


def _three_d_glasses(pen: Pen, variant: int) -> None:
    frame = [(246, 246, 246), (236, 236, 240), (60, 60, 66), (250, 248, 240)][variant]
    top = (36, 33, 38, 35)[variant]
    pen.shape(svg_path(f"M 2 {top} L 98 {top} L 98 58 L 92 66 L 62 66 L 53 54 L 47 54 L 38 66 L 8 66 L 2 58 Z"), frame)
    pen.plain(block(9, top + 5, 40, 60, 3), (230, 50, 60))
    pen.plain(block(60, top + 5, 91, 60, 3), (40, 130, 230))


def _mask(pen: Pen, variant: int) -> None:
    cloth = [(36, 36, 44), (200, 40, 50), (40, 70, 170), (90, 50, 150)][variant]
    tail = (30, 26, 34, 28)[variant]
    body = svg_path(f"M 2 {tail} Q 26 24 50 38 Q 74 24 98 {tail} Q 96 70 72 70 Q 58 70 50 58 Q 42 70 28 70 Q 4 70 2 {tail} Z")
    holes = [svg_path("M 14 50 Q 26 38 41 53 Q 27 62 14 50 Z"), svg_path("M 86 50 Q 74 38 59 53 Q 73 62 86 50 Z")]
    with pen.clipped(holes[0], inside=False), pen.clipped(holes[1], inside=False):
        pen.shape(body, cloth)


def _moustache(pen: Pen, variant: int) -> None:
    hair = [(62, 42, 32), (40, 34, 34), (110, 70, 40), (84, 56, 40)][variant]
    curl = (30, 24, 40, 34)[variant]
    for side in (-1, 1):
        with pen.moved(50, 0, sx=side):
            pen.shape(svg_path(f"M -1 44 C 6 32 22 34 28 48 C 34 58 44 54 42 {curl} C 54 44 46 68 28 68 C 14 68 6 64 -1 56 Z"), hair)


def _beard(pen: Pen, variant: int) -> None:
    hair = [(104, 66, 40), (244, 244, 244), (60, 50, 46), (190, 110, 50)][variant]
    length = (92, 97, 86, 95)[variant]
    body = svg_path(f"M 4 8 C 8 26 18 30 30 22 C 40 14 46 16 50 22 C 54 16 60 14 70 22 C 82 30 92 26 96 8 C 100 50 80 {length} 50 {length} C 20 {length} 0 50 4 8 Z")
    lips = svg_path("M 36 38 Q 50 34 64 38 Q 50 50 36 38 Z")
    with pen.clipped(lips, inside=False):
        pen.shape(body, hair)
        for x in (26, 40, 60, 74):
            pen.line(svg_path(f"M {x} 56 Q {50 + (x - 50) * 0.9} 68 {50 + (x - 50) * 0.7} 78"), _darker(hair, 0.84), 2.4)


def _scarf(pen: Pen, variant: int) -> None:
    wool, stripe = [((220, 50, 60), (250, 230, 210)), ((60, 120, 200), _WHITE), ((80, 150, 90), (240, 220, 120)), ((240, 150, 50), (130, 60, 140))][variant]
    x = (58, 24, 62, 30)[variant]
    tail = svg_path(f"M {x} 30 L {x + 20} 30 L {x + 24} 96 L {x + 2} 96 Z")
    pen.shape(tail, _darker(wool, 0.86))
    with pen.clipped(tail):
        for y in (66, 82):
            pen.plain(block(0, y, 100, y + 6), stripe)
    loop = svg_path("M 2 14 Q 50 34 98 14 Q 104 40 88 46 Q 50 62 12 46 Q -4 40 2 14 Z")
    pen.shape(loop, wool)
    with pen.clipped(loop):
        for k in (18, 38, 62, 82):
            pen.plain(polygon([(k - 4, 10), (k + 3, 10), (k + 5, 60), (k - 2, 60)]), stripe)


def _bow_tie(pen: Pen, variant: int) -> None:
    cloth = [(206, 40, 56), (40, 60, 140), (90, 60, 120), (230, 60, 120)][variant]
    h = (22, 25, 18, 23)[variant]
    for side in (-1, 1):
        with pen.moved(50, 50, sx=side):
            pen.shape(svg_path(f"M 3 -6 Q 30 {-h - 10} 46 {-h} Q 50 0 46 {h} Q 30 {h + 10} 3 6 Z"), cloth)
            pen.line(svg_path("M 10 -2 L 26 -8"), _darker(cloth), 2.4)
            pen.line(svg_path("M 10 3 L 26 8"), _darker(cloth), 2.4)
    pen.shape(block(42, 39, 58, 61, 5), _darker(cloth, 0.8))


def _tie(pen: Pen, variant: int) -> None:
    silk, stripe = [((40, 80, 180), (240, 240, 250)), ((200, 40, 50), (250, 210, 90)), ((60, 120, 90), (220, 240, 220)), ((110, 60, 160), (240, 200, 250))][variant]
    blade = svg_path("M 42 24 L 58 24 L 68 80 L 50 98 L 32 80 Z")
    pen.shape(blade, silk)
    with pen.clipped(blade):
        for y in range(34, 110, (16, 20, 13, 18)[variant]):
            pen.line(svg_path(f"M 26 {y + 10} L 74 {y - 10}"), stripe, 4)
    pen.shape(svg_path("M 36 4 L 64 4 L 58 24 L 42 24 Z"), _darker(silk, 0.85))


def _necklace(pen: Pen, variant: int) -> None:
    pearl, shine = [((244, 238, 228), _WHITE), ((255, 206, 70), (255, 244, 190)), ((250, 190, 210), _WHITE), ((236, 240, 248), _WHITE)][variant]
    count = (11, 9, 13, 10)[variant]
    for k in range(count):
        turn = math.radians(80) * (2 * k / (count - 1) - 1)
        x, y = 50 + 42 * math.sin(turn), 26 + 40 * math.cos(turn)
        r = (6.4, 7.4, 5.4, 6.8)[variant]
        pen.circle(x, y, r, _darker(pearl, 0.9) if pen.rendering == "flat" else pearl)
        pen.plain(oval(x - 0.75 * r, y - 0.8 * r, x + 0.55 * r, y + 0.5 * r), pearl)
        pen.plain(oval(x - 0.5 * r, y - 0.6 * r, x, y - 0.1 * r), shine)


def _bandana(pen: Pen, variant: int) -> None:
    cloth = [(210, 44, 54), (44, 90, 180), (230, 140, 40), (60, 150, 110)][variant]
    tip = (90, 96, 82, 93)[variant]
    body = svg_path(f"M 2 10 Q 50 34 98 10 L 98 22 Q 72 50 50 {tip} Q 28 50 2 22 Z")
    pen.shape(body, cloth)
    with pen.clipped(body):
        for x, y in ((16, 24), (34, 32), (50, 34), (66, 32), (84, 24), (40, 48), (60, 48), (50, 62), (50, 76)):
            pen.plain(oval(x - 3, y - 3, x + 3, y + 3), _WHITE)


def _garland(pen: Pen, variant: int) -> None:
    colours = [((255, 100, 150), (255, 210, 70), (250, 250, 250)), ((250, 140, 60), (240, 80, 120), (150, 110, 230)), ((240, 90, 90), (250, 250, 250), (90, 160, 240)), ((255, 150, 190), (170, 120, 230), (255, 220, 110))][variant]
    count = (9, 8, 10, 9)[variant]
    for k in range(count):
        turn = math.radians(84) * (2 * k / (count - 1) - 1)
        x, y = 50 + 38 * math.sin(turn), 26 + 50 * math.cos(turn)
        for j in range(5):
            with pen.moved(x, y, 72 * j + 20 * k):
                pen.shape(oval(-4, -11, 4, -1.5), colours[k % 3])
        pen.plain(oval(x - 3.2, y - 3.2, x + 3.2, y + 3.2), (250, 200, 60))


def _cape(pen: Pen, variant: int) -> None:
    cloth = [(206, 36, 48), (60, 60, 170), (60, 30, 70), (220, 60, 50)][variant]
    flare = (2, 8, 0, 5)[variant]
    pen.shape(svg_path(f"M 30 8 Q 50 16 70 8 C 80 40 {98 - flare} 64 {100 - flare} 92 Q 84 98 76 90 Q 64 100 50 92 Q 36 100 24 90 Q 16 98 {flare} 92 C {2 + flare} 64 20 40 30 8 Z"), cloth)
    for x in (22, 38, 62, 78):
        pen.line(svg_path(f"M {50 + (x - 50) * 0.5} 30 Q {50 + (x - 50) * 0.8} 60 {x} 86"), _darker(cloth, 0.8), 2.4)


def _butterfly_wings(pen: Pen, variant: int) -> None:
    wing, spot = [((250, 150, 50), (255, 226, 120)), ((90, 150, 250), (220, 240, 255)), ((200, 90, 200), (250, 200, 250)), ((255, 120, 170), (255, 230, 160))][variant]
    rim = _darker(wing, 0.5)
    for side in (-1, 1):
        with pen.moved(50, 54, sx=side):
            for path in ("M 2 0 C 8 -40 46 -56 49 -34 C 51 -14 30 2 2 4 Z", "M 2 4 C 24 2 44 12 40 30 C 36 48 12 38 2 8 Z"):
                pen.shape(svg_path(path), wing)
                pen.line(svg_path(path), rim, (3, 2.4, 3.6, 2)[variant])
            for x, y, r in ((38, -32, 6), (28, -20, 5), (30, 22, 5)):
                pen.plain(oval(x - r, y - r, x + r, y + r), spot)


def _bat_wings(pen: Pen, variant: int) -> None:
    skin = [(70, 50, 90), (44, 44, 54), (120, 40, 50), (60, 80, 70)][variant]
    top = (-40, -34, -44, -38)[variant]
    for side in (-1, 1):
        with pen.moved(50, 56, sx=side):
            pen.shape(svg_path(f"M 1 0 Q 10 -26 28 {top} Q 44 -30 49 10 Q 42 -4 34 14 Q 28 0 20 20 Q 14 6 1 16 Z"), skin)
            for x, y in ((46, 2), (34, 12), (20, 18)):
                pen.line(svg_path(f"M 27 {top + 6} Q {(27 + x) / 2 + 3} {y / 2 - 12} {x} {y}"), _darker(skin, 0.7), 2)


def _air_balloon(pen: Pen, variant: int) -> None:
    first, second = [((226, 50, 60), (252, 210, 60)), ((60, 120, 220), _WHITE), ((130, 80, 200), (250, 160, 60)), ((240, 110, 60), (90, 190, 200))][variant]
    for x in (38, 62):
        pen.line(svg_path(f"M {50 + (x - 50) * 1.6} 54 L {x + (3 if x < 50 else -3)} 84"), (120, 84, 54), 2)
    shell = svg_path("M 40 70 C 30 60 16 50 16 33 C 16 14 32 2 50 2 C 68 2 84 14 84 33 C 84 50 70 60 60 70 Z")
    pen.shape(shell, first)
    with pen.clipped(shell):
        for x0, x1, x2 in ((16, 30, 40), (60, 70, 84)) if variant % 2 == 0 else ((40, 42, 46), (54, 58, 60)):
            pen.plain(svg_path(f"M 50 2 Q {x0} 20 {50 + (x0 - 50) * 0.7} 70 L {50 + (x1 - 50) * 0.7} 70 Q {x2} 30 50 2 Z"), second)
    pen.shape(block(40, 82, 60, 98, 4), (150, 100, 58))


def _paper_plane(pen: Pen, variant: int) -> None:
    paper, shade = [(_WHITE, (190, 204, 222)), ((250, 240, 200), (220, 200, 140)), ((244, 248, 252), (170, 190, 214)), ((220, 236, 255), (130, 170, 230))][variant]
    nose = (12, 20, 8, 16)[variant]
    pen.shape(polygon([(96, nose), (42, 58), (46, 92)]), shade)
    pen.shape(polygon([(96, nose), (4, 46), (40, 58)]), paper)
    pen.shape(polygon([(96, nose), (46, 62), (78, 82)]), paper)
    if pen.rendering == "flat":
        for corner in ((4, 46), (78, 82)):
            pen.line(polygon([(96, nose), corner], closed=False), shade, 1.6)


FACE_DRAWERS: dict[str, Callable[[Pen, int], None]] = {
    "heart glasses": _heart_glasses,
    "star glasses": _star_glasses,
    "3D glasses": _three_d_glasses,
    "superhero mask": _mask,
    "moustache": _moustache,
    "beard": _beard,
    "scarf": _scarf,
    "bow tie": _bow_tie,
    "tie": _tie,
    "necklace": _necklace,
    "bandana": _bandana,
    "flower garland": _garland,
    "cape": _cape,
    "butterfly wings": _butterfly_wings,
    "bat wings": _bat_wings,
    "hot air balloon": _air_balloon,
    "paper plane": _paper_plane,
}
"""Drawers by the thing's name."""
