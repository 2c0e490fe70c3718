"""Outlines of strokes, clouds and plants as paths and point lists; y is down."""

import re

import numpy as np
import skia


def smooth_path(points: np.ndarray, closed: bool) -> skia.Path:
    """A path through the midpoints of `points` ([n, 2], n >= 3), each point the control of a quadratic curve."""
    path = skia.Path()
    p = np.asarray(points, np.float64)
    if closed:
        mid = (p + np.roll(p, -1, 0)) / 2
        path.moveTo(*mid[-1])
        for control, end in zip(p, mid):
            path.quadTo(*control, *end)
        path.close()
        return path
    path.moveTo(*p[0])
    for i in range(1, len(p) - 1):
        end = p[i + 1] if i == len(p) - 2 else (p[i] + p[i + 1]) / 2
        path.quadTo(*p[i], *end)
    return path


def polygon(points: np.ndarray) -> skia.Path:
    """A closed path with straight edges."""
    path = skia.Path()
    path.addPoly([skia.Point(*map(float, q)) for q in points], True)
    return path


def svg(data: str, x: float = 0.0, y: float = 0.0, scale: float | tuple[float, float] = 1.0) -> skia.Path:
    """A path of absolute SVG commands M, L, Q, C and Z, its numbers scaled and moved to (x, y)."""
    path, across = skia.Path(), np.broadcast_to(np.asarray(scale, float), 2)
    commands = {"M": path.moveTo, "L": path.lineTo, "Q": path.quadTo, "C": path.cubicTo}
    for command, numbers in re.findall(r"([MLQCZ])([^MLQCZ]*)", data):
        if command == "Z":
            path.close()
        else:
            commands[command](*(np.array(numbers.split(), float).reshape(-1, 2) * across + (x, y)).ravel())
    return path


def discs(x: float, y: float, r: float, *places: tuple[float, float, float]) -> skia.Path:
    """Circles (dx, dy, radius), in units of r about (x, y), as one path."""
    path = skia.Path()
    path.setFillType(skia.PathFillType.kWinding)
    for dx, dy, k in places:
        path.addCircle(x + dx * r, y + dy * r, k * r)
    return path


def curve(x: float, y: float, radius, angles: np.ndarray) -> np.ndarray:
    """[n, 2] points about (x, y) at angles (clockwise from the right) and radii."""
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], 1)


def bezier(a, b, c, d, n: int = 24) -> np.ndarray:
    """[n, 2] points of the cubic with end points a, d and controls b, c."""
    t = np.linspace(0, 1, n)[:, None]
    a, b, c, d = (np.asarray(q, np.float64) for q in (a, b, c, d))
    return (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d


def normals(points: np.ndarray) -> np.ndarray:
    """[n, 2] unit normals (to the right of travel, y down) of a polyline."""
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    return np.stack([-tangent[:, 1], tangent[:, 0]], 1)


def turn(points: np.ndarray, angle: float, x: float, y: float, scale: float) -> np.ndarray:
    """[n, 2] points in a unit frame, scaled, turned clockwise by `angle` radians (y is down) and moved to (x, y)."""
    c, s = np.cos(angle), np.sin(angle)
    return (np.asarray(points) * scale) @ np.array([[c, s], [-s, c]]) + [x, y]


def petal(width: float) -> np.ndarray:
    """A petal from (0, 0) to (1, 0), `width` wide."""
    u = np.array([0.02, 0.375, 0.75, 0.97, 1.04, 0.97, 0.75, 0.375])
    v = np.array([0.0, 0.36, 0.55, 0.32, 0.0, -0.32, -0.55, -0.36]) * width
    return np.stack([u, v], 1)


def vein(bend: float, u: np.ndarray) -> np.ndarray:
    """The middle line of `leaf` at shares u of its length, [n, 2]."""
    return np.stack([u, bend * np.sin(np.pi * u) + bend * 0.6 * u**2], 1)


def leaf(width: float, teeth: int = 0, bend: float = 0.0) -> np.ndarray:
    """A leaf from (0, 0) to (1, 0), `width` wide, with `teeth` notches a side and a sideways bend."""
    u = np.linspace(0, 1, 4 * teeth + 9)
    half = 0.5 * width * np.sin(np.pi * u**0.8) ** 0.85
    if teeth:
        half *= 1 - 0.28 * (0.5 + 0.5 * np.cos(2 * np.pi * teeth * u))
    middle, side = vein(bend, u), np.stack([0 * u, half], 1)
    return np.concatenate([middle + side, (middle - side)[-2:0:-1]])
