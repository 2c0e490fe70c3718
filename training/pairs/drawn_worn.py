"""Drawn artwork for heads: hats, ears, horns. Each drawer takes a pen and a variant 0..3 (see pairs.drawn)."""

from __future__ import annotations

from collections.abc import Callable

from .pen import Pen, Rgb, block, oval, polygon, star_path, svg_path

_WHITE: Rgb = (250, 250, 250)


def _darker(rgb: Rgb, share: float = 0.75) -> Rgb:
    return tuple(int(c * share) for c in rgb)


def _santa_hat(pen: Pen, variant: int) -> None:
    red = [(222, 44, 50), (206, 30, 44), (232, 58, 52), (216, 36, 60)][variant]
    tip, drop = [(90, 46), (86, 58), (88, 34), (12, 50)][variant]
    side = 14 if tip > 50 else 86
    pen.shape(svg_path(f"M {side} 80 Q {side + (22 if tip > 50 else -22)} 18 52 16 Q 78 14 {tip} {drop} Q 70 44 {100 - side} 80 Z" if tip > 50
                       else f"M {side} 80 Q {side - 22} 18 48 16 Q 22 14 {tip} {drop} Q 30 44 {100 - side} 80 Z"), red)  # fmt: skip
    pen.circle(tip, drop + 4, 10, _WHITE)
    pen.shape(block(6, 72, 94, 94, 11), _WHITE)


def _pirate_hat(pen: Pen, variant: int) -> None:
    felt = [(48, 46, 56), (36, 36, 44), (64, 50, 50), (44, 48, 66)][variant]
    trim = [(240, 200, 70), (240, 240, 240), (230, 190, 80), (250, 210, 90)][variant]
    peak = (18, 12, 24, 16)[variant]
    body = svg_path(f"M 2 70 Q 10 40 28 34 Q 40 {peak} 50 {peak} Q 60 {peak} 72 34 Q 90 40 98 70 Q 76 92 50 90 Q 24 92 2 70 Z")
    pen.shape(body, felt)
    pen.line(svg_path("M 5 72 Q 26 88 50 86 Q 74 88 95 72"), trim, 4)
    pen.plain(svg_path("M 40 46 C 40 32 60 32 60 46 C 60 54 56 54 56 60 L 44 60 C 44 54 40 54 40 46 Z"), _WHITE)
    for x in (45.5, 54.5):
        pen.plain(oval(x - 3, 43, x + 3, 50), felt)
    for a, b in (((32, 62), (68, 78)), ((68, 62), (32, 78))):
        pen.line(polygon([a, b], closed=False), _WHITE, 4.5)


def _chef_hat(pen: Pen, variant: int) -> None:
    cloth, fold = [(_WHITE, (208, 214, 222)), ((246, 246, 250), (190, 200, 214)), ((252, 252, 248), (216, 212, 206)), (_WHITE, (206, 212, 226))][variant]
    r = (20, 22, 18, 21)[variant]
    for x, y in ((24, 36), (76, 36), (50, 26)):
        pen.circle(x, y, r + (4 if x == 50 else 0), cloth)
    pen.plain(svg_path("M 22 40 L 78 40 L 74 74 L 26 74 Z"), cloth)
    pen.shape(block(24, 66, 76, 94, 4), cloth)
    for x in (38, 50, 62):
        pen.line(svg_path(f"M {x} 46 L {50 + (x - 50) * 0.85} 62"), fold, 2.4)
    pen.line(svg_path("M 25 68 L 75 68"), fold, 2.4)


def _viking_helmet(pen: Pen, variant: int) -> None:
    steel, band = [((150, 158, 170), (196, 140, 60)), ((132, 140, 156), (150, 96, 50)), ((168, 150, 130), (110, 80, 60)), ((160, 170, 184), (220, 170, 70))][variant]
    lift = (8, 14, 4, 20)[variant]
    for side in (-1, 1):
        with pen.moved(50, 0, sx=side):
            pen.shape(svg_path(f"M 26 66 Q 50 66 48 {lift} Q 36 {lift + 36} 24 50 Z"), (244, 236, 214))
    pen.shape(svg_path("M 20 78 C 20 28 80 28 80 78 Z"), steel)
    pen.shape(block(46, 36, 54, 78, 3), band)
    pen.shape(block(16, 72, 84, 90, 6), band)
    for x in (26, 42, 58, 74):
        pen.plain(oval(x - 3, 78, x + 3, 84), (250, 230, 160))


