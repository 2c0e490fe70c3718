"""What is measured on a picture, and what a table of pictures comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pairs.palette import PALETTE

DRAWN = 0.5
"""Alpha from which a pixel counts as drawn."""

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
        """Macro mean over classes of values float64 [pictures] (NaN: not measured), and its resamples [RESAMPLES] (NaN: none measured)."""
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
        """A figure; with `ceiling`, one value a picture of the best possible, also as a share of that. None without values.

        The share is over the pictures that have both.
        """
        numbers = _numbers(values)
        if np.isnan(numbers).all():
            return None
        value, spread = self.means(numbers)
        low, high = np.nanquantile(spread, (0.025, 0.975))
        result = Figure(value, float(low), float(high), pictures=int(np.count_nonzero(~np.isnan(numbers))))
        if ceiling is None:
            return result
        best = _numbers(ceiling)
        both = ~np.isnan(numbers) & ~np.isnan(best)
        if not both.any():
            return result
        own, own_spread = self.means(np.where(both, numbers, np.nan))
        top, top_spread = self.means(np.where(both, best, np.nan))
        if top == 0:
            return result
        share_low, share_high = np.nanquantile(own_spread / np.where(top_spread > 0, top_spread, np.nan), (0.025, 0.975))
        return Figure(value, float(low), float(high), own / top, float(share_low), float(share_high), result.pictures)


def _numbers(values: Sequence[float | None]) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in values], np.float64)
