"""What is measured on a picture, and what a table of pictures comes to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from data.colours import PALETTE
from data.marks import Head

DRAWN = 0.5  # Alpha from which a pixel counts as drawn
RESAMPLES = 2000


def place(mask: np.ndarray, true: np.ndarray) -> float:
    """Intersection over union of two masks, bool [H, W], 0..1; 0 when both are empty."""
    union = np.count_nonzero(mask | true)
    return np.count_nonzero(mask & true) / union if union else 0.0


def _lab(rgb: np.ndarray) -> np.ndarray:
    lab = cv2.cvtColor(rgb.reshape(1, -1, 3).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    return lab * (0.5, 1, 1)  # shading changes lightness most, and is no other colour


def colour(result: np.ndarray, mask: np.ndarray) -> str | None:
    """The palette's name for most of the pixels of uint8 [H, W, 3] under mask [H, W]; None for an empty mask."""
    if not mask.any():
        return None
    palette = _lab(np.array(list(PALETTE.values())))
    nearest = np.linalg.norm(_lab(result[mask])[:, None] - palette[None], axis=2).argmin(1)
    return list(PALETTE)[int(np.bincount(nearest, minlength=len(PALETTE)).argmax())]


@dataclass(frozen=True)
class Figure:
    """A mean with the ends of its 95 % interval, and the same as a share of the ceiling."""

    value: float
    low: float
    high: float
    share: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    pictures: int = 0


class Resampling:
    """Bootstrap over photos: pictures of one photo come and go together. classes, photos: one of each a picture."""

    def __init__(self, classes: Sequence[str], photos: Sequence[str], seed: int = 0) -> None:
        self.classes = np.unique(classes, return_inverse=True)[1]
        names, self.photos = np.unique(photos, return_inverse=True)
        rng = np.random.default_rng(seed)
        self.counts = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES).astype(np.float64)

    def means(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Macro mean over classes of values float64 [pictures] (NaN: not measured), and its resamples [RESAMPLES]."""
        known = ~np.isnan(values)
        per_class = np.bincount(self.classes[known], minlength=self.classes.max() + 1)
        weight = np.where(known, 1 / np.maximum(per_class[self.classes], 1), 0.0)
        n = self.counts.shape[1]
        sums = np.bincount(self.photos, weight * np.nan_to_num(values), n)
        weights = np.bincount(self.photos, weight, n)
        drawn_weights = self.counts @ weights
        spread = np.where(drawn_weights > 0, self.counts @ sums / np.maximum(drawn_weights, 1e-12), np.nan)
        return float(sums.sum() / weights.sum()), spread

    def figure(self, values: Sequence[float | None], ceiling: Sequence[float | None] | None = None) -> Figure | None:
        """A figure; with `ceiling`, one value a picture of the best possible, also as a share of that, over the
        pictures that have both. None without values."""
        numbers = np.array(values, np.float64)  # None becomes NaN
        if np.isnan(numbers).all():
            return None
        value, spread = self.means(numbers)
        low, high = np.nanquantile(spread, (0.025, 0.975))
        result = Figure(value, float(low), float(high), pictures=int(np.count_nonzero(~np.isnan(numbers))))
        best = numbers * np.nan if ceiling is None else np.array(ceiling, np.float64)
        both = ~np.isnan(numbers) & ~np.isnan(best)
        if not best[both].any():
            return result
        own, own_spread = self.means(np.where(both, numbers, np.nan))
        top, top_spread = self.means(np.where(both, best, np.nan))
        shares = own_spread / np.where(top_spread > 0, top_spread, np.nan)
        low, high = map(float, np.nanquantile(shares, (0.025, 0.975)))
        return replace(result, share=own / top, share_low=low, share_high=high)


# ---- Rulers for layers: how boxes match, whether a hat sits on a head, how wide edges are.

WORN_ASIDE, WORN_ABOVE, WORN_BELOW, WORN_WIDTHS = 0.4, 0.45, 0.4, (0.45, 1.9)
"""A hat's middle from the crown's point and its width in head widths; its lower edge likewise in head heights."""

REACH, STEP = 8.0, 0.25  # Pixels that an edge is followed to either side, and between samples
STRONG = 0.6  # Rise of alpha from which an edge counts
TURN = 0.01  # Fall of alpha between two samples that ends an edge: less is a ripple
MOST_EDGES = 400  # Points of a layer's edges that are looked at


def extent(alpha: np.ndarray) -> tuple[float, float, float, float] | None:
    """x0, y0, x1, y1 in pixels between the 3rd and the 97th percentile of alpha f32 [H, W]; None for nothing."""
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
    """Median distance in pixels in which alpha f32 [H, W] rises from 10 to 90 % across strong edges, or None."""
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
        sampled = across(cols, dx), across(rows, dy)
        profiles = cv2.remap(alpha, *sampled, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
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