def _sombrero(pen: Pen, variant: int) -> None:
    straw, mark = [((236, 186, 82), (214, 60, 60)), ((226, 170, 70), (50, 140, 110)), ((216, 164, 96), (70, 90, 180)), ((244, 200, 100), (220, 70, 120))][variant]
    crown = (26, 18, 30, 22)[variant]
    pen.shape(svg_path("M 1 60 Q 6 74 50 74 Q 94 74 99 60 Q 103 92 50 94 Q -3 92 1 60 Z"), straw)
    pen.shape(svg_path(f"M 27 76 C 28 50 36 {crown} 50 {crown} C 64 {crown} 72 50 73 76 Q 50 84 27 76 Z"), straw)
    pen.plain(svg_path("M 28.5 64 Q 50 74 71.5 64 L 73 75 Q 50 84 27 75 Z"), mark)
    for k in range(9):
        x = 10 + 10 * k
        pen.plain(oval(x - 2.6, 83 - 0.006 * (x - 50) ** 2, x + 2.6, 88 - 0.006 * (x - 50) ** 2), mark)


def _beanie(pen: Pen, variant: int) -> None:
    wool, pom = [((60, 130, 200), _WHITE), ((200, 70, 80), (250, 220, 120)), ((90, 150, 110), (230, 230, 220)), ((120, 90, 190), (240, 180, 210))][variant]
    pen.circle(50, 18, (12, 13, 10, 14)[variant], pom)
    dome = svg_path("M 14 74 C 12 18 88 18 86 74 Z")
    pen.shape(dome, wool)
    with pen.clipped(dome):
        for y in ((44, 58), (50,), (40, 48, 56), (46, 60))[variant]:
            pen.plain(block(0, y, 100, y + 6), pom)
    pen.shape(block(10, 68, 90, 92, 8), _darker(wool, 0.86))
    for x in range(20, 90, 12):
        pen.line(svg_path(f"M {x} 73 L {x} 87"), _darker(wool, 0.7), 2)


def _jester_hat(pen: Pen, variant: int) -> None:
    first, second = [((206, 50, 70), (60, 100, 200)), ((130, 60, 170), (240, 190, 60)), ((40, 140, 110), (230, 110, 60)), ((220, 70, 130), (70, 170, 200))][variant]
    low = (52, 44, 60, 48)[variant]
    pen.shape(svg_path(f"M 14 80 Q 8 34 2 {low} Q 6 18 30 26 Q 46 34 50 80 Z"), first)
    pen.shape(svg_path(f"M 86 80 Q 92 34 98 {low} Q 94 18 70 26 Q 54 34 50 80 Z"), second)
    pen.shape(svg_path("M 28 80 Q 34 20 50 8 Q 66 20 72 80 Z"), [second, first][variant % 2] if variant < 2 else (245, 210, 80))
    pen.shape(block(12, 74, 88, 92, 8), (245, 205, 70))
    for x, y in ((5, low + 3), (95, low + 3), (50, 9)):
        pen.circle(x, y, 7, (252, 214, 80))


def _cat_ears(pen: Pen, variant: int) -> None:
    fur, inner = [((58, 56, 64), (250, 160, 190)), ((236, 150, 66), (255, 214, 190)), ((90, 84, 90), (240, 170, 180)), ((240, 236, 232), (255, 170, 196))][variant]
    lean = (4, 9, 0, 6)[variant]
    for side in (-1, 1):
        with pen.moved(50, 0, sx=side):
            pen.shape(svg_path(f"M 8 76 Q 14 36 {34 + lean} 14 Q 50 40 48 82 Q 28 66 8 76 Z"), fur)
            pen.plain(svg_path(f"M 17 68 Q 22 40 {33 + lean} 27 Q 42 46 41 72 Q 30 62 17 68 Z"), inner)
    pen.line(svg_path("M 4 92 Q 50 52 96 92"), fur, 6)


