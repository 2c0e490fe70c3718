"""Writes the caches that training reads: elements of pairs for the drawing, boxes and words of pairs for the layout.

A shard of `layouts` holds V views and P pairs:

| key | dtype, shape | what |
|---|---|---|
| features | f16 [V, 144, 192] | the matte network's features of the view, row by row |
| matte | u8 [V, 144, 16] | the matte as the layout is told it: 4 x 4 area means a cell; half have the app's own |
| aspect | f32 [V] | width / height |
| view | i32 [P] | a pair's view in this shard |
| text, meta | str [P] | the instruction; JSON of the pair's meta |
| count | u8 [P] | elements; ordered by their words, then from left to right |
| boxes | f32 [P, 16, 4] | centre x, y, width, height in shares of the photo, zeros beyond count |
| kinds | u8 [P, 16] | index in data.pair.KINDS |
| anchors | u8 [P, 16] | index in model.conditioned.ANCHORS |
| words | i16 [P, 16, 2] | start and end of each element's own words in the text |
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch

from configs import options
from data.artwork import load_artwork, write_npz
from data.hands import HANDS, load_hand
from data.pair import Element, Pair
from data.photos import Photo, told_matte
from data.pool import PhotoPool
from data.pretrain import PairError, make_pretrain_pair
from data.scene import Scene
from data.settings import data_dir, work_dir
from data.styles import make_style_pair
from model.codec import Codec
from train.caches import encode_element, matte_cells, pair_arrays, stacked
from train.masters import load_codec

ELEMENT_SIDE, ELEMENTS_PER_SHARD = 448, 192
LAYOUT_SIDE, VIEWS_PER_SHARD = 320, 64
"""Pixels of a view's side, as a square of its area; the matte network sees 320 x 320, too."""
HAND_SHARD = 32  # Pairs in a shard of one hand's, where --hands makes them beside the plain ones, on the same views
MOST_ASPECT = 16 / 9
MORE_TWOS = 0.15  # Share of the layout's pairs that are of several things beside the mixture: slots are to learn

Matte = Callable[[np.ndarray], tuple[np.ndarray, ...]]  # uint8 [H, W, 3] -> matte 0..1, features [144, 192]


def _sized(side: int, aspect: float) -> tuple[int, int]:
    return round(side / aspect**0.5), round(side * aspect**0.5)


class Encoder:
    """Samples by grid, written when there are enough. prefix: of the shards' names."""

    def __init__(self, codec: Codec, out: Path, prefix: str):
        self.codec, self.out, self.prefix, self.waiting, self.written = codec, out, prefix, {}, 0

    def add(self, pair: Pair, element: Element, rng: np.random.Generator) -> None:
        """An element, unless it is too small."""
        if sample := encode_element(pair, element, self.codec, rng):
            group = self.waiting.setdefault(sample.grid, [])
            group.append(sample)
            if len(group) >= ELEMENTS_PER_SHARD:
                self.flush(sample.grid)

    def flush(self, *grids: tuple[int, int]) -> None:
        """Writes what waits of these grids."""
        for grid in grids:
            write_npz(self.out / f"{self.prefix}-{self.written:04d}.npz", **stacked(self.waiting.pop(grid)))
            self.written += 1


def elements(argv: Sequence[str] | None = None) -> None:
    """Encodes elements of pairs until the clock ends."""
    args = options("elements", argv)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng, pool = np.random.default_rng(args.seed), PhotoPool(data_dir(), args.held_out)
    encoder = Encoder(load_codec(args.codec), work_dir() / args.out, f"{args.seed:03d}")
    artwork = None if args.hand else load_artwork(work_dir())
    plain = lambda view: make_pretrain_pair(rng, view, artwork, str(rng.choice(args.kinds)))
    make = partial(make_style_pair, args.hand, rng, things=0.0) if args.hand else plain
    known = load_hand(args.hand).names if args.hand else frozenset()
    start, pairs, found = time.monotonic(), 0, 0
    while time.monotonic() - start < 60 * args.minutes:
        # Half of the views square or 4:3 or 3:2, so that grids come often enough to make batches of.
        aspect = float(rng.choice((1.0, 4 / 3, 3 / 4, 3 / 2, 2 / 3, 16 / 9, 9 / 16)))
        view = pool.view(_sized(ELEMENT_SIDE, aspect), rng)
        for _ in range(args.per_view):
            try:
                pair = make(view)
            except PairError:
                continue
            pairs, found = pairs + 1, found + len(pair.elements)
            for element in pair.elements:
                if element.thing not in known:
                    encoder.add(pair, element, rng)
        if pairs % 100 < args.per_view:
            print(f"{pairs} pairs, {found} elements, {found / (time.monotonic() - start):.1f} a second", flush=True)
    encoder.flush(*list(encoder.waiting))


