"""What is known of a photo's subject by marks: the face's landmarks and the head."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.tables import table

CROWN = 0.08  # The crown's point below the head's top, share of its height: the median of the heads marked by hand
_WIDTH, _CHIN = 2.5, 1.75  # A person's head: width in eye distances, chin below the eyes on the way to the mouth
_RISE = (1.35, 1.75, 2.3)  # Its top above the eyes in eye distances: least, without a matte, most (a tall hairdo)


@dataclass(frozen=True)
class Face:
    """A face seen from the front: its eyes, left one in the picture first, and its mouth, (x, y) in pixels."""

    eyes: tuple[tuple[float, float], tuple[float, float]]
    mouth: tuple[float, float]

    @property
    def eye_distance(self) -> float:
        (x0, y0), (x1, y1) = self.eyes
        return float(np.hypot(x1 - x0, y1 - y0))

    @property
    def points(self) -> np.ndarray:
        """Both eyes and the mouth, float64 [3, 2]."""
        return np.array([*self.eyes, self.mouth], np.float64)

    def moved(self, scale: float, dx: float, dy: float, mirror: float | None = None) -> Face:
        """The face after scaling about the origin, then shifting, then flipping within `mirror` pixels of width."""
        points = self.points * scale + (dx, dy)
        if mirror is not None:
            points = np.stack([mirror - points[[1, 0, 2], 0], points[[1, 0, 2], 1]], 1)
        left, right, mouth = map(tuple, points.tolist())
        return Face((left, right), mouth)

    def seen(self, height: int, width: int) -> Face | None:
        """The face, or None when an eye or the mouth is outside a picture of these pixels or within 4 % of its edge."""
        margin = 0.04 * min(height, width)
        inside = (self.points >= margin) & (self.points <= np.array([width, height]) - margin)
        return self if inside.all() else None


@dataclass(frozen=True)
class Head:
    """A head in pixels. box: x0, y0, x1, y1, ears included; crown: where the middle of a hat's brim sits."""

    box: tuple[float, float, float, float]
    crown: tuple[float, float]

    @property
    def width(self) -> float:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]

    def moved(self, scale: float, dx: float, dy: float, mirror: float | None = None) -> Head:
        """The head after scaling about the origin, then shifting, then flipping within `mirror` pixels of width."""
        points = np.array([self.box[:2], self.box[2:], self.crown]) * scale + (dx, dy)
        if mirror is not None:
            points[:, 0] = mirror - points[[1, 0, 2], 0]
        (x0, y0), (x1, y1), crown = points.tolist()
        return Head((x0, y0, x1, y1), tuple(crown))

    def seen(self, height: int, width: int) -> Head | None:
        """The head, or None when a picture of these pixels shows less than 85 % of it or not its crown."""
        x0, y0, x1, y1 = self.box
        across, down = max(0.0, min(x1, width) - max(x0, 0.0)), max(0.0, min(y1, height) - max(y0, 0.0))
        share = across * down / (self.width * self.height)
        return self if share >= 0.85 and 0 < self.crown[0] < width and 0 < self.crown[1] < height else None


@functools.cache
def _heads(folder: str) -> dict[str, dict]:
    """Those of the folder, where it has some, and those of data/tables/heads.json."""
    path = Path(folder) / "heads.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    records = (json.loads(line) for line in lines if line.strip())
    return table("heads.json") | {record["id"]: record for record in records}


def is_matte_checked(photo_id: str) -> bool:
    """Was the photo's matte looked at and found right, whatever its share of half-tones says? Fur has many."""
    return photo_id in table("heads.json")


def has_head(photo_id: str, folder: str | Path) -> bool:
    """Is a head of the photo marked, and only one?"""
    record = _heads(str(folder)).get(photo_id)
    return record is not None and record["head"] is not None and not record.get("several")


def face_of(photo_id: str, width: int, height: int) -> Face | None:
    """The landmarks of a photo of these pixels; None where they are not known."""
    known = table("landmarks.json").get(photo_id)
    if known is None:
        return None
    left, right, mouth = ((x * width, y * height) for x, y in (*known["eyes"], known["mouth"]))
    return Face((left, right), mouth)


def marked_head(photo_id: str, folder: str | Path, width: int, height: int) -> Head | None:
    """The head marked in a photo of these pixels; None without one or with several."""
    if not has_head(photo_id, folder):
        return None
    record = _heads(str(folder))[photo_id]
    x0, y0, x1, y1 = record["head"]
    x, y = record["crown"]
    return Head((x0 * width, y0 * height, x1 * width, y1 * height), (x * width, y * height))


def person_head(face: Face, matte: np.ndarray | None) -> Head:
    """The head of a person with landmarks; its top is the silhouette's where matte (float32 [H, W]) is trusted."""
    eyes, distance = face.points[:2].mean(axis=0), face.eye_distance
    rise = _RISE[1]
    if matte is not None:
        cols = slice(max(0, round(eyes[0] - 0.5 * distance)), max(1, round(eyes[0] + 0.5 * distance)))
        inside = matte[: max(1, round(eyes[1])), cols].mean(axis=1) > 0.5
        empty = np.flatnonzero(~inside)
        rise = float(np.clip((eyes[1] - (empty[-1] + 1 if len(empty) else 0)) / distance, _RISE[0], _RISE[2]))
    top, chin = eyes[1] - rise * distance, eyes[1] + _CHIN * (face.mouth[1] - eyes[1])
    half = _WIDTH / 2 * distance
    return Head((eyes[0] - half, top, eyes[0] + half, chin), (float(eyes[0]), float(top + CROWN * (chin - top))))
