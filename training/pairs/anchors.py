"""Where a doodle may go: spots found from the subject's matte alone, for any subject and any picture size.

All lengths are pixels of the view; `scale` = sqrt(H * W) is the unit that sizes are relative to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from .photos import SHARP_ENOUGH, Face, Photo

TOKEN = 16
"""Pixels along a side of one of the network's tokens."""

PEOPLE = ("woman", "man", "person")
"""Human subjects."""

GRID = 48
"""Cells along the unit length in the map that free space is searched in."""

LEAST_TOKENS = 3
"""Tokens along the longest side of the smallest thing."""


@dataclass(frozen=True)
class Spot:
    """A place: centre (x, y), width and height of the picture's box, its layer relative to the subject, its turn in degrees
    against the clock."""

    anchor: str
    x: float
    y: float
    width: float
    height: float
    behind: bool = False
    mirrored: bool = False
    angle: float = 0.0


@dataclass(frozen=True)
class Head:
    """Top of the subject: x of its middle, y of its top and of the seat (where a hat rests), its width."""

    x: float
    top: float
    seat: float
    width: float


class Scene:
    """A view's geometry. matte: float32 [H, W]; box: (x0, y0, x1, y1) of the subject or None; head: its top or None; face: its
    landmarks or None; is_person: is the subject human?"""

    def __init__(self, view: Photo) -> None:
        self.height, self.width = view.matte.shape
        self.scale = float(np.sqrt(self.height * self.width))
        self.matte = view.matte if view.sharp >= SHARP_ENOUGH else np.zeros_like(view.matte)
        self.box: tuple[float, float, float, float] | None = None
        self.head: Head | None = None
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
        head = _measure_head(labels[top : top + height, left : left + width] == largest)
        x, seat, head_width = head
        self.head = Head((left + x) * factor, top * factor, (top + seat) * factor, head_width * factor)

    def occupied(self, x: float, y: float, width: float, height: float) -> float:
        """Share of the box about (x, y) that the subject covers, 0..1."""
        c = self._cell
        rows = slice(max(0, int((y - height / 2) / c)), max(1, int(np.ceil((y + height / 2) / c))))
        cols = slice(max(0, int((x - width / 2) / c)), max(1, int(np.ceil((x + width / 2) / c))))
        part = self._map[rows, cols]
        return float(part.mean()) if part.size else 1.0

    def freest(self, width: float, height: float, wish: tuple[float, float], x_range: tuple[float, float]) -> tuple[float, float, float]:
        """(x, y, occupied share) of the place nearest to wish, inside the picture, x within x_range, that covers little subject."""
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


def _measure_head(mask: np.ndarray) -> tuple[float, float, float]:
    """(x, seat y, width) of the top of a silhouette, bool [h, w] trimmed at the top.

    Ears, tufts and raised arms give short runs first; the seat is the first row whose longest run is half as wide as the
    widest run of the upper part.
    """
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


def box_for(aspect: float, longest: float) -> tuple[float, float]:
    """(width, height) of a box of the aspect ratio (width / height) with the given longest side."""
    return (longest, longest / aspect) if aspect >= 1 else (longest * aspect, longest)


def on_token_grid(spot: Spot, scene: Scene) -> Spot:
    """The spot with a corner on the network's token grid and a longest side of whole tokens; at most half a token from the wish.

    A thing then falls onto tokens in one way for each size instead of in a continuum of ways, which a small network learns
    from far fewer pictures. Nobody misses the half token.
    """
    longest = max(spot.width, spot.height)
    factor = max(LEAST_TOKENS, round(longest / TOKEN)) * TOKEN / longest
    width, height = spot.width * factor, spot.height * factor
    x = _on_grid(spot.x, spot.width, width, scene.width)
    y = _on_grid(spot.y, spot.height, height, scene.height)
    return replace(spot, x=x, y=y, width=width, height=height)


