"""Renders training pairs and stores them encoded, shard by shard, so that training can start on the first ones.

    python training/cache_pairs.py --out training/runs/cache/pretrain --kind pretrain --count 6000 --minutes 40

Stops at --count pairs or after --minutes, whichever comes first. Photos kept for evaluation never enter, unless
--held-out asks for them alone (validation sheets). A view of a photo serves several pairs: encoding costs as much as a
training step, and the same photo with other instructions is what teaches the network to read the instruction.
"""

import argparse
import multiprocessing
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from nano.cache import ShardWriter
from nano.device import has_bf16
from nano.settings import data_dir, work_dir
from nano.sizes import SIZES, buckets
from nano.taef1 import PIXELS_PER_TOKEN, Taef1
from nano.text import TextEncoder
from pairs.artwork import Artwork, load_artwork
from pairs.photos import Photo
from pairs.pool import PhotoPool
from pairs.pretrain import PairError, make_pretrain_pair
from pairs.styles import STYLES, make_style_pair

PAIRS_PER_VIEW = 4
VIEWS_PER_SHARD = 8
REFUSALS = (PairError, ValueError)
MAX_MISSES = 12  # a renderer may refuse a view; after this many refusals another view is taken


def renderer(kind: str, things: int | None = None):
    """-> function (rng, view) -> Pair; it raises one of REFUSALS when no doodle fits the view. things: only the vocabulary's first so many."""
    if kind in STYLES:
        return lambda rng, view: make_style_pair(kind, rng, view)
    artwork = load_artwork(work_dir())
    if things:
        artwork = Artwork([sprite for thing in artwork.things[:things] for sprite in artwork.sprites(thing.name)])
    return lambda rng, view: make_pretrain_pair(rng, view, artwork)


def render_view(rng: np.random.Generator, view: Photo, render) -> list:
    """Up to PAIRS_PER_VIEW pairs on the view; fewer where no doodle fits it."""
    pairs: list = []
    for _ in range(MAX_MISSES):
        try:
            pairs.append(render(rng, view))
        except REFUSALS:
            continue
        if len(pairs) == PAIRS_PER_VIEW:
            break
    return pairs


def work(worker: int, args: argparse.Namespace, made) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    folder, started = Path(args.out), time.monotonic()
    rng = np.random.default_rng((args.seed, worker))
    pool = PhotoPool(data_dir(), args.held_out)
    shapes = buckets(args.size)
    vae, text, known, render = Taef1.load(bf16=has_bf16()), TextEncoder(), {}, renderer(args.kind, args.things)
    number = 0
    while made.value < args.count and time.monotonic() - started < 60 * args.minutes:
        size = list(shapes)[rng.choice(len(shapes), p=list(shapes.values()))]
        shard = ShardWriter(vae, text, known)
        for _ in range(VIEWS_PER_SHARD):
            view = pool.view(size, rng)
            pairs = render_view(rng, view, render)
            if pairs:
                shard.add_view(view.image, pairs)
        name = f"{args.kind}-{args.seed}-{worker}-{number:05d}.npz"
        number += 1
        if not len(shard):
            continue
        shard.write(folder / name, tuple(side // PIXELS_PER_TOKEN for side in size))
        with made.get_lock():
            made.value += len(shard)
        rate = made.value / (time.monotonic() - started)
        print(f"{time.strftime('%H:%M:%S')} {name}: {made.value} pairs, {rate:.2f} pairs/s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--kind", required=True, choices=("pretrain", *STYLES))
    parser.add_argument("--size", type=int, default=192, help=f"pictures near size x size pixels, as {SIZES}")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--things", type=int, help="with --kind pretrain: only the first so many of the vocabulary, for a small budget")
    parser.add_argument("--seed", type=int, default=0, help="another seed adds other pairs to the same folder")
    parser.add_argument("--workers", type=int, default=1, help="processes of one thread each")
    parser.add_argument("--held-out", action="store_true", help="only the photos kept for evaluation")
    args = parser.parse_args()
    Path(args.out).mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    made = context.Value("i", 0)
    workers = [context.Process(target=work, args=(i, args, made)) for i in range(args.workers)]
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    if any(process.exitcode for process in workers):
        raise SystemExit("a worker failed; its traceback is above")


if __name__ == "__main__":
    main()
