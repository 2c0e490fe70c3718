"""Elements as large as the photo, in one colour: outlines, patterns, bold shapes, frames, backdrops.

`paint(scene, kind, look, colour)` is the one door; LOOKS has what each kind may look like. s is the scene's scale."""

from collections.abc import Iterator

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


def focus(scene: Scene) -> tuple[float, float]:
    """The point that bands and rays are centred at: the subject's upper middle, or the picture's middle."""
    if scene.box is None:
        return scene.width / 2, scene.height / 2
    x0, y0, x1, y1 = scene.box
    return (x0 + x1) / 2, y0 + 0.42 * (y1 - y0)


PATTERNS = (
    "stripes", "polka dots", "zigzags", "checks", "rays", "waves", "vertical stripes", "grid", "bricks", "rings",
    "confetti", "bubbles",
)  # fmt: skip
BANDS = ("wavy band", "swirl", "brush stroke", "ring", "disc", "diamond", "big heart", "big star", "cross")
LOOKS = {"outline": OUTLINES, "pattern": PATTERNS, "band": BANDS, "frame": FRAMES, "backdrop": ("backdrop",)}


def _lattice(scene: Scene, step: float) -> Iterator[tuple[float, float]]:
    """Points of a staggered lattice over the picture."""
    for row in range(int(scene.height / step) + 2):
        for column in range(int(scene.width / step) + 2):
            yield (column + 0.5 * (row % 2)) * step, (row + 0.3) * step


def _pattern(canvas: Canvas, scene: Scene, look: str) -> None:
    """One of PATTERNS."""
    s, w, h = scene.scale, scene.width, scene.height
    match look:
        case "stripes":
            for k in range(-12, 24):
                canvas.line([(k * s / 5.2, -s), (k * s / 5.2 + 2 * s, s * 2)], s / 11)
        case "polka dots":
            for x, y in _lattice(scene, s / 4.2):
                canvas.disc(x, y, s / 4.2 * 0.33)
        case "zigzags":
            step = s / 5
            for row in range(int(h / step) + 2):
                ys, corners = (row * step, row * step + step / 2), range(int(2 * w / step) + 3)
                canvas.line([(k * step / 2, ys[k % 2 == 0]) for k in corners], s / 13)
        case "checks":
            for row in range(int(h / (s / 6)) + 1):
                for column in range(row % 2, int(w / (s / 6)) + 1, 2):
                    canvas.box(column * s / 6, row * s / 6, s / 6, s / 6)
        case "rays":
            x, y = focus(scene)
            for k in range(0, 24, 2):
                ends = ((x + 2 * s * np.cos(a), y + 2 * s * np.sin(a)) for a in (k * np.pi / 12, (k + 1) * np.pi / 12))
                canvas.polygon([(x, y), *ends])
        case "waves":
            step, xs = s / 5, np.linspace(-s / 5, w + s / 5, 120)
            for row in range(int(h / step) + 2):
                ys = (row + 0.3) * step + 0.22 * step * np.sin(2 * np.pi * xs / (1.5 * step))
                canvas.line(np.stack([xs, ys], axis=1), step * 0.36)
        case "vertical stripes":
            for x in np.arange(0.5 * (s / 6), w + s / 6, s / 6):
                canvas.line([(x, -s / 6), (x, h + s / 6)], s / 12)
        case "grid":
            step = s / 5.5
            for x in np.arange(0.5 * step, w, step):
                canvas.line([(x, -step), (x, h + step)], step / 4.5)
            for y in np.arange(0.5 * step, h, step):
                canvas.line([(-step, y), (w + step, y)], step / 4.5)
        case "bricks":
            tall, wide = s / 8, s / 4
            for row in range(int(h / tall) + 1):
                for column in range(-1, int(w / wide) + 1):
                    canvas.box((column + 0.5 * (row % 2)) * wide, row * tall, wide * 0.92, tall * 0.84)
        case "rings":
            for radius in np.arange(0.12, 1.6, 0.17) * s:
                canvas.ring(*focus(scene), radius, s / 14)
        case "confetti":
            step = s / 5.2
            for k, (x, y) in enumerate(_lattice(scene, step)):
                dx, dy = 0.24 * step * np.cos(2.4 * k), 0.24 * step * np.sin(2.4 * k)
                canvas.line([(x - dx, y - dy), (x + dx, y + dy)], step * 0.26)
        case "bubbles":
            step = s / 3.9
            for k, (x, y) in enumerate(_lattice(scene, step)):
                r = step * (0.36, 0.24, 0.3)[k % 3]
                canvas.ring(x, y, r, step * 0.09)
                canvas.line([(x - 0.4 * r, y - 0.3 * r), (x - 0.25 * r, y - 0.42 * r)], step * 0.07)


def _band(canvas: Canvas, scene: Scene, look: str) -> None:
    """One of BANDS, about the subject's middle."""
    (x, y), s, w = focus(scene), scene.scale, scene.width
    match look:
        case "wavy band":
            xs = np.linspace(-0.1 * w, 1.1 * w, 81)
            canvas.line(np.stack([xs, y + 0.11 * s * np.sin(2 * np.pi * xs / (0.62 * s))], axis=1), s / 7)
        case "swirl":
            turn, radius = np.linspace(0, 2.6 * 2 * np.pi, 121), np.linspace(0.05, 0.48, 121) * s
            canvas.line(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1), s / 12)
        case "brush stroke":
            t = np.linspace(0, 1, 41)[:, None]
            ends = np.array([(x - 0.42 * s, y + 0.3 * s), (x, y - 0.1 * s), (x + 0.42 * s, y - 0.34 * s)])
            canvas.line((1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * ends[1] + t**2 * ends[2], s / 4.5)
        case "ring":
            canvas.ring(x, y, 0.36 * s, s / 11)
        case "disc":
            canvas.disc(x, y, 0.4 * s)
        case "diamond":
            canvas.polygon(np.array([(0, -0.52), (0.44, 0), (0, 0.52), (-0.44, 0)]) * s + (x, y))
        case "big heart":
            t = np.linspace(0, 2 * np.pi, 80)
            high = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
            canvas.polygon(np.stack([16 * np.sin(t) ** 3, -high], 1) * (0.48 * s / 16) + (x, y))
        case "big star":
            canvas.polygon(star((0.56 * s, 0.26 * s)) + (x, y))
        case "cross":
            for side in (-1, 1):
                canvas.line([(x - 0.36 * s, y - side * 0.36 * s), (x + 0.36 * s, y + side * 0.36 * s)], s / 7)


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
        _pattern(canvas, scene, look)
        return _whole(scene, canvas.coverage() * np.float32(0.85), colour, look, "background")
    _band(canvas, scene, look)
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
