"""The part of a picture where something was drawn, as the judge of things sees it."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from evaluation.judges import changed

SIZE = 64
"""Pixels a side of a crop: what a small convolutional network needs to tell sixty things apart, at little cost."""

TRIM = 0.02
"""Share of the change that may lie outside the box on each side: faint stains far away do not move it."""


def change(source: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Soft alpha float32 [H, W], 0..1, of what differs between two pictures uint8 [H, W, 3]."""
    both = torch.from_numpy(np.stack([source, result])).permute(0, 3, 1, 2).float() / 255
    return changed(both[:1], both[1:])[0, 0].numpy()


def _reach(mass: np.ndarray) -> tuple[float, float]:
    share = np.cumsum(mass) / mass.sum()
    low, high = int(np.searchsorted(share, TRIM)), int(np.searchsorted(share, 1 - TRIM))
    room = 0.06 * (high - low) + 4
    return low - room, high + 1 + room


def square_about(alpha: np.ndarray) -> tuple[int, int, int]:
    """(x, y, side) of a square about the change alpha [H, W]; it may reach over the edge. Everything when nothing changed."""
    height, width = alpha.shape
    if alpha.sum() < 16:
        x0, x1, y0, y1 = 0.0, float(width), 0.0, float(height)
    else:
        (x0, x1), (y0, y1) = _reach(alpha.sum(0)), _reach(alpha.sum(1))
    side = max(x1 - x0, y1 - y0)
    return round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2), max(8, round(side))


def cut(picture: np.ndarray, x: int, y: int, side: int, size: int = SIZE) -> np.ndarray:
    """A square of uint8 [H, W, 3], grey where it reaches over the edge -> uint8 [3, size, size]."""
    height, width = picture.shape[:2]
    square = np.full((side, side, 3), 128, np.uint8)
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
    square[y0 - y : y1 - y, x0 - x : x1 - x] = picture[y0:y1, x0:x1]
    resized = cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA if side >= size else cv2.INTER_LINEAR)
    return np.ascontiguousarray(resized.transpose(2, 0, 1))


def crops(source: np.ndarray, result: np.ndarray, size: int = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """The two pictures uint8 [H, W, 3] cut to where they differ: uint8 [3, size, size] each."""
    square = square_about(change(source, result))
    return cut(source, *square, size), cut(result, *square, size)
