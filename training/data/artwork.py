"""The artwork atlas: a few RGBA pictures of every thing, in families that the generator or the evaluation may use."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from data.colours import recolour
from data.things import THINGS, Thing

GENERATOR_FAMILIES = dict.fromkeys(("fluent-emoji-flat", "drawn-0"), 1.0)
GENERATOR_FAMILIES |= dict.fromkeys(("noto", "noto-v1", "emojione"), 0.01)
GENERATOR_FAMILIES |= dict.fromkeys(("drawn-1", "drawn-3"), 0.015)
"""Families that training pairs are made of, with their relative frequency. One hand draws nearly everything: with 70 %
of one hand and four others, the best first answer is a mean that is nobody's drawing, and in a picture's corner, where
the place is certain, half of a thing's energy was still missed after 41,000 samples. The others stand in."""

EVALUATION_FAMILIES = ("fxemoji", "twemoji", "drawn-2")
"""Families that no training pair ever shows: the evaluation classifier learns what things look like from these."""


class ArtworkError(Exception):
    """The artwork is missing or incomplete; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Sprite:
    """A picture of a thing, trimmed. family: who drew it; rgba: uint8 [h, w, 4], straight, longest side about 250."""

    thing: str
    family: str
    rgba: np.ndarray

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        return self.rgba.shape[1] / self.rgba.shape[0]


class Artwork:
    """Sprites by thing. names: what there is a picture of; things: the same of the vocabulary, in its order."""

    def __init__(self, sprites: list[Sprite], vocabulary: tuple[Thing, ...] = THINGS) -> None:
        self._by_thing: dict[str, list[Sprite]] = {}
        for sprite in sprites:
            self._by_thing.setdefault(sprite.thing, []).append(sprite)
        self.names = frozenset(self._by_thing)
        self.things = tuple(thing for thing in vocabulary if thing.name in self.names)

    def sprites(self, name: str) -> list[Sprite]:
        """All pictures of a thing. Raises ArtworkError for a thing without one."""
        if name not in self._by_thing:
            raise ArtworkError(f"there is no artwork of {name!r}: run `python training/run.py artwork` again")
        return self._by_thing[name]

    def pick(self, name: str, rng: np.random.Generator) -> Sprite:
        """One of a thing's, families drawn by GENERATOR_FAMILIES."""
        sprites = self.sprites(name)
        weights = np.array([GENERATOR_FAMILIES.get(sprite.family, 1.0) for sprite in sprites])
        return sprites[int(rng.choice(len(sprites), p=weights / weights.sum()))]

    def picture(
        self, sprite: Sprite, width: float, height: float, colour: str | None = None, mirrored: bool = False
    ) -> np.ndarray:
        """Premultiplied float32 [round(height), round(width), 4], colours 0..255, alpha 0..1."""
        size, level = max(1, round(width), round(height)), 0
        while level < 2 and max(sprite.rgba.shape[:2]) >> (level + 1) >= size:
            level += 1
        source = _halved(sprite, level)
        if mirrored:
            source = source[:, ::-1]
        premultiplied = coloured(source, colour).astype(np.float32)
        premultiplied[..., 3] /= 255.0
        premultiplied[..., :3] *= premultiplied[..., 3:]
        return fitted(premultiplied, width, height)


@functools.cache
def _halved(sprite: Sprite, level: int) -> np.ndarray:
    """A copy halved `level` times: recolouring a small picture stays cheap."""
    h, w = sprite.rgba.shape[:2]
    return shrink(sprite.rgba, max(1, w >> level), max(1, h >> level)) if level else sprite.rgba


def coloured(rgba: np.ndarray, colour: str | None) -> np.ndarray:
    """uint8 [h, w, 4], straight alpha, in a named colour or as it is."""
    if colour is None:
        return rgba
    return np.dstack([recolour(rgba[..., :3], rgba[..., 3], colour), rgba[..., 3]])


def fitted(picture: np.ndarray, width: float, height: float) -> np.ndarray:
    """A premultiplied picture at round(height) x round(width) pixels, averaged where it shrinks."""
    size = max(1, round(width)), max(1, round(height))
    shrinking = size[0] <= picture.shape[1] and size[1] <= picture.shape[0]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)


