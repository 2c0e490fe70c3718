"""Pairs for the layout transformer: many on each view of a photo, as boxes, kinds and words, in npz shards.

    python training/cache_layout.py --minutes 20 --out training/runs/layout [--seed 1] [--things 60] [--held-out]

A shard holds V views and P pairs:

| key | dtype, shape | what |
|---|---|---|
| features | f16 [V, 144, 192] | the matte network's features of the view, row by row (without the network: `jpeg`, below) |
| jpeg, end | u8 [bytes], i64 [V] | the views squashed to 320 x 320, one after the other, where each ends; only without `features` |
| matte | u8 [V, 144, 16] | the matte as the layout is told it: 4 x 4 area means a cell of 12 x 12; half of the views have the app's own |
| aspect | f32 [V] | width / height |
| view | i32 [P] | a pair's view in this shard |
| text, meta | str [P] | the instruction; JSON of the pair's meta |
| count | u8 [P] | elements; ordered by their words, then from left to right |
| boxes | f32 [P, 16, 4] | centre x, y, width, height in shares of the photo, zeros beyond count |
| kinds | u8 [P, 16] | index in pairs.pair.KINDS |
| words | i16 [P, 16, 2] | start and end of each element's own words in the text |
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from nano.layout_feed import matte_cells, pair_arrays
from nano.settings import data_dir, work_dir
from pairs.artwork import load_artwork
from pairs.pair import Pair
from pairs.phrases import PHRASINGS
from pairs.photos import Photo, told_matte
from pairs.pool import PhotoPool
from pairs.pretrain import PairError, make_pretrain_pair
from pairs.scene import Scene
from pairs.styles import STYLES, make_style_pair

SIDE = 320
"""Pixels of a view's side, as a square of its area; also the side of the square that the matte network sees."""

VIEWS_PER_SHARD = 64
HAND_SHARD = 32
"""Pairs in a shard of one hand's, where --hands makes them beside the plain ones."""

MOST_ASPECT = 16 / 9


