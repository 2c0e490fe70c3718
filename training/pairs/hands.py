"""Six hands that draw anything: pictures of every thing in the manner of each artist, looked up in an atlas.

`draw_hands.py` makes the atlases (work dir, artwork/hands-HAND.npz); set pieces as a whole (furry bodies, ribbons, outlines)
are in pairs/styles. Thirty things are withheld from every hand, so that evaluation can ask an artist for what no
EditLoRA ever saw drawn by that hand.
"""

from __future__ import annotations

import functools
from pathlib import Path

import cv2
import numpy as np

from nano.settings import work_dir

from .artwork import ArtworkError
from .crayons import PAINTERS
from .palette import BRIGHT, recolour

HANDS = ("monster", "magic", "painting", "edge", "flat", "cloud")

WITHHELD = frozenset((
    "star", "sunflower", "balloon", "cactus", "mushroom", "ghost", "unicorn", "rocket", "cupcake", "pizza slice", "apple", "umbrella", "trophy",
    "graduation cap", "rabbit", "penguin", "fox", "turtle", "octopus", "banana", "pineapple", "hamburger", "car", "sailboat", "airplane", "guitar",
    "camera", "alarm clock", "house", "butterfly",
))  # fmt: skip
"""Common things of the vocabulary, with artwork in every hand's sources, that no training pair shows in any artist's hand."""


class Hand:
    """One artist's pictures. names: what there is a picture of."""

    def __init__(self, hand: str, pictures: dict[str, list[np.ndarray]]) -> None:
        self.hand = hand
        self._pictures = pictures
        self.names = frozenset(pictures)

    def draw(self, rng: np.random.Generator, name: str, colour: str | None = None) -> np.ndarray:
        """Premultiplied float32 [h, w, 4], 0..1, trimmed, longest side 200 to 256; in a named colour of PALETTE if there is one.

        Raises ArtworkError for a thing this hand has no picture of, KeyError for an unknown colour.
        """
        if name not in self._pictures:
            raise ArtworkError(f"the hand {self.hand!r} has no picture of {name!r}: run `python training/draw_hands.py` again")
        files = self._pictures[name]
        planes = cv2.imdecode(files[int(rng.integers(len(files)))], cv2.IMREAD_UNCHANGED)
        planes = planes[..., [2, 1, 0, 3][: planes.shape[2]]]
        paint = PAINTERS.get(self.hand)
        if paint is not None:
            picture = paint(planes, rng, colour)
        else:
            picture = planes
            if colour is not None:
                picture = np.dstack([recolour(picture[..., :3], picture[..., 3], colour), picture[..., 3]])
            picture = picture.astype(np.float32) / 255
            picture[..., :3] *= picture[..., 3:]
        return _trim(picture)


def _trim(picture: np.ndarray) -> np.ndarray:
    drawn = picture[..., 3] > 0.02
    rows, cols = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    return np.ascontiguousarray(picture[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1])


def save_hand(path: Path, pictures: list[tuple[str, np.ndarray]]) -> None:
    """Write (thing, uint8 [h, w, 3 or 4]) as one npz: png uint8 [bytes] (all files one after the other), end int64 [N], thing [N]."""
    files = [cv2.imencode(".png", picture[..., [2, 1, 0, 3][: picture.shape[2]]])[1].ravel() for _, picture in pictures]
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, png=np.concatenate(files), end=np.cumsum([len(file) for file in files]), thing=np.array([name for name, _ in pictures]))
    unfinished.replace(path)


@functools.cache
def load_hand(hand: str, folder: str | Path | None = None) -> Hand:
    """A hand's atlas from folder (default: the work dir's artwork). Raises ArtworkError when it is missing."""
    path = Path(folder or work_dir() / "artwork") / f"hands-{hand}.npz"
    if not path.is_file():
        raise ArtworkError(f"{path} is missing: run `python training/draw_hands.py --hands {hand}`")
    with np.load(path) as atlas:
        png, ends, things = atlas["png"], atlas["end"], atlas["thing"]
    pictures: dict[str, list[np.ndarray]] = {}
    for file, thing in zip(np.split(png, ends[:-1]), things, strict=True):
        pictures.setdefault(str(thing), []).append(file)
    return Hand(hand, pictures)


def colours_of(hand: str) -> tuple[str, ...]:
    """The colours that may be named for any thing this hand draws: crayon and chalk have them all, shaded things bright ones."""
    return (*BRIGHT, "white", "black") if hand == "edge" else (*BRIGHT, "white") if hand == "cloud" else BRIGHT


def draw_thing(hand: str, rng: np.random.Generator, thing, colour: str | None = None, folder: str | Path | None = None) -> np.ndarray:
    """A thing (its name or a Thing) in a hand's manner: premultiplied float32 [h, w, 4], 0..1, longest side about 256.

    A look-up and a recolouring, a few milliseconds. Raises ArtworkError, KeyError (see Hand.draw).
    """
    return load_hand(hand, folder).draw(rng, getattr(thing, "name", thing), colour)
