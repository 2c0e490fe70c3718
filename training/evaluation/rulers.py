"""Rulers for layers: how boxes match, whether a hat sits on a head, how wide edges are."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from nano.slots import Box
from pairs.marks import Head

WORN_ASIDE, WORN_ABOVE, WORN_BELOW, WORN_WIDTHS = 0.4, 0.45, 0.4, (0.45, 1.9)
"""A hat's middle from the crown's point in head widths; its lower edge above and below that point in head heights; its width in
head widths."""

REACH, STEP = 8.0, 0.25
"""Pixels that an edge is followed to either side, and between samples."""

STRONG = 0.6
"""Rise of alpha from which an edge counts."""

TURN = 0.01
"""Fall of alpha between two samples that ends an edge: less is a ripple."""

MOST_EDGES = 400
"""Points of a layer's edges that are looked at."""


def overlap(first: Box, second: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    side = lambda a, b, at, size: min(a[at] + a[size] / 2, b[at] + b[size] / 2) - max(a[at] - a[size] / 2, b[at] - b[size] / 2)
    shared = max(0.0, side(first, second, 0, 2)) * max(0.0, side(first, second, 1, 3))
    return shared / max(first.w * first.h + second.w * second.h - shared, 1e-9)


def boxes_iou(found: Sequence[Box], true: Sequence[Box]) -> float:
    """Mean intersection over union of boxes matched one to one, best first; what has no partner counts as 0."""
    ranked = sorted(((overlap(a, b), i, j) for i, a in enumerate(found) for j, b in enumerate(true)), reverse=True)
    total, left, right = 0.0, set(), set()
    for value, i, j in ranked:
        if i not in left and j not in right:
            total += value
            left.add(i)
            right.add(j)
    return total / max(len(found), len(true), 1)


def extent(alpha: np.ndarray) -> tuple[float, float, float, float] | None:
    """x0, y0, x1, y1 in pixels between the 3rd and the 97th percentile of what is seen, alpha f32 [H, W]; None for nothing."""
    if alpha.sum() < 1:
        return None

    def ends(mass: np.ndarray) -> tuple[float, float]:
        share = np.concatenate([[0.0], np.cumsum(mass) / mass.sum()])
        low, high = np.interp((0.03, 0.97), share, np.arange(len(share)))
        return float(low), float(high)

    (x0, x1), (y0, y1) = ends(alpha.sum(0)), ends(alpha.sum(1))
    return x0, y0, x1, y1


def is_worn(alpha: np.ndarray, head: Head) -> bool:
    """Does what is seen, alpha f32 [H, W], sit on the head as a hat does?"""
    found = extent(alpha)
    if found is None:
        return False
    x0, _, x1, lower = found
    x, y = head.crown
    return (
        abs((x0 + x1) / 2 - x) <= WORN_ASIDE * head.width
        and y - WORN_ABOVE * head.height <= lower <= y + WORN_BELOW * head.height
        and WORN_WIDTHS[0] * head.width <= x1 - x0 <= WORN_WIDTHS[1] * head.width
    )


def edge_width(alpha: np.ndarray) -> float | None:
    """Median distance in pixels in which alpha f32 [H, W] rises from 10 to 90 % across its strong edges; None without any."""
    alpha = np.ascontiguousarray(np.pad(alpha, 2), np.float32)
    dx, dy = (cv2.Sobel(alpha, cv2.CV_32F, *order, ksize=3) / 8 for order in ((1, 0), (0, 1)))
    slope = np.hypot(dx, dy)
    inside = (alpha >= 0.5).astype(np.uint8)
    contour = inside & ~cv2.erode(inside, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    rows, cols = np.nonzero((contour > 0) & (slope > 0.02))
    if len(rows) > MOST_EDGES:
        rows, cols = (part[:: len(rows) // MOST_EDGES + 1] for part in (rows, cols))
    if not len(rows):
        return None
    along = np.arange(-REACH, REACH + STEP / 2, STEP, dtype=np.float32)
    across = lambda at, gradient: (at[:, None] + (gradient / slope)[rows, cols][:, None] * along).astype(np.float32)
    with np.errstate(invalid="ignore"):
        profiles = cv2.remap(alpha, across(cols, dx), across(rows, dy), cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    widths = [width for width in map(_rise, profiles) if width is not None]
    return float(np.median(widths)) if widths else None


def _rise(profile: np.ndarray) -> float | None:
    """10 to 90 % of one rise about the middle of a profile, pixels; None where it is not strong."""
    middle = len(profile) // 2
    # The edge ends where alpha first turns back: another edge may follow.
    down = np.flatnonzero(np.diff(profile[middle::-1]) > TURN)
    up = np.flatnonzero(np.diff(profile[middle:]) < -TURN)
    start = middle - (int(down[0]) if len(down) else middle)
    end = middle + (int(up[0]) if len(up) else len(profile) - 1 - middle)
    low, high = float(profile[start]), float(profile[end])
    if high - low < STRONG:
        return None
    rising = np.maximum.accumulate(profile[start : end + 1])
    at = np.interp((low + 0.1 * (high - low), low + 0.9 * (high - low)), rising, np.arange(len(rising)) * STEP)
    return float(at[1] - at[0])
