"""Flowers and leaves as point lists, shared by the hands that draw plants (each inks or fills them in its own way)."""

from __future__ import annotations

import numpy as np


def turn(points: np.ndarray, angle: float, x: float, y: float, scale: float) -> np.ndarray:
    """[n, 2] points in a unit frame, scaled, turned clockwise by `angle` radians (y is down) and moved to (x, y)."""
    c, s = np.cos(angle), np.sin(angle)
    return (np.asarray(points) * scale) @ np.array([[c, s], [-s, c]]) + [x, y]


def petal(width: float, blunt: float = 0.75) -> np.ndarray:
    """A petal from (0, 0) to (1, 0), `width` wide; blunt moves the widest place towards the tip (0.4 .. 0.85)."""
    u = np.array([0.02, 0.5 * blunt, blunt, 0.97, 1.04, 0.97, blunt, 0.5 * blunt])
    v = np.array([0.0, 0.36, 0.55, 0.32, 0.0, -0.32, -0.55, -0.36]) * width
    return np.stack([u, v], 1)


def leaf(width: float, teeth: int = 0, bend: float = 0.0) -> np.ndarray:
    """A leaf from (0, 0) to (1, 0), `width` wide, with `teeth` notches a side and a sideways bend."""
    u = np.linspace(0, 1, 4 * teeth + 9)
    half = 0.5 * width * np.sin(np.pi * u**0.8) ** 0.85
    if teeth:
        half *= 1 - 0.28 * (0.5 + 0.5 * np.cos(2 * np.pi * teeth * u))
    curve = bend * np.sin(np.pi * u) + bend * 0.6 * u**2
    return np.concatenate([np.stack([u, curve + half], 1), np.stack([u, curve - half], 1)[-2:0:-1]])


def vein(bend: float = 0.0) -> np.ndarray:
    """The middle line of `leaf`, [n, 2]."""
    u = np.linspace(0, 0.86, 8)
    return np.stack([u, bend * np.sin(np.pi * u) + bend * 0.6 * u**2], 1)