def _antlers(pen: Pen, variant: int) -> None:
    horn = [(150, 100, 56), (130, 84, 44), (170, 120, 80), (160, 112, 70)][variant]
    width = (8, 9, 7, 10)[variant]
    for side in (-1, 1):
        with pen.moved(50, 0, sx=side):
            stem = svg_path("M 10 92 Q 12 64 26 50 Q 42 38 40 12")
            tines = [svg_path("M 17 62 Q 14 46 8 40"), svg_path("M 30 46 Q 26 30 22 22"), svg_path("M 37 38 Q 46 34 47 24")]
            for path in (stem, *tines[: (3, 3, 2, 3)[variant]]):
                if pen.rendering == "rim":
                    pen.line(path, _darker(horn, 0.6), width + 3)
            for path in (stem, *tines[: (3, 3, 2, 3)[variant]]):
                pen.line(path, horn, width)


def _devil_horns(pen: Pen, variant: int) -> None:
    red = [(216, 40, 44), (180, 28, 40), (232, 66, 50), (206, 44, 70)][variant]
    tip = (10, 6, 18, 14)[variant]
    for side in (-1, 1):
        with pen.moved(50, 0, sx=side):
            horn = svg_path(f"M 12 88 Q 42 76 44 {tip} Q 62 66 40 96 Q 24 100 12 88 Z")
            pen.shape(horn, red)
            pen.line(svg_path("M 20 84 Q 30 82 36 92"), _darker(red), 2.6)
            pen.line(svg_path("M 31 74 Q 40 74 46 82"), _darker(red), 2.6)


def _unicorn_horn(pen: Pen, variant: int) -> None:
    body, stripe = [((255, 214, 100), (240, 160, 60)), ((250, 170, 210), (200, 90, 170)), ((246, 240, 220), (214, 184, 120)), ((180, 220, 255), (170, 120, 230))][variant]
    horn = svg_path("M 50 3 L 68 88 Q 50 97 32 88 Z")
    pen.shape(horn, body)
    with pen.clipped(horn):
        for y in range(16, 100, (15, 17, 13, 15)[variant]):
            pen.line(svg_path(f"M 20 {y + 9} L 80 {y - 5}"), stripe, 3.4)


def _headphones(pen: Pen, variant: int) -> None:
    shell, pad = [((64, 70, 84), (230, 60, 80)), ((240, 240, 244), (90, 100, 120)), ((50, 90, 160), (40, 44, 56)), ((240, 90, 150), (255, 200, 224))][variant]
    band = svg_path("M 10 66 C 6 -8 94 -8 90 66")
    if pen.rendering == "rim":
        pen.line(band, _darker(shell, 0.55), (11, 11, 9, 12)[variant])
    pen.line(band, shell, (9, 8, 7, 10)[variant])
    for side in (-1, 1):
        with pen.moved(50, 0, sx=side):
            pen.shape(block(29, 52, 42, 92, 6), pad)
            pen.shape(block(36, 56, 49, 88, 7), shell)


def _crown_of_stars(pen: Pen, variant: int) -> None:
    gold = [(255, 206, 60), (250, 190, 40), (240, 210, 110), (255, 220, 90)][variant]
    pen.line(svg_path("M 8 82 Q 50 56 92 82"), _darker(gold), 5)
    for x, y, r in ((12, 74, 12), (31, 58, 14), (50, 46, 18), (69, 58, 14), (88, 74, 12)):
        pen.shape(star_path(x, y, r, inner=(0.45, 0.5, 0.4, 0.48)[variant]), gold)


WORN_DRAWERS: dict[str, Callable[[Pen, int], None]] = {
    "santa hat": _santa_hat,
    "pirate hat": _pirate_hat,
    "chef hat": _chef_hat,
    "viking helmet": _viking_helmet,
    "sombrero": _sombrero,
    "beanie": _beanie,
    "jester hat": _jester_hat,
    "cat ears": _cat_ears,
    "antlers": _antlers,
    "devil horns": _devil_horns,
    "unicorn horn": _unicorn_horn,
    "headphones": _headphones,
    "star tiara": _crown_of_stars,
}
"""Drawers by the thing's name."""
