"""Six hands that draw anything: pictures of every thing in the manner of each artist, looked up in an atlas.

`draw_hands.py` makes the atlases (work dir, artwork/hands-HAND.npz); set pieces as a whole (furry bodies, ribbons, outlines)
are in pairs/styles. Thirty things are withheld from every hand, so that evaluation can ask an artist for what no
EditLoRA ever saw drawn by that hand.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from nano.settings import work_dir

from .artwork import ArtworkError
from .crayons import PAINTERS
from .palette import BRIGHT, recolour
from .thing import Thing
from .things import THINGS

HANDS = ("monster", "magic", "painting", "edge", "flat", "cloud")

WITHHELD = frozenset((
    "elephant", "sunflower", "balloon", "cactus", "mushroom", "ghost", "unicorn", "rocket", "cupcake", "pizza slice", "apple", "umbrella", "trophy",
    "graduation cap", "rabbit", "penguin", "fox", "turtle", "octopus", "banana", "pineapple", "hamburger", "car", "sailboat", "airplane", "guitar",
    "camera", "alarm clock", "house", "giraffe",
))  # fmt: skip
"""Common things of the vocabulary, with artwork in every hand's sources, that no training pair shows in any artist's hand."""


@dataclass(frozen=True)
class HandSprite:
    """A picture of a thing by a hand, trimmed, not yet coloured. family: the hand; planes: uint8 [h, w, 3 or 4], straight alpha, or
    coverages for the hands of crayons.PAINTERS."""

    thing: str
    family: str
    planes: np.ndarray

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        return self.planes.shape[1] / self.planes.shape[0]


class Hand:
    """One artist's pictures; places of artwork.Artwork can be taken by it. names: what there is a picture of; things: those of the
    vocabulary that pairs may show (no WITHHELD ones), with the colours and adjectives they have in this hand."""

    def __init__(self, hand: str, pictures: dict[str, list[np.ndarray]], vocabulary: tuple[Thing, ...] = THINGS) -> None:
        self.hand = hand
        self._pictures = pictures
        self.names = frozenset(pictures)
        self.things = tuple(_in_hand(hand, thing) for thing in vocabulary if thing.name in self.names - WITHHELD)

    def pick(self, name: str, rng: np.random.Generator) -> HandSprite:
        """One picture of a thing. Raises ArtworkError for a thing this hand has no picture of."""
        if name not in self._pictures:
            raise ArtworkError(f"the hand {self.hand!r} has no picture of {name!r}: run `python training/draw_hands.py` again")
        files = self._pictures[name]
        planes = _decoded(files[int(rng.integers(len(files)))])
        drawn = (planes.max(axis=2) if self.hand in PAINTERS else planes[..., 3]) > 5
        rows, cols = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
        return HandSprite(name, self.hand, np.ascontiguousarray(planes[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]))

    def paint(self, sprite: HandSprite, colour: str | None = None) -> np.ndarray:
        """The sprite at its own size: premultiplied float32 [h, w, 4], 0..1. Raises KeyError for an unknown colour."""
        painter = PAINTERS.get(self.hand)
        if painter is not None:
            return painter(sprite.planes, colour)
        planes = sprite.planes
        if colour is not None:
            planes = np.dstack([recolour(planes[..., :3], planes[..., 3], colour), planes[..., 3]])
        picture = planes.astype(np.float32) / 255
        picture[..., :3] *= picture[..., 3:]
        return picture

    def picture(
        self, sprite: HandSprite, width: float, height: float, colour: str | None = None, mirrored: bool = False
    ) -> np.ndarray:
        """As artwork.Artwork.picture: premultiplied float32 [round(height), round(width), 4], colours 0..255, alpha 0..1."""
        picture = self.paint(sprite, colour)
        size = (max(1, round(width)), max(1, round(height)))
        shrinking = size[0] <= picture.shape[1] and size[1] <= picture.shape[0]
        picture = cv2.resize(
            picture[:, ::-1] if mirrored else picture, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
        )
        picture[..., :3] *= 255
        return picture


_LOOKS = {
    "monster": ("furry", "fluffy", "shaggy", "hairy"), "magic": ("3D", "puffy", "shiny", "glowing"), "painting": ("bold", "bold outlined", "vivid"),
    "edge": ("crayon", "hand-drawn", "scribbled", "doodled"), "flat": ("flat", "plain", "flat vector"), "cloud": ("chalk", "sketched", "hand-drawn", "white chalk"),
}  # fmt: skip
"""Adjectives that everything by a hand deserves."""


def _in_hand(hand: str, thing: Thing) -> Thing:
    """A thing as this hand has it: crayon and chalk come in every colour and are never golden or juicy."""
    if hand in PAINTERS:
        return replace(thing, colours=colours_of(hand), looks=_LOOKS[hand])
    return replace(thing, looks=(*thing.looks, *_LOOKS[hand]))


def save_hand(path: Path, pictures: list[tuple[str, np.ndarray]]) -> None:
    """Write (thing, uint8 [h, w, 3 or 4]) as one npz: png uint8 [bytes] (all files one after the other), end int64 [N], thing [N]."""
    files = [cv2.imencode(".png", picture[..., [2, 1, 0, 3][: picture.shape[2]]])[1].ravel() for _, picture in pictures]
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez(
        unfinished,
        png=np.concatenate(files),
        end=np.cumsum([len(file) for file in files]),
        thing=np.array([name for name, _ in pictures]),
    )
    unfinished.replace(path)


def _read(path: Path) -> list[tuple[str, np.ndarray]]:
    """(thing, the PNG file of a picture of it) of an atlas."""
    with np.load(path) as atlas:
        png, ends, things = atlas["png"], atlas["end"], atlas["thing"]
    return list(zip(map(str, things), np.split(png, ends[:-1]), strict=True))


def hand_pictures(path: Path) -> list[tuple[str, np.ndarray]]:
    """An atlas as save_hand took it: (thing, uint8 [h, w, 3 or 4])."""
    return [(thing, _decoded(file)) for thing, file in _read(path)]


def _decoded(file: np.ndarray) -> np.ndarray:
    planes = cv2.imdecode(file, cv2.IMREAD_UNCHANGED)
    return planes[..., [2, 1, 0, 3][: planes.shape[2]]]


@functools.cache
def load_hand(hand: str, folder: str | Path | None = None) -> Hand:
    """A hand's atlas from folder (default: the work dir's artwork). Raises KeyError for an unknown hand, ArtworkError when the
    atlas is missing."""
    if hand not in HANDS:
        raise KeyError(f"there is no hand {hand!r}: one of {', '.join(HANDS)}")
    path = Path(folder or work_dir() / "artwork") / f"hands-{hand}.npz"
    if not path.is_file():
        raise ArtworkError(f"{path} is missing: run `python training/draw_hands.py --hands {hand}`")
    pictures: dict[str, list[np.ndarray]] = {}
    for thing, file in _read(path):
        pictures.setdefault(thing, []).append(file)
    return Hand(hand, pictures)


def colours_of(hand: str) -> tuple[str, ...]:
    """The colours that may be named for any thing this hand draws: crayon and chalk have them all, shaded things bright ones."""
    return (*BRIGHT, "white", "black") if hand == "edge" else (*BRIGHT, "white") if hand == "cloud" else BRIGHT


def draw_thing(
    hand: str, rng: np.random.Generator, thing: Thing | str, colour: str | None = None, folder: str | Path | None = None
) -> np.ndarray:
    """A thing in a hand's manner: premultiplied float32 [h, w, 4], 0..1, trimmed, longest side 200 to 256; colour: one of PALETTE.

    A look-up and a recolouring, a few milliseconds. Raises ArtworkError for what the hand has no picture of, KeyError for an
    unknown colour.
    """
    atlas = load_hand(hand, folder)
    return atlas.paint(atlas.pick(thing if isinstance(thing, str) else thing.name, rng), colour)
