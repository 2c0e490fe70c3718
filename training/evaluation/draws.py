"""Pairs that name one thing, other draws of the same instruction, and the mean doodle of an instruction."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from pairs.artwork import Artwork, Sprite
from pairs.pair import Pair
from pairs.photos import Photo
from pairs.pool import PhotoPool
from pairs.pretrain import PairError, make_pretrain_pair

KINDS = {"place": 0.66, "pair": 0.16, "surround": 0.18}
"""Kinds of pairs that name a thing, with their shares."""

VIEWS = 600
"""Views tried before a thing counts as impossible to draw."""


class EvaluationError(Exception):
    """The evaluation cannot go on; the message says what to do."""


class Repainted(Artwork):
    """Artwork of one thing, always in one named colour (None: its own colours), whatever colour the generator draws."""

    def __init__(self, sprites: list[Sprite], colour: str | None) -> None:
        super().__init__(sprites)
        self.colour = colour

    def picture(self, sprite: Sprite, width: float, height: float, colour: str | None = None, mirrored: bool = False) -> np.ndarray:
        """As Artwork.picture, in this artwork's colour."""
        return super().picture(sprite, width, height, self.colour, mirrored)


def views(pool: PhotoPool, size_hw: tuple[int, int], rng: np.random.Generator) -> Iterator[Photo]:
    """Random views (H, W) without an end."""
    while True:
        yield pool.view(size_hw, rng)


def draw_pair(kinds: Sequence[str], alone: Artwork, on: Iterator[Photo], rng: np.random.Generator, phrasing: str) -> tuple[Photo, Pair]:
    """The first of the views that has room, and a pair on it, of one of the kinds (of KINDS). alone: artwork of one thing.

    Raises EvaluationError when no view has room.
    """
    shares = np.array([KINDS[kind] for kind in kinds])
    for view in itertools.islice(on, VIEWS):
        kind = str(rng.choice(list(kinds), p=shares / shares.sum()))
        try:
            return view, make_pretrain_pair(rng, view, alone, kind, phrasing)
        except PairError:
            continue
    raise EvaluationError(f"none of {VIEWS} views has room for {sorted(alone.names)}: take it out of the vocabulary")


def draws_like(pair: Pair, artwork: Artwork, on: Iterable[Photo], count: int, rng: np.random.Generator) -> list[Pair]:
    """Up to `count` pairs of the same kind, thing, colour and anchor; every view is tried once."""
    thing, meta = pair.meta["things"][0], pair.meta
    same = Repainted(artwork.sprites(thing), meta["colour"])
    found: list[Pair] = []
    for view in on:
        try:
            other = make_pretrain_pair(rng, view, same, meta["kind"], meta["phrasing"])
        except PairError:
            continue
        if other.meta["anchor"] == meta["anchor"]:
            found.append(other)
        if len(found) == count:
            break
    return found


def paste_mean(pairs: Sequence[Pair], picture: np.ndarray) -> np.ndarray:
    """The mean of the pairs' doodles (premultiplied RGBA) laid over a picture of their size. uint8 [H, W, 3]."""
    if not pairs:
        return picture
    keep = 1.0 - np.stack([pair.alpha for pair in pairs])[..., None]
    colour = np.stack([pair.target.astype(np.float32) - pair.source * k for pair, k in zip(pairs, keep)]).mean(0)
    return np.rint(np.clip(picture * keep.mean(0) + colour, 0, 255)).astype(np.uint8)
