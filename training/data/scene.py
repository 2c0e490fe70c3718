"""A view's geometry: its subject, the subject's head or top, and where there is room.

All lengths are pixels of the view; `scale` = sqrt(H * W) is the unit that sizes are relative to."""

from dataclasses import dataclass

import cv2
import numpy as np

from data.marks import Face, Head
from data.photos import PEOPLE, SHARP_ENOUGH, Photo

GRID = 48  # Cells along the unit length in the map that free space is searched in


@dataclass(frozen=True)
class Top:
    """Top of the subject: x of its middle, y of its top and of the seat (where something rests on it), its width."""

    x: float
    top: float
    seat: float
    width: float


class Scene:
    """matte: float32 [H, W], zero where it is not to be trusted; box: (x0, y0, x1, y1) of the subject or None; top: of
    its head where that is known, else of its silhouette, or None; head, face: its marks or None."""

    def __init__(self, view: Photo) -> None:
        self.height, self.width = view.matte.shape
        self.scale = float(np.sqrt(self.height * self.width))
        self.matte = view.matte if view.sharp >= SHARP_ENOUGH else np.zeros_like(view.matte)
        self.box: tuple[float, float, float, float] | None = None
        self.top: Top | None = None
        self.head: Head | None = view.head
        self.face: Face | None = view.face
        self.is_person = view.subject in PEOPLE
        # Rows and columns are read from a small copy: the cost stays flat from 128 to 1024 pixels.
        self._cell = self.scale / GRID
        rows, cols = max(8, round(self.height / self._cell)), max(8, round(self.width / self._cell))
        self._map = cv2.resize(self.matte, (cols, rows), interpolation=cv2.INTER_AREA)
        if view.has_subject:
            self._measure()

    @property
    def has_subject(self) -> bool:
        """Is there a subject whose box and top are known?"""
        return self.box is not None

    def _measure(self) -> None:
        mask = (self.matte > 0.5).astype(np.uint8)
        small = cv2.resize(mask, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if self.scale > 360 else mask
        factor = mask.shape[0] / small.shape[0]
        count, labels, stats, _ = cv2.connectedComponentsWithStats(small, connectivity=8)
        if count < 2:
            return
        largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        left, top, width, height, area = stats[largest]
        if area * factor * factor < 0.02 * self.scale**2:
            return
        self.box = tuple(float(v * factor) for v in (left, top, left + width, top + height))
        if self.head is not None:
            x, y = self.head.crown
            self.top = Top(x, self.head.box[1], y + 0.06 * self.head.height, self.head.width)
            return
        x, seat, top_width = _measure_top(labels[top : top + height, left : left + width] == largest)
        self.top = Top((left + x) * factor, top * factor, (top + seat) * factor, top_width * factor)

    def occupied(self, x: float, y: float, width: float, height: float) -> float:
        """Share of the box about (x, y) that the subject covers, 0..1."""
        c = self._cell
        rows = slice(max(0, int((y - height / 2) / c)), max(1, int(np.ceil((y + height / 2) / c))))
        cols = slice(max(0, int((x - width / 2) / c)), max(1, int(np.ceil((x + width / 2) / c))))
        part = self._map[rows, cols]
        return float(part.mean()) if part.size else 1.0

    def freest(
        self, width: float, height: float, wish: tuple[float, float], x_range: tuple[float, float]
    ) -> tuple[float, float, float]:
        """(x, y, occupied share) of the place nearest to wish, in the picture and x_range, with little subject."""
        c = self._cell
        kernel = (max(1, round(width / c)), max(1, round(height / c)))
        occupied = cv2.boxFilter(self._map, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        ys = (np.arange(self._map.shape[0]) + 0.5) * c
        xs = (np.arange(self._map.shape[1]) + 0.5) * c
        distance = np.hypot((xs[None, :] - wish[0]), (ys[:, None] - wish[1])) / self.scale
        cost = distance + 5.0 * np.maximum(0.0, occupied - 0.03)
        outside_x = (xs < max(x_range[0], width / 2)) | (xs > min(x_range[1], self.width - width / 2))
        outside_y = (ys < height / 2) | (ys > self.height - height / 2)
        cost[:, outside_x] = np.inf
        cost[outside_y, :] = np.inf
        row, col = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if not np.isfinite(cost[row, col]):
            return 0.0, 0.0, 1.0
        return float(xs[col]), float(ys[row]), float(occupied[row, col])


def _measure_top(mask: np.ndarray) -> tuple[float, float, float]:
    """(x, seat y, width) of the top of a silhouette, bool [h, w] trimmed at the top.

    Ears and raised arms give short runs first: the seat is the first row with a run half the widest."""
    height = mask.shape[0]
    depth = max(2, int(np.ceil(0.24 * height)))
    upper = mask[:depth]
    columns = np.arange(upper.shape[1], dtype=np.int32)
    # Length of the run that ends at each pixel: its distance to the last gap on its left.
    runs = columns - np.maximum.accumulate(np.where(upper, np.int32(-1), columns), axis=1)
    ends = np.argmax(runs, axis=1)
    widths = runs[np.arange(depth), ends].astype(float)
    middles = ends + 1.0 - widths / 2
    reference = widths.max()
    seat = int(np.argmax(widths >= 0.5 * reference))
    under = slice(seat, min(depth, seat + max(2, depth // 3)))
    return float(np.median(middles[under])), float(seat), float(reference)
