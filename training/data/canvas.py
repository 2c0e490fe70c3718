"""Shapes drawn into a coverage picture."""

import cv2
import numpy as np


class Canvas:
    """A coverage picture of [H, W] pixels that shapes are drawn into, at twice the size for smooth edges. In pixels."""

    _SHIFT = 4  # Bits of sub-pixel position that OpenCV takes

    def __init__(self, height: int, width: int) -> None:
        self._pixels = np.zeros((2 * height, 2 * width), np.uint8)

    def _fixed(self, points) -> np.ndarray:
        # Pixel centres are at whole numbers in OpenCV, edges at whole numbers here.
        return np.rint((2 * np.asarray(points, np.float64) - 0.5) * (1 << self._SHIFT)).astype(np.int32)

    def line(self, points, width: float) -> None:
        """A stroke with round ends through points [n, 2]."""
        fixed, thickness = self._fixed(points).reshape(-1, 1, 2), max(1, round(2 * width))
        cv2.polylines(self._pixels, [fixed], False, 255, thickness, cv2.LINE_AA, self._SHIFT)

    def disc(self, x: float, y: float, radius: float) -> None:
        self.ring(x, y, radius, -1)

    def ring(self, x: float, y: float, radius: float, width: float) -> None:
        """A circle's line; of negative width: filled."""
        centre, thickness = tuple(map(int, self._fixed((x, y)))), -1 if width < 0 else max(1, round(2 * width))
        radius = round(2 * radius * (1 << self._SHIFT))
        cv2.circle(self._pixels, centre, radius, 255, thickness, cv2.LINE_AA, self._SHIFT)

    def polygon(self, points) -> None:
        cv2.fillPoly(self._pixels, [self._fixed(points).reshape(-1, 1, 2)], 255, cv2.LINE_AA, self._SHIFT)

    def box(self, x: float, y: float, width: float, height: float) -> None:
        self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])

    def coverage(self) -> np.ndarray:
        """float32 [H, W], 0..1."""
        height, width = self._pixels.shape
        small = cv2.resize(self._pixels, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        return small.astype(np.float32) / 255.0
