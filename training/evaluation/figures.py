"""What is measured on a picture, and what a table of pictures comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from evaluation.crops import change
from pairs.palette import PALETTE

DRAWN = 0.5
"""Change (soft alpha) from which a pixel counts as drawn."""

FAR = 16
"""Pixels outside the true doodle that are not background yet."""

PSNR_CAP = 60.0
"""dB: no error at all, or less than one grey level in twenty."""

LEAST_BACKGROUND = 0.01
"""Share of the picture that must be background for its PSNR to be told."""

RESAMPLES = 2000


def drawn(source: np.ndarray, result: np.ndarray) -> np.ndarray:
    """bool [H, W]: where two pictures, uint8 [H, W, 3], differ as a doodle differs from its photo."""
    return change(source, result) > DRAWN


def place(mask: np.ndarray, true: np.ndarray) -> float:
    """Intersection over union of two masks [H, W], 0..1; 0 when both are empty."""
    union = np.count_nonzero(mask | true)
    return np.count_nonzero(mask & true) / union if union else 0.0


def background(source: np.ndarray, result: np.ndarray, alpha: np.ndarray) -> float | None:
    """PSNR in dB, at most PSNR_CAP, of result against source farther than FAR pixels from the true doodle alpha [H, W].

    None where hardly any background is left.
    """
    outside = cv2.distanceTransform((alpha <= 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) > FAR
    if outside.mean() < LEAST_BACKGROUND:
        return None
    error = float(np.square(source[outside].astype(np.float32) - result[outside]).mean())
    return PSNR_CAP if error == 0 else min(PSNR_CAP, 10 * float(np.log10(255**2 / error)))


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
    """Bootstrap over photos: pictures of one photo come and go together. things, photos: one of each a picture."""

    def __init__(self, things: Sequence[str], photos: Sequence[str], seed: int = 0) -> None:
        self.things = np.unique(things, return_inverse=True)[1]
        names, self.photos = np.unique(photos, return_inverse=True)
        rng = np.random.default_rng(seed)
        self.counts = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES).astype(np.float64)

    def means(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Macro mean over things of values float64 [pictures] (NaN: not measured), and its resamples [RESAMPLES] (NaN: none measured)."""
        known = ~np.isnan(values)
        per_thing = np.bincount(self.things[known], minlength=self.things.max() + 1)
        weight = np.where(known, 1 / np.maximum(per_thing[self.things], 1), 0.0)
        n = self.counts.shape[1]
        sums = np.bincount(self.photos, weight * np.nan_to_num(values), n)
        weights = np.bincount(self.photos, weight, n)
        drawn_weights = self.counts @ weights
        spread = np.where(drawn_weights > 0, self.counts @ sums / np.maximum(drawn_weights, 1e-12), np.nan)
        return float(sums.sum() / weights.sum()), spread

    def figure(self, values: Sequence[float | None], ceiling: Sequence[float | None] | None = None) -> Figure | None:
        """A figure; with `ceiling`, one value a picture of the best possible, also as a share of that. None without values."""
        numbers = np.array([np.nan if v is None else v for v in values], np.float64)
        if np.isnan(numbers).all():
            return None
        value, spread = self.means(numbers)
        low, high = np.nanquantile(spread, (0.025, 0.975))
        result = Figure(value, float(low), float(high), pictures=int(np.count_nonzero(~np.isnan(numbers))))
        if ceiling is None:
            return result
        top, top_spread = self.means(np.array([np.nan if v is None else v for v in ceiling], np.float64))
        if top == 0:
            return result
        share_low, share_high = np.nanquantile(spread / np.where(top_spread > 0, top_spread, np.nan), (0.025, 0.975))
        return Figure(value, float(low), float(high), value / top, float(share_low), float(share_high), result.pictures)