def _on_grid(middle: float, wish: float, size: float, limit: int) -> float:
    """The middle nearest to the given one of something that starts on the grid; what was inside as long as `wish` stays inside."""
    start = round((middle - size / 2) / TOKEN) * TOKEN
    if middle - wish / 2 >= 0 and middle + wish / 2 <= limit and size <= limit:
        start = min(max(start, 0), int(limit - size) // TOKEN * TOKEN)
    return start + size / 2


def _inside(middle: float, size: float, limit: float) -> float:
    """The middle nearest to the wish that keeps size within 0..limit; the limit's own middle when it is too big."""
    return limit / 2 if size >= limit else float(np.clip(middle, size / 2, limit - size / 2))


def find_spot(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    """A spot for a picture of the aspect ratio with longest side size * scale; None when the view has no room for it.

    anchor: head (worn), perch (stands on top), halo, back, left, right, beside_left, beside_right, above, behind, front, middle, top_left, top_right.
    """
    if anchor in ("top_left", "top_right"):
        return _shrinking(_corner, scene, anchor, aspect, size)
    if not scene.has_subject:
        return _middle(scene, anchor, aspect, size) if anchor == "middle" else None
    finder = {
        "head": _on_head, "perch": _perch, "halo": _halo, "back": _back, "behind": _behind, "front": _front, "middle": _middle,
    }.get(anchor)  # fmt: skip
    if finder is not None:
        return finder(scene, anchor, aspect, size)
    return _shrinking(_above if anchor == "above" else _side, scene, anchor, aspect, size)


def _shrinking(finder, scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    for shrink in (1.0, 0.87, 0.76):
        spot = finder(scene, anchor, aspect, max(size * shrink, 0.28))
        if spot is not None:
            return spot
    return None


def _on_head(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    head = scene.head
    # A hat follows the head's width, within bounds that keep it readable and keep a wide object from a giant hat.
    width = float(np.clip(1.15 * head.width, 0.28 * scene.scale, 1.15 * size * scene.scale))
    height = width / aspect
    if height > 1.15 * size * scene.scale:
        height = 1.15 * size * scene.scale
        width = height * aspect
    top = head.seat - 0.8 * height
    if top < -0.42 * height or head.x - 0.4 * width < 0 or head.x + 0.4 * width > scene.width:
        return None
    return Spot(anchor, head.x, max(top, 0.0) + height / 2, width, height)


def _perch(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    """Something that stands on the subject's top instead of being worn."""
    width, height = box_for(aspect, 0.86 * size * scene.scale)
    top = scene.head.seat - 0.9 * height
    if top < -0.12 * height:
        return None
    return Spot(anchor, _inside(scene.head.x, width, scene.width), max(top, 0.0) + height / 2, width, height)


def _halo(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    head = scene.head
    width = float(np.clip(1.1 * head.width, 0.34 * scene.scale, 0.6 * scene.scale))
    height = width / aspect
    y = head.top - 0.25 * height
    if y - height / 2 < 0:
        y = height / 2
    if y > head.top + 0.4 * height:
        return None
    return Spot(anchor, head.x, y, width, height)


def _back(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    x0, y0, x1, y1 = scene.box
    body = x1 - x0
    width = float(np.clip(1.9 * body, 0.6 * scene.scale, 1.08 * scene.width))
    if body / width <= 0.72:
        height, x = width / aspect, (x0 + x1) / 2
        if x - width / 2 < -0.12 * width or x + width / 2 > scene.width + 0.12 * width:
            return None
        return Spot(anchor, x, max(y0 + 0.36 * (y1 - y0), height / 2), width, height, behind=True)
    # A portrait's shoulders fill the picture: the wings rise from behind them beside the head.
    head = scene.head
    width = float(np.clip(2.9 * head.width, 0.7 * scene.scale, 1.08 * scene.width))
    height = width / aspect
    y = max(head.seat + 0.28 * height, height / 2)
    if abs(head.x - scene.width / 2) > 0.2 * scene.width or scene.occupied(head.x, y, width, height) > 0.6:
        return None
    return Spot(anchor, head.x, y, width, height, behind=True)


def _behind(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    x0, y0, x1, y1 = scene.box
    longest = float(np.clip(1.25 * min(x1 - x0, y1 - y0), 0.5 * scene.scale, 0.92 * min(scene.width, scene.height)))
    width, height = box_for(aspect, longest)
    x = float(np.clip(scene.head.x, width / 2, scene.width - width / 2))
    y = float(np.clip(scene.head.seat + 0.1 * height, height / 2, scene.height - height / 2))
    if scene.occupied(x, y, width, height) > 0.5:
        return None
    return Spot(anchor, x, y, width, height, behind=True)


def _front(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    x0, y0, x1, y1 = scene.box
    width, height = box_for(aspect, size * scene.scale)
    x = float(np.clip((x0 + x1) / 2, width / 2, scene.width - width / 2))
    y = min(y1 + 0.05 * height, scene.height) - height / 2
    if y - height / 2 < y0 + 0.38 * (y1 - y0):
        return None
    return Spot(anchor, x, y, width, height)


def _middle(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    width, height = box_for(aspect, size * scene.scale)
    if not scene.has_subject:
        return Spot(anchor, scene.width / 2, scene.height / 2, width, height)
    x0, y0, x1, y1 = scene.box
    if min(x1 - x0, y1 - y0) < 0.9 * max(width, height):
        return None
    return Spot(anchor, (x0 + x1) / 2, (y0 + y1) / 2, width, height)


def _above(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    width, height = box_for(aspect, size * scene.scale)
    head = scene.head
    y = head.top - 0.56 * height
    if y < 0.5 * height:
        y = 0.5 * height
        if y + 0.38 * height > head.seat:
            return None
    x = float(np.clip(head.x, width / 2, scene.width - width / 2))
    return Spot(anchor, x, y, width, height)


def _side(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    x0, y0, x1, y1 = scene.box
    width, height = box_for(aspect, size * scene.scale)
    left = anchor.endswith("left")
    grounded = anchor.startswith("beside")
    middle = (x0 + x1) / 2
    gap = 0.52 * width
    wish_x = x0 - gap if left else x1 + gap
    wish_x = float(np.clip(wish_x, width / 2, scene.width - width / 2))
    wish_y = y1 - 0.5 * height if grounded else y0 + 0.34 * (y1 - y0)
    wish_y = float(np.clip(wish_y, height / 2, scene.height - height / 2))
    # Over the middle of a wide subject is neither left nor right of it.
    away = max(0.2 * width, 0.25 * (x1 - x0))
    x_range = (0.0, middle - away) if left else (middle + away, float(scene.width))
    x, y, occupied = scene.freest(width, height, (wish_x, wish_y), x_range)
    if occupied > 0.14 or (grounded and y + height / 2 < y0 + 0.62 * (y1 - y0)):
        return None
    return Spot(anchor, x, y, width, height, behind=True, mirrored=left)


def _corner(scene: Scene, anchor: str, aspect: float, size: float) -> Spot | None:
    width, height = box_for(aspect, size * scene.scale)
    margin = 0.03 * scene.scale
    x = margin + width / 2 if anchor == "top_left" else scene.width - margin - width / 2
    y = margin + height / 2
    if scene.occupied(x, y, width, height) > 0.14:
        return None
    return Spot(anchor, x, y, width, height, behind=True)


def ring(scene: Scene, aspect: float, size: float, count: int) -> list[Spot]:
    """Spots about the subject's box at equal angles; those outside the picture or mostly on the subject are left out."""
    if not scene.has_subject:
        return []
    x0, y0, x1, y1 = scene.box
    width, height = box_for(aspect, size * scene.scale)
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    spots: list[Spot] = []
    for k in range(count):
        angle = 2 * np.pi * (k + 0.5) / count - np.pi / 2
        x = cx + ((x1 - x0) / 2 + 0.42 * width) * np.cos(angle) * 1.08
        y = cy + ((y1 - y0) / 2 + 0.42 * height) * np.sin(angle) * 1.08
        x = float(np.clip(x, width / 2, scene.width - width / 2))
        y = float(np.clip(y, height / 2, scene.height - height / 2))
        crowded = any(abs(s.x - x) < 0.8 * width and abs(s.y - y) < 0.8 * height for s in spots)
        if not crowded and scene.occupied(x, y, width, height) < 0.36:
            spots.append(Spot("around", x, y, width, height, behind=True))
    return spots


def lattice(scene: Scene, aspect: float, size: float, columns: int) -> list[Spot]:
    """Spots of a staggered lattice over the background; those mostly on the subject are left out."""
    width, height = box_for(aspect, size * scene.scale)
    step = scene.width / columns
    rows = max(2, round(scene.height / (step * 0.95)))
    spots = []
    for row in range(rows):
        y = (row + 0.5) * scene.height / rows
        shift = 0.25 if row % 2 else -0.25
        for column in range(columns):
            x = float(np.clip((column + 0.5 + shift) * step, width / 2, scene.width - width / 2))
            if scene.occupied(x, y, width, height) < 0.36:
                spots.append(Spot("scatter", x, float(np.clip(y, height / 2, scene.height - height / 2)), width, height, behind=True))
    return spots
