"""Elements as large as the photo, in one colour: outlines, patterns, bold shapes, frames, backdrops.

`paint(scene, kind, look, colour)` is the one door; LOOKS has what each kind may look like. s is the scene's scale.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from data.canvas import Canvas
from data.colours import PALETTE
from data.pair import Element, Layer
from data.scene import Scene

OUTLINES = ("solid", "glow")
FRAMES = ("plain frame", "rounded frame", "dotted frame", "scalloped frame")


def star(radii, points: int = 5) -> np.ndarray:
    """Corners [2 points, 2] about 0, the first above; radii: of tips and hollows."""
    angles = np.arange(2 * points) * np.pi / points - np.pi / 2
    reach = np.where(np.arange(2 * points) % 2, radii[1], radii[0])
    return reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)


def heart(count: int, closing: bool = False) -> np.ndarray:
    """[count, 2] points of a heart about 0, 32 wide; closing: the last is the first."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=closing)
    high = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([16 * np.sin(t) ** 3, -high], 1)


def focus(scene: Scene) -> tuple[float, float]:
    """The point that bands and rays are centred at: the subject's upper middle, or the picture's middle."""
    if scene.box is None:
        return scene.width / 2, scene.height / 2
    x0, y0, x1, y1 = scene.box
    return (x0 + x1) / 2, y0 + 0.42 * (y1 - y0)


def _grid(scene: Scene, step: float, down: float | None = None, extra: int = 2) -> Iterator[tuple[int, int]]:
    """(row, column) of the cells of a grid over the picture."""
    for row in range(int(scene.height / (down or step)) + extra):
        for column in range(int(scene.width / step) + extra):
            yield row, column


def _lattice(scene: Scene, step: float) -> Iterator[tuple[float, float]]:
    """Points of a staggered lattice over the picture."""
    return (((column + 0.5 * (row % 2)) * step, (row + 0.3) * step) for row, column in _grid(scene, step))


def _upright(canvas: Canvas, scene: Scene, step: float, thick: float, beyond: float) -> None:
    for x in np.arange(0.5 * step, scene.width + beyond, step):
        canvas.line([(x, -step), (x, scene.height + step)], thick)


def _stripes(canvas: Canvas, scene: Scene, s: float) -> None:
    for k in range(-12, 24):
        canvas.line([(k * s / 5.2, -s), (k * s / 5.2 + 2 * s, s * 2)], s / 11)


def _polka_dots(canvas: Canvas, scene: Scene, s: float) -> None:
    for x, y in _lattice(scene, s / 4.2):
        canvas.disc(x, y, s / 4.2 * 0.33)


def _zigzags(canvas: Canvas, scene: Scene, s: float) -> None:
    step = s / 5
    for row in range(int(scene.height / step) + 2):
        ys, corners = (row * step, row * step + step / 2), range(int(2 * scene.width / step) + 3)
        canvas.line([(k * step / 2, ys[k % 2 == 0]) for k in corners], s / 13)


def _checks(canvas: Canvas, scene: Scene, s: float) -> None:
    for row, column in _grid(scene, s / 6, extra=1):
        if row % 2 == column % 2:
            canvas.box(column * s / 6, row * s / 6, s / 6, s / 6)


def _rays(canvas: Canvas, scene: Scene, s: float) -> None:
    x, y = focus(scene)
    for k in range(0, 24, 2):
        ends = ((x + 2 * s * np.cos(a), y + 2 * s * np.sin(a)) for a in (k * np.pi / 12, (k + 1) * np.pi / 12))
        canvas.polygon([(x, y), *ends])


def _waves(canvas: Canvas, scene: Scene, s: float) -> None:
    step, xs = s / 5, np.linspace(-s / 5, scene.width + s / 5, 120)
    for row in range(int(scene.height / step) + 2):
        ys = (row + 0.3) * step + 0.22 * step * np.sin(2 * np.pi * xs / (1.5 * step))
        canvas.line(np.stack([xs, ys], axis=1), step * 0.36)


def _crossing(canvas: Canvas, scene: Scene, s: float) -> None:
    step = s / 5.5
    _upright(canvas, scene, step, step / 4.5, 0)
    for y in np.arange(0.5 * step, scene.height, step):
        canvas.line([(-step, y), (scene.width + step, y)], step / 4.5)