def described(view: Photo, network: Matte, rng: np.random.Generator) -> dict:
    """A view's part of a shard: its features, its matte and aspect."""
    own, features, *_ = network(view.image)
    matte = np.ascontiguousarray(own if rng.random() < 0.5 else view.matte, np.float32)
    aspect = np.float32(view.matte.shape[1] / view.matte.shape[0])
    told = matte_cells(told_matte(matte, rng))
    return {"aspect": aspect, "features": features.astype(np.float16), "matte": told}


class ViewShards:
    """Shards of views and pairs on them, FOLDER/PREFIX-NUMBER.npz."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self.folder, self.prefix, self.written, self.views, self.pairs = folder, prefix, 0, [], []

    def add(self, entry: dict, pairs: list[Pair]) -> None:
        """What `described` gave of a view, and pairs on it."""
        self.pairs += [pair_arrays(pair) | {"view": np.int32(len(self.views))} for pair in pairs]
        self.views.append(entry)

    def write(self) -> None:
        """What was added, if anything, as the next shard."""
        stack = lambda rows: {key: np.stack([row[key] for row in rows]) for key in rows[0]}
        if self.pairs:
            path = self.folder / f"{self.prefix}-{self.written:05d}.npz"
            write_npz(path, **stack(self.views), **stack(self.pairs))
            self.written, self.views, self.pairs = self.written + 1, [], []


def random_size(rng: np.random.Generator) -> tuple[int, int]:
    """(H, W) of a layout's view; a third square, else up to 16:9 either way."""
    aspect = 1.0 if rng.random() < 0.3 else float(np.exp(rng.uniform(-1, 1) * np.log(MOST_ASPECT)))
    return _sized(LAYOUT_SIDE, aspect)


def layouts(argv: Sequence[str] | None = None) -> None:
    """Writes shards until the clock ends."""
    from model.matte import Matting

    args = options("layouts", argv)
    cv2.setNumThreads(1)
    rng, network, prefix = np.random.default_rng(args.seed), Matting(fast=True).look, f"{args.seed:03d}"
    pool, artwork = PhotoPool(data_dir(), args.held_out), load_artwork(work_dir())
    shards, others = ViewShards(work_dir() / args.out, prefix), work_dir() / f"{args.out}-hands"
    hands = {hand: ViewShards(others / hand, prefix) for hand in HANDS if args.hands}
    started, made = time.monotonic(), 0
    while made < args.count and time.monotonic() - started < 60 * args.minutes:
        view = pool.view(random_size(rng), rng)
        pairs = view_pairs(rng, view, artwork, args.per_view, args.phrasing)
        if not pairs:
            continue
        entry, made = described(view, network, rng), made + len(pairs)
        shards.add(entry, pairs)
        for hand in rng.permutation(list(hands))[: args.hands]:
            with contextlib.suppress(PairError):
                hands[hand].add(entry, [make_style_pair(hand, rng, view)])
            if len(hands[hand].pairs) >= HAND_SHARD:
                hands[hand].write()
        if len(shards.views) >= VIEWS_PER_SHARD:
            shards.write()
            print(f"{made} pairs, {made / (time.monotonic() - started):.0f} a second", flush=True)
    shards.write()


def view_pairs(rng: np.random.Generator, view: Photo, artwork, per_view: int, phrasing: str) -> list[Pair]:
    """Up to so many pairs on a view; fewer where little fits."""
    pairs: list[Pair] = []
    scene = Scene(view)
    for _ in range(per_view):
        kind = "two" if rng.random() < MORE_TWOS else None
        try:
            pairs.append(make_pretrain_pair(rng, view, artwork, kind, phrasing, scene=scene))
        except PairError:
            break
    return pairs