class ViewShard:
    """One npz while it is being made. network: function uint8 [H, W, 3] -> (matte [h, w] 0..1, features [144, 192]), or None."""

    def __init__(self, network) -> None:
        self._network = network
        self._views: list[dict] = []
        self._pairs: list[dict] = []

    def add(self, view: Photo, pairs: list[Pair], rng: np.random.Generator) -> None:
        """A view and its pairs."""
        self.add_described(self.describe(view, rng), pairs)

    def add_described(self, entry: dict, pairs: list[Pair]) -> None:
        """What `describe` gave of a view, perhaps to another shard, and pairs on it."""
        self._pairs += [pair_arrays(pair) | {"view": np.int32(len(self._views))} for pair in pairs]
        self._views.append(entry)

    def describe(self, view: Photo, rng: np.random.Generator) -> dict:
        """A view's part of a shard: its features or picture, its matte and aspect."""
        height, width = view.matte.shape
        entry, matte = {"aspect": np.float32(width / height)}, view.matte
        if self._network is not None:
            own, features = self._network(view.image)
            entry["features"] = features.astype(np.float16)
            matte = own if rng.random() < 0.5 else matte
        else:
            square = cv2.resize(view.image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            entry["jpeg"] = cv2.imencode(".jpg", square[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].ravel()
        entry["matte"] = matte_cells(told_matte(np.ascontiguousarray(matte, np.float32), rng))
        return entry

    def __len__(self) -> int:
        return len(self._pairs)

    def clear(self) -> None:
        """As new."""
        self._views, self._pairs = [], []

    def write(self, path: Path) -> None:
        """Written beside and moved into place: a trainer may be reading the folder."""
        arrays = {key: np.stack([entry[key] for entry in self._views]) for key in self._views[0] if key != "jpeg"}
        if "jpeg" in self._views[0]:
            files = [entry["jpeg"] for entry in self._views]
            arrays |= {"jpeg": np.concatenate(files), "end": np.cumsum([len(file) for file in files])}
        arrays |= {key: np.stack([entry[key] for entry in self._pairs]) for key in self._pairs[0]}
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, **arrays)
        unfinished.replace(path)


def random_size(rng: np.random.Generator) -> tuple[int, int]:
    """(H, W) of a view of SIDE * SIDE pixels; a third square, else up to 16:9 either way."""
    aspect = 1.0 if rng.random() < 0.3 else float(np.exp(rng.uniform(-1, 1) * np.log(MOST_ASPECT)))
    return round(SIDE / aspect**0.5), round(SIDE * aspect**0.5)


def find_network():
    """The matte network as ViewShard takes it; None where this checkout has none."""
    try:
        from nano.matte import Matting
    except ImportError:
        return None
    return Matting(fast=True).read


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--count", type=int, default=1_000_000, help="stop after so many pairs")
    parser.add_argument("--per-view", type=int, default=6)
    parser.add_argument("--things", type=int, help="only the first so many of the vocabulary")
    parser.add_argument("--hand", choices=STYLES, help="an artist's pairs instead of plain ones")
    parser.add_argument("--hands", type=int, default=0, help="beside, a pair by each of so many hands on every view, to OUT-hands/HAND")
    parser.add_argument("--seed", type=int, default=0, help="another seed adds other pairs to the same folder")
    parser.add_argument("--held-out", action="store_true", help="only the photos kept for evaluation")
    parser.add_argument("--phrasing", choices=PHRASINGS, default="train")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(args.seed)
    pool, artwork, network = PhotoPool(data_dir(), args.held_out), load_artwork(work_dir()), find_network()
    started, made, number, spent = time.monotonic(), 0, 0, 0.0
    hands = {hand: ViewShard(network) for hand in STYLES} if args.hands else {}
    while made < args.count and time.monotonic() - started < 60 * args.minutes:
        shard = ViewShard(network)
        for _ in range(VIEWS_PER_SHARD):
            view = pool.view(random_size(rng), rng)
            began = time.process_time()
            pairs = view_pairs(rng, view, artwork, args)
            spent += time.process_time() - began
            if pairs:
                entry = shard.describe(view, rng)
                shard.add_described(entry, pairs)
                for hand in rng.permutation(list(hands))[: args.hands]:
                    add_hand_pair(hands[hand], args.out.with_name(f"{args.out.name}-hands") / hand, hand, view, entry, rng, args.seed)
            if made + len(shard) >= args.count or time.monotonic() - started >= 60 * args.minutes:
                break
        if len(shard):
            shard.write(args.out / f"{args.seed:03d}-{number:05d}.npz")
            number, made = number + 1, made + len(shard)
            seconds = time.monotonic() - started
            alone = f"{made / max(spent, 1e-6):.0f} a second of processor time without views and features"
            print(f"{made} pairs, {made / seconds:.0f} pairs/s ({alone})", flush=True)


def add_hand_pair(shard: ViewShard, out: Path, hand: str, view: Photo, entry: dict, rng: np.random.Generator, seed: int) -> None:
    """One pair by a hand on a view whose features are known; a full shard is written and emptied."""
    try:
        shard.add_described(entry, [make_style_pair(hand, rng, view)])
    except PairError:
        return
    if len(shard) >= HAND_SHARD:
        out.mkdir(parents=True, exist_ok=True)
        shard.write(out / f"{seed:03d}-{len(list(out.glob('*.npz'))):05d}.npz")
        shard.clear()


def view_pairs(rng: np.random.Generator, view: Photo, artwork, args: argparse.Namespace) -> list[Pair]:
    """Up to --per-view pairs on a view; fewer where little fits."""
    pairs: list[Pair] = []
    scene = Scene(view)
    for _ in range(args.per_view):
        try:
            if args.hand:
                pairs.append(make_style_pair(args.hand, rng, view))
            else:
                pairs.append(make_pretrain_pair(rng, view, artwork, None, args.phrasing, args.things, scene))
        except PairError:
            break
    return pairs


if __name__ == "__main__":
    main()