def shrink(rgba: np.ndarray, width: int, height: int) -> np.ndarray:
    """Area filter on straight-alpha uint8 [h, w, 4] without dark fringes; uint8 [height, width, 4]."""
    pixels = rgba.astype(np.float32)
    alpha = pixels[..., 3:] / 255.0
    both = np.concatenate([pixels[..., :3] * alpha, alpha], axis=2)
    premultiplied = cv2.resize(both, (width, height), interpolation=cv2.INTER_AREA)
    straight = premultiplied[..., :3] / np.maximum(premultiplied[..., 3:], 1e-4)
    return np.rint(np.clip(np.dstack([straight, premultiplied[..., 3] * 255.0]), 0, 255)).astype(np.uint8)


def trim(picture: np.ndarray, drawn: np.ndarray | None = None) -> np.ndarray:
    """Cut away what is outside `drawn` (bool [h, w]; without: alpha above 8). Raises ArtworkError when all is."""
    ys, xs = np.nonzero(picture[..., 3] > 8 if drawn is None else drawn)
    if len(xs) == 0:
        raise ArtworkError("the picture is empty: its SVG could not be drawn")
    return np.ascontiguousarray(picture[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1])


def _swapped(picture: np.ndarray) -> np.ndarray:
    """RGB(A) as OpenCV has it, and back."""
    return picture[..., [2, 1, 0, 3][: picture.shape[2]]]


def decode(png: np.ndarray) -> np.ndarray:
    """A file of an atlas (uint8 [bytes]): uint8 [h, w, 3 or 4], straight alpha."""
    return np.ascontiguousarray(_swapped(cv2.imdecode(png, cv2.IMREAD_UNCHANGED)))


def write_atlas(path: Path, pictures: Sequence[np.ndarray], **facts) -> None:
    """One npz: png uint8 [bytes] (all files one after the other), end int64 [N], and arrays of facts."""
    files = [cv2.imencode(".png", _swapped(picture))[1].ravel() for picture in pictures]
    write_npz(path, png=np.concatenate(files), end=np.cumsum([len(file) for file in files]), **facts)


def write_npz(path: Path, **arrays) -> None:
    """Written beside and moved into place: whoever reads the folder, or the old file, is not disturbed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, **arrays)
    unfinished.replace(path)


def read_atlas(path: Path, remedy: str, *facts: str) -> list[tuple]:
    """(file, facts ...) of every picture. Raises ArtworkError, which says the remedy, when it is missing."""
    if not path.is_file():
        raise ArtworkError(f"{path} is missing: run `python training/run.py {remedy}`")
    with np.load(path) as atlas:
        if "png" not in atlas:
            raise ArtworkError(f"{path} is of an older layout: run `python training/run.py {remedy}` again")
        return list(zip(np.split(atlas["png"], atlas["end"][:-1]), *(atlas[name] for name in facts), strict=True))


def save_atlas(path: Path, sprites: list[Sprite]) -> None:
    """Sprites as an atlas, with thing and family [N]."""
    facts = {name: np.array([getattr(sprite, name) for sprite in sprites]) for name in ("thing", "family")}
    write_atlas(path, [sprite.rgba for sprite in sprites], **facts)


def load_artwork(work_dir: str | Path, families: tuple[str, ...] = tuple(GENERATOR_FAMILIES)) -> Artwork:
    """The atlas of work_dir/artwork/atlas.npz, restricted to families. Raises ArtworkError: missing or incomplete."""
    path = Path(work_dir) / "artwork" / "atlas.npz"
    rows = read_atlas(path, "artwork", "thing", "family")
    chosen = ((name, family, file) for file, name, family in rows if family in families)
    artwork = Artwork([Sprite(str(name), str(family), decode(file)) for name, family, file in chosen])
    missing = {thing.name for thing in THINGS} - artwork.names
    if missing:
        raise ArtworkError(f"{path} has no picture of {sorted(missing)}: run `python training/run.py artwork` again")
    return artwork