def _bricks(canvas: Canvas, scene: Scene, s: float) -> None:
    tall, wide = s / 8, s / 4
    for row in range(int(scene.height / tall) + 1):
        for column in range(-1, int(scene.width / wide) + 1):
            canvas.box((column + 0.5 * (row % 2)) * wide, row * tall, wide * 0.92, tall * 0.84)


def _rings(canvas: Canvas, scene: Scene, s: float) -> None:
    for radius in np.arange(0.12, 1.6, 0.17) * s:
        canvas.ring(*focus(scene), radius, s / 14)


def _confetti(canvas: Canvas, scene: Scene, s: float) -> None:
    step = s / 5.2
    for k, (x, y) in enumerate(_lattice(scene, step)):
        dx, dy = 0.24 * step * np.cos(2.4 * k), 0.24 * step * np.sin(2.4 * k)
        canvas.line([(x - dx, y - dy), (x + dx, y + dy)], step * 0.26)


def _bubbles(canvas: Canvas, scene: Scene, s: float) -> None:
    step = s / 3.9
    for k, (x, y) in enumerate(_lattice(scene, step)):
        r = step * (0.36, 0.24, 0.3)[k % 3]
        canvas.ring(x, y, r, step * 0.09)
        canvas.line([(x - 0.4 * r, y - 0.3 * r), (x - 0.25 * r, y - 0.42 * r)], step * 0.07)


_PATTERNS: dict[str, Callable[[Canvas, Scene, float], None]] = {
    "stripes": _stripes, "polka dots": _polka_dots, "zigzags": _zigzags, "checks": _checks, "rays": _rays,
    "waves": _waves, "vertical stripes": lambda canvas, scene, s: _upright(canvas, scene, s / 6, s / 12, s / 6),
    "grid": _crossing, "bricks": _bricks, "rings": _rings, "confetti": _confetti, "bubbles": _bubbles,
}  # fmt: skip


def _wavy_band(canvas: Canvas, x: float, y: float, s: float, w: float) -> None:
    xs = np.linspace(-0.1 * w, 1.1 * w, 81)
    canvas.line(np.stack([xs, y + 0.11 * s * np.sin(2 * np.pi * xs / (0.62 * s))], axis=1), s / 7)


def _swirl(canvas: Canvas, x: float, y: float, s: float, w: float) -> None:
    turn, radius = np.linspace(0, 2.6 * 2 * np.pi, 121), np.linspace(0.05, 0.48, 121) * s
    canvas.line(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1), s / 12)


