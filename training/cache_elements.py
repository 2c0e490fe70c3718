"""Elements of pairs, encoded for the drawing transformer: each on a crop of its own, or on the grid of the whole photo.

    python training/cache_elements.py --minutes 10 --out training/runs/elements/whole --kinds outline pattern band backdrop frame
    python training/cache_elements.py --minutes 10 --out training/runs/elements/magic --hand magic

A shard holds samples of one grid: clean f16 [n, N, K], src f16 [n, N, 80], place f16 [n, N, 29], words str [n], grid i64 [2].
Plain things need no cache (nano/artwork_feed.py); what follows the photo (outlines, ribbons, a monster's arms) does.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from nano.codec import Codec
from nano.masters import CODEC, load_codec
from nano.element_cache import encode_element, stacked
from nano.settings import data_dir, work_dir
from pairs.artwork import load_artwork
from pairs.pair import Element, Pair
from pairs.pool import PhotoPool
from pairs.pretrain import PairError, make_pretrain_pair
from pairs.styles import STYLES, make_style_pair

SIDE = 448
SHARD = 192
MOST_ASPECT = 16 / 9


class Encoder:
    """Samples by grid, written when there are enough. prefix: of the shards' names."""

    def __init__(self, codec: Codec, out: Path, prefix: str):
        self.codec, self.out, self.prefix, self.waiting, self.written = codec, out, prefix, {}, 0
        out.mkdir(parents=True, exist_ok=True)

    def add(self, pair: Pair, element: Element, rng: np.random.Generator) -> None:
        sample = encode_element(pair, element, self.codec, rng)
        if sample is None:
            return
        group = self.waiting.setdefault(sample.grid, [])
        group.append(sample)
        if len(group) >= SHARD:
            self.flush(sample.grid)

    def flush(self, grid: tuple[int, int]) -> None:
        path = self.out / f"{self.prefix}-{self.written:04d}.npz"
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, **stacked(self.waiting.pop(grid)))
        unfinished.replace(path)
        self.written += 1

    def close(self) -> None:
        for grid in list(self.waiting):
            self.flush(grid)


def random_size(rng: np.random.Generator) -> tuple[int, int]:
    """(H, W) of a view; half of them square or 4:3 or 3:2, so that grids come often enough to make batches of."""
    aspect = float(rng.choice((1.0, 4 / 3, 3 / 4, 3 / 2, 2 / 3, 16 / 9, 9 / 16)))
    return round(SIDE / aspect**0.5), round(SIDE * aspect**0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--kinds", nargs="+", help="kinds of plain pairs; absent with --hand")
    parser.add_argument("--hand", choices=STYLES, help="an artist's pairs")
    parser.add_argument("--codec", default=CODEC)
    parser.add_argument("--per-view", type=int, default=5)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng = np.random.default_rng(args.seed)
    pool = PhotoPool(data_dir(), args.held_out)
    encoder = Encoder(load_codec(args.codec), args.out, f"{args.seed:03d}")
    if args.hand:
        make = lambda view: make_style_pair(args.hand, rng, view)
    else:
        artwork = load_artwork(work_dir())
        make = lambda view: make_pretrain_pair(rng, view, artwork, str(rng.choice(args.kinds)))
    start, pairs, elements = time.monotonic(), 0, 0
    while time.monotonic() - start < 60 * args.minutes:
        view = pool.view(random_size(rng), rng)
        for _ in range(args.per_view):
            try:
                pair = make(view)
            except PairError:
                continue
            pairs += 1
            for element in pair.elements:
                encoder.add(pair, element, rng)
                elements += 1
        if pairs % 100 < args.per_view:
            print(f"{pairs} pairs, {elements} elements, {elements / (time.monotonic() - start):.1f} a second", flush=True)
    encoder.close()


if __name__ == "__main__":
    main()
