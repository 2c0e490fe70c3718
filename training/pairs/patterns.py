"""Patterns over the whole background, as coverage."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .scene import Scene

PATTERNS = (
    "stripes", "polka dots", "zigzags", "checks", "rays", "waves", "vertical stripes", "grid", "bricks", "rings", "confetti", "bubbles",
)  # fmt: skip


def _stripes(canvas: Canvas, scene: Scene) -> None:
    s = scene.scale
    for k in range(-12, 24):
        canvas.line([(k * s / 5.2, -s), (k * s / 5.2 + 2 * s, s * 2)], s / 11)


def _vertical_stripes(canvas: Canvas, scene: Scene) -> None:
    step = scene.scale / 6
    for x in np.arange(0.5 * step, scene.width + step, step):
        canvas.line([(x, -step), (x, scene.height + step)], 0.5 * step)


def _lattice_points(scene: Scene, step: float) -> list[tuple[float, float]]:
    """Points of a staggered lattice over the picture."""
    rows, columns = int(scene.height / step) + 2, int(scene.width / step) + 2
    return [((column + 0.5 * (row % 2)) * step, (row + 0.3) * step) for row in range(rows) for column in range(columns)]


def _polka_dots(canvas: Canvas, scene: Scene) -> None:
    step = scene.scale / 4.2
    for x, y in _lattice_points(scene, step):
        canvas.disc(x, y, step * 0.33)


def _bubbles(canvas: Canvas, scene: Scene) -> None:
    step = scene.scale / 3.9
    for k, (x, y) in enumerate(_lattice_points(scene, step)):
        r = step * (0.36, 0.24, 0.3)[k % 3]
        canvas.ring(x, y, r, step * 0.09)
        canvas.line([(x - 0.4 * r, y - 0.3 * r), (x - 0.25 * r, y - 0.42 * r)], step * 0.07)


def _confetti(canvas: Canvas, scene: Scene) -> None:
    step = scene.scale / 5.2
    for k, (x, y) in enumerate(_lattice_points(scene, step)):
        angle = 2.4 * k
        dx, dy = 0.24 * step * np.cos(angle), 0.24 * step * np.sin(angle)
        canvas.line([(x - dx, y - dy), (x + dx, y + dy)], step * 0.26)


def _rings(canvas: Canvas, scene: Scene) -> None:
    x, y = focus(scene)
    for radius in np.arange(0.12, 1.6, 0.17) * scene.scale:
        canvas.ring(x, y, radius, scene.scale / 14)


def _zigzags(canvas: Canvas, scene: Scene) -> None:
    step = scene.scale / 5
    for row in range(int(scene.height / step) + 2):
        ys = (row * step, row * step + step / 2)
        canvas.line([(k * step / 2, ys[k % 2 == 0]) for k in range(int(2 * scene.width / step) + 3)], scene.scale / 13)


def _waves(canvas: Canvas, scene: Scene) -> None:
    step = scene.scale / 5
    xs = np.linspace(-step, scene.width + step, 120)
    for row in range(int(scene.height / step) + 2):
        canvas.line(np.stack([xs, (row + 0.3) * step + 0.22 * step * np.sin(2 * np.pi * xs / (1.5 * step))], axis=1), step * 0.36)


def _checks(canvas: Canvas, scene: Scene) -> None:
    step = scene.scale / 6
    for row in range(int(scene.height / step) + 1):
        for column in range(row % 2, int(scene.width / step) + 1, 2):
            canvas.box(column * step, row * step, step, step)


def _grid(canvas: Canvas, scene: Scene) -> None:
    step = scene.scale / 5.5
    for x in np.arange(0.5 * step, scene.width, step):
        canvas.line([(x, -step), (x, scene.height + step)], step / 4.5)
    for y in np.arange(0.5 * step, scene.height, step):
        canvas.line([(-step, y), (scene.width + step, y)], step / 4.5)


def _bricks(canvas: Canvas, scene: Scene) -> None:
    tall, wide = scene.scale / 8, scene.scale / 4
    for row in range(int(scene.height / tall) + 1):
        for column in range(-1, int(scene.width / wide) + 1):
            canvas.box((column + 0.5 * (row % 2)) * wide, row * tall, wide * 0.92, tall * 0.84)


def _rays(canvas: Canvas, scene: Scene) -> None:
    x, y = focus(scene)
    for k in range(12):
        angles = (2 * k) * np.pi / 12, (2 * k + 1) * np.pi / 12
        canvas.polygon([(x, y), *((x + 2 * scene.scale * np.cos(a), y + 2 * scene.scale * np.sin(a)) for a in angles)])


def focus(scene: Scene) -> tuple[float, float]:
    """The point that bands and rays are centred at: the subject's upper middle, or the picture's middle."""
    if scene.box is None:
        return scene.width / 2, scene.height / 2
    x0, y0, x1, y1 = scene.box
    return (x0 + x1) / 2, y0 + 0.42 * (y1 - y0)


_PATTERN_PAINTERS = dict(
    zip(
        PATTERNS,
        (_stripes, _polka_dots, _zigzags, _checks, _rays, _waves, _vertical_stripes, _grid, _bricks, _rings, _confetti, _bubbles),
        strict=True,
    )
)


def pattern_coverage(scene: Scene, pattern: str) -> np.ndarray:
    """One of PATTERNS over the photo, behind the subject too: float32 [H, W], 0..1."""
    canvas = Canvas(scene.height, scene.width)
    _PATTERN_PAINTERS[pattern](canvas, scene)
    return canvas.coverage()