def _brush_stroke(canvas: Canvas, x: float, y: float, s: float, w: float) -> None:
    t = np.linspace(0, 1, 41)[:, None]
    ends = np.array([(x - 0.42 * s, y + 0.3 * s), (x, y - 0.1 * s), (x + 0.42 * s, y - 0.34 * s)])
    canvas.line((1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * ends[1] + t**2 * ends[2], s / 4.5)


def _cross(canvas: Canvas, x: float, y: float, s: float, w: float) -> None:
    for side in (-1, 1):
        canvas.line([(x - 0.36 * s, y - side * 0.36 * s), (x + 0.36 * s, y + side * 0.36 * s)], s / 7)


_BANDS: dict[str, Callable[[Canvas, float, float, float, float], None]] = {
    "wavy band": _wavy_band,
    "swirl": _swirl,
    "brush stroke": _brush_stroke,
    "ring": lambda canvas, x, y, s, w: canvas.ring(x, y, 0.36 * s, s / 11),
    "disc": lambda canvas, x, y, s, w: canvas.disc(x, y, 0.4 * s),
    "diamond": lambda canvas, x, y, s, w: canvas.polygon(
        np.array([(0, -0.52), (0.44, 0), (0, 0.52), (-0.44, 0)]) * s + (x, y)
    ),
    "big heart": lambda canvas, x, y, s, w: canvas.polygon(heart(80, True) * (0.48 * s / 16) + (x, y)),
    "big star": lambda canvas, x, y, s, w: canvas.polygon(star((0.56 * s, 0.26 * s)) + (x, y)),
    "cross": _cross,
}

LOOKS = {
    "outline": OUTLINES, "pattern": tuple(_PATTERNS), "band": tuple(_BANDS), "frame": FRAMES, "backdrop": ("backdrop",),
}  # fmt: skip


def _whole(scene: Scene, coverage: np.ndarray, colour: str, thing: str, anchor: str, front: float = 0.0) -> Element:
    """A whole element of one named colour through coverage (float32 [H, W], 0..1)."""
    layer = Layer(scene.height, scene.width)
    layer.fill(PALETTE[colour], coverage.astype(np.float32), front)
    return layer.whole(thing, colour, anchor)


def paint(scene: Scene, kind: str, look: str, colour: str, thickness: float = 0.03) -> Element:
    """An element as large as the photo, behind the subject (a frame: in front). kind: of LOOKS; look: one of
    LOOKS[kind]; thickness: what is seen of an outline, relative to sqrt(H * W)."""
    shape = scene.height, scene.width
    if kind == "outline":
        thing = "outline" if look == "solid" else f"{look} outline"
        return _whole(scene, _outline(scene, thickness * scene.scale, look), colour, thing, "around")
    if kind == "frame":
        return _whole(scene, _frame(scene, look), colour, look, "edges", front=1.0)
    if kind == "backdrop":
        return _whole(scene, np.ones(shape, np.float32), colour, look, "background")
    canvas = Canvas(*shape)
    if kind == "pattern":
        _PATTERNS[look](canvas, scene, scene.scale)
        return _whole(scene, canvas.coverage() * np.float32(0.85), colour, look, "background")
    _BANDS[look](canvas, *focus(scene), scene.scale, scene.width)
    return _whole(scene, canvas.coverage(), colour, look, "behind")


def _outline(scene: Scene, reach: float, look: str) -> np.ndarray:
    """The silhouette grown by reach pixels and filled. No dashes: a first answer to them is their mean, a haze."""
    # Beyond the photo the silhouette goes on: a line must not turn along the photo's edge.
    pad = int(3 * reach) + 2
    matte = cv2.copyMakeBorder(scene.matte, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    # Smoothed: single hairs would make a line tremble.
    outside = (cv2.GaussianBlur(matte, (0, 0), scene.scale / 120) < 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    glow = np.clip(1.15 - distance / (2.6 * reach), 0.0, 1.0) ** 1.5
    return (glow if look == "glow" else np.clip(0.5 + reach - distance, 0.0, 1.0))[pad:-pad, pad:-pad]


def _frame(scene: Scene, look: str) -> np.ndarray:
    """A border along the picture's edges: coverage float32 [H, W]."""
    s, w, h = scene.scale, scene.width, scene.height
    canvas, hole = Canvas(h, w), Canvas(h, w)
    if look in ("plain frame", "rounded frame"):
        inset, radius = 0.065 * s, 0.14 * s if look == "rounded frame" else 0.0
        canvas.box(0, 0, w, h)
        x0, y0, x1, y1 = inset + radius, inset + radius, w - inset - radius, h - inset - radius
        hole.box(x0, inset, x1 - x0, h - 2 * inset)
        if radius:
            hole.box(inset, y0, w - 2 * inset, y1 - y0)
        for x, y in ((x0, y0), (x0, y1), (x1, y0), (x1, y1)) if radius else ():
            hole.disc(x, y, radius)
        return np.clip(canvas.coverage() - hole.coverage(), 0.0, 1.0)
    radius, near = (0.052 * s, 1.15 * 0.052 * s) if look == "dotted frame" else (0.062 * s, 0.5 * 0.062 * s)
    for along, across, swap in ((w, h, False), (h, w, True)):
        for t in np.linspace(0, 1, max(4, round(along / (2.3 * radius)))):
            for other in (near, across - near):
                at = (near + t * (along - 2 * near), other)
                canvas.disc(*(at[::-1] if swap else at), radius)
    if look == "scalloped frame":
        for line in ([(0, 0), (w, 0)], [(0, h), (w, h)], [(0, 0), (0, h)], [(w, 0), (w, h)]):
            canvas.line(line, 1.6 * radius)
    return canvas.coverage()
