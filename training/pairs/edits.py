"""Elements as large as the photo, in one colour: outlines, patterns, bold shapes, frames, backdrops."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import Canvas
from .pair import Element, Layer
from .palette import PALETTE
from .patterns import PATTERNS, focus, pattern_coverage
from .scene import Scene

__all__ = ["BANDS", "FRAMES", "OUTLINES", "PATTERNS"]


def whole(scene: Scene, coverage: np.ndarray, colour: str, thing: str, anchor: str, front: float = 0.0) -> Element:
    """A whole element of one named colour through coverage (float32 [H, W], 0..1)."""
    layer = Layer(scene.height, scene.width)
    layer.fill(PALETTE[colour], coverage.astype(np.float32), front)
    return layer.element((0, 0), thing, colour, anchor, whole=True)


OUTLINES = ("solid", "dashed", "dotted", "glow")


def paint_outline(scene: Scene, colour: str, thickness: float, look: str = "solid") -> Element:
    """The silhouette grown and filled, or a ring of dashes or dots about it, to lie behind the subject.

    thickness: what is seen of it, relative to sqrt(H * W); look: one of OUTLINES.
    """
    reach = thickness * scene.scale
    # Beyond the photo the silhouette goes on: a line must not turn along the photo's edge.
    pad = int(3 * reach) + 2
    matte = cv2.copyMakeBorder(scene.matte, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    # Smoothed: single hairs would make a line tremble.
    outside = (cv2.GaussianBlur(matte, (0, 0), scene.scale / 120) < 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    if look == "glow":
        alpha = np.clip(1.15 - distance / (2.6 * reach), 0.0, 1.0) ** 1.5
    elif look == "solid":
        alpha = np.clip(0.5 + reach - distance, 0.0, 1.0)
    else:
        alpha = _beads(distance, 0.012 * scene.scale + reach / 2, reach / 2, look == "dotted")
    alpha = alpha[pad:-pad, pad:-pad]
    return whole(scene, alpha, colour, "outline" if look == "solid" else f"{look} outline", "around")


def _beads(distance: np.ndarray, middle: float, half: float, dots: bool) -> np.ndarray:
    """Dots or dashes along the line at `middle` pixels from the silhouette: coverage float32 [H, W]."""
    canvas = Canvas(*distance.shape)
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


def paint_pattern(scene: Scene, pattern: str, colour: str, opacity: float) -> Element:
    """A flat translucent pattern behind the subject. pattern: one of PATTERNS; opacity 0..1."""
    return whole(scene, pattern_coverage(scene, pattern) * np.float32(opacity), colour, pattern, "background")


BANDS = ("wavy band", "swirl", "brush stroke", "ring", "disc", "diamond", "big heart", "big star", "cross")


def paint_band(scene: Scene, shape: str, colour: str) -> Element:
    """One bold flat shape behind the subject. shape: one of BANDS."""
    canvas = Canvas(scene.height, scene.width)
    s, w = scene.scale, scene.width
    x, y = focus(scene)
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
    return whole(scene, canvas.coverage(), colour, shape, "behind")


FRAMES = ("plain frame", "rounded frame", "dotted frame", "scalloped frame")


def paint_frame(scene: Scene, look: str, colour: str) -> Element:
    """A border along the picture's edges, in front of everything. look: one of FRAMES."""
    s, w, h = scene.scale, scene.width, scene.height
    canvas, hole = Canvas(h, w), Canvas(h, w)
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
        canvas = Canvas(h, w)
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
    return whole(scene, np.clip(canvas.coverage() - hole.coverage(), 0.0, 1.0), colour, look, "edges", front=1.0)


def paint_backdrop(scene: Scene, colour: str) -> Element:
    """The whole background in one colour."""
    return whole(scene, np.ones((scene.height, scene.width), np.float32), colour, "backdrop", "background")
