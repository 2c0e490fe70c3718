"""Six hands that draw anything: pictures of every thing in the manner of each artist, looked up in an atlas.

`run.py hands` makes the atlases (work dir, artwork/hands-HAND.npz); set pieces as a whole (furry bodies, ribbons,
outlines) are in data/styles. Thirty things are withheld from every hand: evaluation asks for what no EditLoRA saw."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.artwork import ArtworkError, Sprite, coloured, decode, fitted, read_atlas, trim, write_atlas
from data.colours import BRIGHT, PAINTERS
from data.settings import work_dir
from data.tables import table
from data.things import THINGS, Thing

HANDS = tuple(table("hands.toml")["looks"])
WITHHELD = frozenset(table("hands.toml")["withheld"])  # Common things that no pair shows in any artist's hand


class Hand:
    """One artist's pictures; places of artwork.Artwork can be taken by it. names: what there is a picture of; things:
    those of the vocabulary that pairs may show (no WITHHELD ones), with the colours and adjectives of this hand."""

    def __init__(self, hand: str, pictures: dict[str, np.ndarray], vocabulary: tuple[Thing, ...] = THINGS) -> None:
        self.hand = hand
        self._pictures = pictures
        self.names = frozenset(pictures)
        self.things = tuple(_in_hand(hand, thing) for thing in vocabulary if thing.name in self.names - WITHHELD)

    def pick(self, name: str, rng: np.random.Generator | None = None) -> Sprite:
        """The picture of a thing, not yet coloured: coverages for the hands of colours.PAINTERS. Always the same, since
        of two ways to draw it a first answer is the mean. Raises ArtworkError for what this hand has no picture of."""
        if name not in self._pictures:
            again = f"run `python training/run.py hands --hands {self.hand}` again"
            raise ArtworkError(f"the hand {self.hand!r} has no picture of {name!r}: {again}")
        planes = decode(self._pictures[name])
        drawn = (planes.max(axis=2) if self.hand in PAINTERS else planes[..., 3]) > 5
        return Sprite(name, self.hand, trim(planes, drawn))

    def paint(self, sprite: Sprite, colour: str | None = None) -> np.ndarray:
        """At its own size, longest side 200 to 256: premultiplied float32 [h, w, 4], 0..1. Raises KeyError: colour."""
        if self.hand in PAINTERS:
            return PAINTERS[self.hand](sprite.rgba, colour)
        picture = coloured(sprite.rgba, colour).astype(np.float32) / 255
        picture[..., :3] *= picture[..., 3:]
        return picture

    def picture(
        self, sprite: Sprite, width: float, height: float, colour: str | None = None, mirrored: bool = False
    ) -> np.ndarray:
        """As artwork.Artwork.picture: premultiplied float32 [round(height), round(width), 4], 0..255, alpha 0..1."""
        picture = self.paint(sprite, colour)
        picture = fitted(picture[:, ::-1] if mirrored else picture, width, height)
        picture[..., :3] *= 255
        return picture


def _in_hand(hand: str, thing: Thing) -> Thing:
    """A thing as this hand has it: crayon and chalk come in every colour and are never golden or juicy."""
    looks = tuple(table("hands.toml")["looks"][hand])
    if hand in PAINTERS:
        return replace(thing, colours=colours_of(hand), looks=looks)
    return replace(thing, looks=(*thing.looks, *looks))


def save_hand(path: Path, pictures: list[tuple[str, np.ndarray]]) -> None:
    """Write (thing, uint8 [h, w, 3 or 4]) as an atlas with thing [N]."""
    write_atlas(path, [picture for _, picture in pictures], thing=np.array([name for name, _ in pictures]))


def hand_pictures(path: Path) -> list[tuple[str, np.ndarray]]:
    """An atlas as save_hand took it: (thing, uint8 [h, w, 3 or 4])."""
    return [(str(thing), decode(file)) for file, thing in read_atlas(path, "hands", "thing")]


@functools.cache
def load_hand(hand: str, folder: str | Path | None = None) -> Hand:
    """A hand's atlas from folder (default: the work dir's artwork). Raises KeyError, ArtworkError: no atlas."""
    if hand not in HANDS:
        raise KeyError(f"there is no hand {hand!r}: one of {', '.join(HANDS)}")
    path = Path(folder or work_dir() / "artwork") / f"hands-{hand}.npz"
    rows = read_atlas(path, f"hands --hands {hand}", "thing")
    return Hand(hand, {str(thing): file for file, thing in reversed(rows)})


def colours_of(hand: str) -> tuple[str, ...]:
    """The colours that may be named for what this hand draws: crayon and chalk have all, others bright ones."""
    return (*BRIGHT, *{"edge": ("white", "black"), "cloud": ("white",)}.get(hand, ()))
