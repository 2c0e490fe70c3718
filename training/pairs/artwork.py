"""The artwork atlas: a few RGBA pictures of every thing, in families that the generator or the evaluation may use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .palette import recolour
from .thing import Thing
from .things import THINGS

GENERATOR_FAMILIES = {
    "fluent-emoji-flat": 1.0, "noto": 0.01, "noto-v1": 0.01, "emojione": 0.01, "drawn-0": 1.0, "drawn-1": 0.015, "drawn-3": 0.015,
}  # fmt: skip
"""Families that training pairs are made of, with their relative frequency. One hand draws nearly everything: with 70 % of one
hand and four others, the best first answer is a mean that is nobody's drawing, and in a picture's corner, where the place is
certain, half of a thing's energy was still missed after 41,000 samples. The others stand in where that hand lacks a thing."""

EVALUATION_FAMILIES = ("fxemoji", "twemoji", "drawn-2")
"""Families that no training pair ever shows: the evaluation classifier learns what things look like from these."""


class ArtworkError(Exception):
    """The artwork is missing or incomplete; the message says what to do."""


@dataclass(frozen=True)
class Sprite:
    """A picture of a thing, trimmed. rgba: uint8 [h, w, 4], straight alpha, longest side about 250."""

    thing: str
    family: str
    rgba: np.ndarray

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        return self.rgba.shape[1] / self.rgba.shape[0]


class Artwork:
    """Sprites by thing. Scaled and recoloured copies are made on demand. names: what there is a picture of; things: the same
    as entries of the vocabulary, in its order."""

    def __init__(self, sprites: list[Sprite], vocabulary: tuple[Thing, ...] = THINGS) -> None:
        self._by_thing: dict[str, list[Sprite]] = {}
        self._levels: dict[tuple[int, int], np.ndarray] = {}
        for sprite in sprites:
            self._by_thing.setdefault(sprite.thing, []).append(sprite)
        self.names = frozenset(self._by_thing)
        self.things = tuple(thing for thing in vocabulary if thing.name in self.names)

    def sprites(self, name: str) -> list[Sprite]:
        """All pictures of a thing. Raises ArtworkError for a thing without one."""
        if name not in self._by_thing:
            raise ArtworkError(f"there is no artwork of {name!r}: run `python training/fetch_artwork.py` again")
        return self._by_thing[name]

    def pick(self, name: str, rng: np.random.Generator) -> Sprite:
        """One picture of a thing, families drawn by GENERATOR_FAMILIES."""
        sprites = self.sprites(name)
        weights = np.array([GENERATOR_FAMILIES.get(sprite.family, 1.0) for sprite in sprites])
        return sprites[int(rng.choice(len(sprites), p=weights / weights.sum()))]

    def picture(self, sprite: Sprite, width: float, height: float, colour: str | None = None, mirrored: bool = False) -> np.ndarray:
        """Premultiplied float32 [round(height), round(width), 4], colours 0..255, alpha 0..1, optionally in a named colour."""
        size = (max(1, round(width)), max(1, round(height)))
        source = self._level(sprite, max(size))
        if mirrored:
            source = source[:, ::-1]
        if colour is not None:
            source = np.dstack([recolour(source[..., :3], source[..., 3], colour), source[..., 3]])
        premultiplied = source.astype(np.float32)
        premultiplied[..., 3] /= 255.0
        premultiplied[..., :3] *= premultiplied[..., 3:]
        shrinking = size[0] <= source.shape[1] and size[1] <= source.shape[0]
        return cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)

    def _level(self, sprite: Sprite, size: int) -> np.ndarray:
        """The smallest halved copy of the sprite that is still at least `size`; keeps recolouring cheap at small sizes."""
        level = 0
        while level < 2 and max(sprite.rgba.shape[:2]) >> (level + 1) >= size:
            level += 1
        if level == 0:
            return sprite.rgba
        key = (id(sprite), level)
        if key not in self._levels:
            h, w = sprite.rgba.shape[:2]
            self._levels[key] = shrink(sprite.rgba, max(1, w >> level), max(1, h >> level))
        return self._levels[key]


def shrink(rgba: np.ndarray, width: int, height: int) -> np.ndarray:
    """Area filter on straight-alpha uint8 [h, w, 4] without dark fringes; uint8 [height, width, 4]."""
    pixels = rgba.astype(np.float32)
    alpha = pixels[..., 3:] / 255.0
    premultiplied = cv2.resize(np.concatenate([pixels[..., :3] * alpha, alpha], axis=2), (width, height), interpolation=cv2.INTER_AREA)
    straight = premultiplied[..., :3] / np.maximum(premultiplied[..., 3:], 1e-4)
    return np.rint(np.clip(np.dstack([straight, premultiplied[..., 3] * 255.0]), 0, 255)).astype(np.uint8)


def trim(rgba: np.ndarray) -> np.ndarray:
    """Cut away the empty border. Raises ArtworkError for an empty picture."""
    ys, xs = np.nonzero(rgba[..., 3] > 8)
    if len(xs) == 0:
        raise ArtworkError("the picture is empty: its SVG could not be drawn")
    return np.ascontiguousarray(rgba[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1])


def save_atlas(path: Path, sprites: list[Sprite]) -> None:
    """Write sprites as one npz: png uint8 [bytes] (all files one after the other), end int64 [N], thing and family [N]."""
    files = [cv2.imencode(".png", cv2.cvtColor(sprite.rgba, cv2.COLOR_RGBA2BGRA))[1].ravel() for sprite in sprites]
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and moved into place: whoever is reading the old atlas is not disturbed.
    unfinished = path.with_suffix(".part.npz")
    np.savez(
        unfinished, png=np.concatenate(files), end=np.cumsum([len(file) for file in files]),
        thing=np.array([s.thing for s in sprites]), family=np.array([s.family for s in sprites]),
    )  # fmt: skip
    unfinished.replace(path)


def load_artwork(work_dir: str | Path, families: tuple[str, ...] = tuple(GENERATOR_FAMILIES)) -> Artwork:
    """The atlas of work_dir/artwork/atlas.npz, restricted to families. Raises ArtworkError when it is missing or incomplete."""
    path = Path(work_dir) / "artwork" / "atlas.npz"
    if not path.is_file():
        raise ArtworkError(f"{path} is missing: run `python training/fetch_artwork.py`")
    with np.load(path) as atlas:
        if "png" not in atlas:
            raise ArtworkError(f"{path} is of an older layout: run `python training/fetch_artwork.py` again")
        png, ends, things, found = atlas["png"], atlas["end"], atlas["thing"], atlas["family"]
    sprites = [
        Sprite(str(thing), str(family), cv2.cvtColor(cv2.imdecode(file, cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA))
        for file, thing, family in zip(np.split(png, ends[:-1]), things, found, strict=True)
        if family in families
    ]
    artwork = Artwork(sprites)
    missing = {thing.name for thing in THINGS} - artwork.names
    if missing:
        raise ArtworkError(f"{path} has no picture of {sorted(missing)}: run `python training/fetch_artwork.py` again")
    return artwork
